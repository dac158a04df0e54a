"""Plain values → records, with every shape error as a Problem that quotes no value.

A faulty entry does not stop the others: it stays a name, which references may lead to.
The schema judges; a record says what a model of the value would.
"""

from __future__ import annotations

from functools import cache

from kcfg.closest import closest, suggest
from kcfg.dataclass import NamedTuple
from kcfg.errors import Problem, show_path, type_name
from kcfg.spec.records import build, fields_of, part_kind
from kcfg.spec.schema import Fault, find_faults
from kcfg.spec.shapes import SHAPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from kcfg.errors import Location
    from kcfg.spec.models import SpecFile
    from kcfg.yaml.parse import Document, Path

_WRAPPERS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_OUTER = frozenset(("name", "labels", "protected"))  # what stands beside a wrapper, and never in it
# What a document with these fields declares: a fault in one of their entries is a fault of that entry alone.
_LISTS = ("clusters", "users", "contexts", "secretStores", "environments", "generate")
TEST_KIND = "SpecTest"  # what `kcfg test` reads
_HEAD = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec"}
_TYPES = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "a number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
}


def unwrap(value: object) -> tuple[object, set[Path]]:
    """Accept kubeconfig's inner `cluster:`/`user:`/`context:` wrapper, so that pasting works.

    Returns the flattened value and the paths of the entries that were wrapped.
    """
    if not isinstance(value, dict):
        return value, set()
    flat: dict[str, object] = dict(value)
    wrapped: set[Path] = set()
    for section, wrapper in _WRAPPERS.items():
        entries = value.get(section)
        if not isinstance(entries, list):
            continue
        flat[section] = [_unwrap_entry(entry, wrapper) for entry in entries]
        wrapped |= {(section, index) for index, entry in enumerate(entries) if _is_wrapped(entry, wrapper)}
    # An empty `clusters:` means none, as in a kubeconfig.
    known = fields_of("SpecFile")
    return {key: item for key, item in flat.items() if item is not None or key not in known}, wrapped


def _is_wrapped(entry: object, wrapper: str) -> bool:
    """Return whether an entry has its fields in a wrapper, and none of them beside it."""
    if not isinstance(entry, dict) or not isinstance(inner := entry.get(wrapper), dict):
        return False
    return entry.keys() <= {*_OUTER, wrapper} and not inner.keys() & _OUTER


def _unwrap_entry(entry: object, wrapper: str) -> object:
    if not _is_wrapped(entry, wrapper):
        return entry
    assert isinstance(entry, dict)
    return {**entry[wrapper], **{key: value for key, value in entry.items() if key != wrapper}}


def document_path(path: Path, wrapped: set[Path]) -> Path:
    """Return where a flattened path stands in the document as written."""
    if path[:2] in wrapped and len(path) > 2 and path[2] not in _OUTER:
        return (*path[:2], _WRAPPERS[str(path[0])], *path[2:])
    return path


class Shape(NamedTuple):
    """A document's models, and what is wrong with it; no model where it is no spec at all."""

    model: SpecFile | None
    problems: list[Problem]
    wrapped: set[Path]
    faulty: dict[Path, str]  # entries without a model: path → name, "" where that cannot be known
    lost: set[str]  # fields of the document that had to be left out as a whole


def parse_shape(document: Document) -> Shape:
    """Build the models of one document, without what is faulty; a Problem for each fault."""
    problems = [
        Problem(f"duplicate key {key!r}", location=location, rule="KCFG006", hint="keep one of them")
        for key, location in document.duplicate_keys
    ]
    value, wrapped = unwrap(document.value)
    if not isinstance(value, dict):
        return Shape(None, [*problems, _not_a_spec(document, value)], wrapped, {}, set())
    faults = find_faults("spec", document.value)
    if faults and (foreign := _foreign(document, value)):
        return Shape(None, [foreign], wrapped, {}, set())
    sound, faulty, lost = _without(value, faults) if faults else (value, {}, set())
    model = build("SpecFile", sound)
    told = {str(each): each for each in (_problem(each, document, wrapped) for each in _causes(faults))}
    return Shape(model, [*problems, *told.values()], wrapped, faulty, lost)


def _causes(faults: list[Fault]) -> Iterable[Fault]:
    """Leave out the missing fields that stand there misspelt; of one place, tell first what it needs."""
    unknown = [fault for fault in faults if fault.keyword == "additionalProperties"]
    meant = {(*fault.path[:-1], closest(str(fault.path[-1]), fault.asked)) for fault in unknown}
    needed = [fault for fault in faults if fault.keyword == "required" and fault.path not in meant]
    return (*needed, *(fault for fault in faults if fault.keyword != "required"))


def _foreign(document: Document, value: dict[str, object]) -> Problem | None:
    """Return the Problem of a document of another kind: what else is wrong with it follows from that."""
    if any(value.get(field) == word for field, word in _HEAD.items()) or not _HEAD.keys() & value.keys():
        return None
    if value.get("kind") == "Config" or (value.get("apiVersion") == "v1" and "kind" not in value):
        hint = "a kubeconfig: `kcfg validate --kubeconfig FILE` judges it, `kcfg import FILE` makes a spec of it"
    else:
        hint = "a spec starts with `apiVersion: kcfg/v1` and `kind: KubeconfigSpec`; try `kcfg init`"
    field = "kind" if "kind" in value else "apiVersion"
    location = document.locate((field,))
    return Problem("this is not a kcfg spec", location=location, path=field, rule="KCFG008", hint=hint)


def _without(value: dict[str, object], faults: Iterable[Fault]) -> tuple[dict[str, object], dict[Path, str], set[str]]:
    """Return a document without what is faulty, the entries that this takes, and the fields."""
    sound = {**value, **_HEAD}
    faulty: dict[Path, str] = {}
    lost: set[str] = set()
    for path in (fault.path for fault in faults):
        field = str(path[0]) if path else ""
        entries = value.get(field)
        if len(path) > 1 and field in _LISTS and isinstance(entries, list):
            faulty[path[:2]] = _name_of(entries[int(path[1])]) if field != "generate" else ""
        elif len(path) > 1 and field == "variables" and isinstance(entries, dict):
            faulty[path[:2]] = str(path[1])
        elif field not in _HEAD and field in value:
            sound.pop(field, None)
            lost.add(field)
            if field not in fields_of("SpecFile") and (meant := closest(field, _LISTS)):
                lost.add(meant)
    for field in {str(path[0]) for path in faulty}:
        gone = {path[1] for path in faulty if path[0] == field}
        entries = value[field]
        if isinstance(entries, dict):
            sound[field] = {name: each for name, each in entries.items() if name not in gone}
        elif isinstance(entries, list):
            sound[field] = [each for index, each in enumerate(entries) if index not in gone]
    return sound, faulty, lost


def _name_of(entry: object) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


_ENTRIES = {"clusters": "Cluster", "users": "User", "contexts": "Context", "secretStores": "SecretStore"}


def parse_entry(
    section: str, value: object, path: Path, locate: Callable[[Path], Location]
) -> tuple[Any | None, list[Problem]]:
    """Build one entry that did not come from a document as it is; `path` is where it is told to stand."""
    model = _ENTRIES[section]
    faults = find_faults("spec", value, model)
    if not faults and isinstance(value, dict):
        return build(model, value), []
    problems = []
    for fault in faults:
        full = (*path, *fault.path)
        message, rule, hint, _ = _words(fault, _value_at(value, fault.path))
        problems.append(Problem(message, location=locate(full), path=show_path(full), rule=rule, hint=hint))
    return None, problems


def _not_a_spec(document: Document, value: object) -> Problem:
    return Problem(
        "the file is empty" if value is None else f"expected a mapping, got a {type_name(value)}",
        location=document.locate(()),
        rule="KCFG003",
        hint="a spec starts with `apiVersion: kcfg/v1` and `kind: KubeconfigSpec`; try `kcfg init`",
    )


def _problem(fault: Fault, document: Document, wrapped: set[Path]) -> Problem:
    path = fault.path
    message, rule, hint, at_key = _words(fault, _value_at(document.value, path))
    location = document.locate(path[:-1] if fault.keyword == "required" else path, key=at_key)
    return Problem(message, location=location, path=show_path(flat_path(path, wrapped)), rule=rule, hint=hint)


def flat_path(path: Path, wrapped: set[Path]) -> Path:
    """Return a path of the document as if no entry had a wrapper."""
    return (*path[:2], *path[3:]) if path[:2] in wrapped and path[2:3] == (_WRAPPERS[str(path[0])],) else path


def _words(fault: Fault, value: object) -> tuple[str, str, str, bool]:
    """Return message, rule and hint of a fault, and whether it is the key that is wrong."""
    path, asked = fault.path, fault.asked
    last = str(path[-1]) if path else ""
    match fault.keyword:
        case "additionalProperties":
            return f"unknown field {last!r}", "KCFG002", _unknown_hint(last, asked), True
        case "required":
            return f"required field {last!r} is missing", "KCFG004", f"add `{last}:`", False
        case "type":
            kind = asked if isinstance(asked, str) else next(each for each in asked if each != "null")
            hint = _type_hint(kind, path, value)
            return f"expected {_TYPES[kind]}, got {_article(value)}", "KCFG003", hint, False
        case "const" | "enum":
            words = [repr(each) for each in (asked if isinstance(asked, list) else [asked]) if isinstance(each, str)]
            rule = "KCFG008" if last in _HEAD and len(path) == 1 else "KCFG005"
            return f"expected {_either(words)}", rule, "", False
        case "pattern" | "propertyNames":
            text = "has characters that are not allowed here"
            return text, "KCFG005", f"it must match {asked}", fault.keyword != "pattern"
    return _LIMITS.get(fault.keyword, "is not a valid value").format(asked), "KCFG005", "", False


def _type_hint(kind: str, path: Path, value: object) -> str:
    if kind == "string" and isinstance(value, (int, float)):
        return "put it in quotes"
    if kind == "array" and isinstance(value, str):
        return "a list, also of one: `[…]`, or a line that begins with `- `"
    return _HINTS.get((str(path[-1]) if path else "", kind, type(value)), "")


# What people bring from other tools: field, wanted, got.
_HINTS: dict[tuple[str, str, type], str] = {
    ("selector", "string", dict): "in kubectl's words, as after -l: env=prod,region in (eu,us)",
    ("merge", "object", list): "a mapping of fields: it is laid over the entry (RFC 7386)",
    ("extends", "string", list): "one environment; let that one extend the next",
    ("include", "array", dict): "a list of files, folders and globs",
}
_LIMITS = {
    "minLength": "must not be empty",
    "minItems": "must not be empty",
    "minProperties": "must not be empty",
    "maxLength": "longer than {} characters",
    "exclusiveMinimum": "must be more than {}",
    "maximum": "must be at most {}",
}


def _unknown_hint(name: str, fields: list[str]) -> str:
    if "extensions" in fields:
        return suggest(name, fields, "foreign data belongs under `extensions`")
    return suggest(name, fields, f"here may stand {', '.join(fields) or 'nothing'}")


def _either(words: list[str]) -> str:
    """Return `one of 'a', 'b' or 'c'`."""
    return f"one of {' or '.join(filter(None, [', '.join(words[:-1]), words[-1]]))}"


def _article(value: object) -> str:
    name = type_name(value)
    return name if value is None else f"a {name}"


def _value_at(value: object, path: Path) -> object:
    for step in path:
        try:
            value = value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def fields_at(path: Path) -> list[str]:
    """Return the fields that may stand at a path of the spec."""
    kind = _kind_at(path)
    return fields_of(kind) if kind else []


@cache
def known_fields() -> frozenset[str]:
    """Return the name of every field that a spec has anywhere."""
    return frozenset(field for fields in SHAPES.values() for field in fields)


def takes_text(path: Path) -> bool:
    """Return whether a path of the spec is a field that holds a plain value, or a list of them."""
    return _kind_at(path) == ""


def _kind_at(path: Path) -> str | None:
    """Return the model at a path of the spec, "" for plain values, None where nothing is known of it."""
    kind: str | None = "SpecFile"
    for step in path:
        if isinstance(step, int):
            continue
        kind = part_kind(kind, step) if kind else None
    return kind
