"""Which contexts: by name (with globs) and by kubectl's label selector language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kcfg.closest import suggest
from kcfg.errors import SpecError
from kcfg.globs import choose_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kcfg.spec.spec import Spec

Labels = Mapping[str, str]
_NAME = r"[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9._-]*"
_SET = re.compile(rf"(?P<key>{_NAME})\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUAL = re.compile(rf"(?P<key>{_NAME})\s*(?P<op>!=|==|=)\s*(?P<value>{_VALUE})")
_EXISTS = re.compile(rf"(?P<op>!?)\s*(?P<key>{_NAME})")
_HINT = "for example `env=prod,region in (eu,us),!legacy`"


def parse_selector(text: str) -> Callable[[Labels], bool]:
    """Return the test that a label selector stands for; an empty one is everything, as in kubectl.

    Raises SpecError when it cannot be read.
    """
    if not text.strip():
        return lambda _: True
    tests = [_requirement(part.strip()) for part in re.split(r",(?![^(]*\))", text)]
    return lambda labels: all(test(labels) for test in tests)


def can_select(key: str, value: str) -> bool:
    """Return whether a selector can name a label (Kubernetes takes no other, either)."""
    return bool(re.fullmatch(_NAME, key) and key.count("/") < 2 and re.fullmatch(_VALUE, value))


def _requirement(part: str) -> Callable[[Labels], bool]:
    if not part:
        raise SpecError("the label selector has an empty part", hint="remove the comma")
    if found := _SET.fullmatch(part):
        key, values = found["key"], {value.strip() for value in found["values"].split(",")}
        # As in kubectl, `notin` and `!=` are true for a label that is not there.
        inside = found["op"] == "in"
        return lambda labels: (labels[key] in values) == inside if key in labels else not inside
    if found := _EQUAL.fullmatch(part):
        key, value, negative = found["key"], found["value"], found["op"] == "!="
        return lambda labels: (labels.get(key) == value) != negative
    if found := _EXISTS.fullmatch(part):
        key, absent = found["key"], bool(found["op"])
        return lambda labels: (key in labels) != absent
    raise SpecError(f"cannot read the label selector {part!r}", hint=_HINT)


def expression_holds(expression: Mapping[str, Any]) -> Callable[[Labels], bool]:
    """Return the test of one of Kubernetes' `matchExpressions`: key, operator, values."""
    key, operator, values = expression["key"], expression["operator"], expression.get("values") or []
    if operator in ("Exists", "DoesNotExist"):
        return lambda labels: (key in labels) == (operator == "Exists")
    if operator == "In":
        return lambda labels: labels.get(key) in values
    return lambda labels: labels.get(key) not in values


def select_contexts(
    spec: Spec, names: Sequence[str], selector: str | None, *, allow_empty: bool | None = False
) -> list[str] | None:
    """Return the selected contexts in spec order; None when nothing narrows the spec.

    Raises SpecError for a name that matches nothing, and for an empty selection unless `allow_empty`, which is None
    where the command has no such option.
    """
    if not names and selector is None:
        return None
    chosen, idle = choose_names(names, spec.contexts)
    if idle and not allow_empty:
        raise SpecError(f"no context is called {idle[0]!r}", hint=suggest(idle[0], spec.contexts))
    matches = parse_selector(selector) if selector is not None else lambda _: True
    found = [
        name
        for name, declared in spec.contexts.items()
        if (not names or name in chosen) and matches(spec.labels_of(declared.entry))
    ]
    if not found and not allow_empty:
        more = "; --allow-empty renders none on purpose" if allow_empty is not None else ""
        raise SpecError("no context is selected", hint=f"check -l and --context{more}")
    return found
