"""`kind: SpecTest`: what a team expects of its spec, in each environment. Pure: no secret is read, nothing runs.

A case says of one context what it leads to, or of an environment which contexts it has, all of them.
"""

from __future__ import annotations

from kcfg.closest import suggest
from kcfg.dataclass import NamedTuple, dataclass, field
from kcfg.errors import Location, Problem, show_path, type_name
from kcfg.kubeconfig.secret_patterns import hide_tokens, hide_url
from kcfg.spec.parse import TEST_KIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from kcfg.spec.spec import Spec
    from kcfg.yaml.parse import Document, Path

    Resolve = Callable[[str | None, dict[str, str]], Spec]

_HEAD = {"apiVersion": "kcfg/v1", "kind": TEST_KIND}
_TEXT, _TRUTH = "a string", "true or false"
_EXPECT = {
    "cluster": _TEXT, "user": _TEXT, "namespace": _TEXT, "server": _TEXT, "proxy-url": _TEXT,
    "protected": _TRUTH, "absent": _TRUTH,
}  # fmt: skip
_CASE = {
    "name": _TEXT, "environment": _TEXT, "variables": "a mapping", "context": _TEXT, "expect": "a mapping",
    "contexts": "a list",
}  # fmt: skip
_TYPES = {_TEXT: str, _TRUTH: bool, "a mapping": dict, "a list": list}
_MAY_BE_NULL = ("user", "namespace", "proxy-url")
_URLS = ("server", "proxy-url")


class Failure(NamedTuple):
    """What a case expected, and what the spec says, as both may be shown."""

    problem: Problem
    expected: object
    got: object


@dataclass(slots=True)
class Case:
    """One case, and where it stands."""

    body: dict[str, Any]
    document: Document
    path: Path
    failures: list[Failure] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called: its own name, or what it is about."""
        what = self.body.get("context", "contexts")
        return hide_tokens(str(self.body.get("name") or f"{self.body.get('environment', 'the whole spec')}: {what}"))

    @property
    def location(self) -> Location:
        """Where it begins."""
        return self.document.locate(self.path)

    def fail(
        self, message: str, *steps: str | int, hint: str = "", expected: object = None, got: object = None
    ) -> None:
        """Note what is not as expected, at its place."""
        problem = Problem(f"{self.name}: {message}", location=self.document.locate((*self.path, *steps)), hint=hint)
        problem.path = show_path((*self.path, *steps))
        self.failures.append(Failure(problem, _hidden(expected), _hidden(got)))


def _hidden(value: object) -> object:
    return hide_tokens(value) if isinstance(value, str) else value


def read_cases(document: Document) -> tuple[list[Case], list[Problem]]:
    """Return the cases of a document, and what is wrong with it."""
    problems: list[Problem] = []

    def wrong(message: str, path: Path, hint: str = "", *, key: bool = False) -> None:
        where = document.locate(path, key=key)
        problems.append(Problem(message, location=where, path=show_path(path), hint=hint))

    for key, location in document.duplicate_keys:
        problems.append(Problem(f"duplicate key {key!r}", location=location, hint="keep one of them"))
    for written, read, location in document.changed_keys:
        problems.append(Problem(f"the key {written} is read as {read}", location=location, hint="put it in quotes"))
    value = document.value
    if not isinstance(value, dict) or any(value.get(key) != word for key, word in _HEAD.items()):
        wrong("this holds no tests of a spec", (), "they start with `apiVersion: kcfg/v1` and `kind: SpecTest`")
        return [], problems
    for name in value.keys() - {*_HEAD, "cases"}:
        wrong(f"unknown field {name!r}", (name,), "here may stand apiVersion, kind, cases", key=True)
    cases = value.get("cases")
    if not isinstance(cases, list) or not cases:
        wrong("expected a list of cases", ("cases",), "`cases: [{environment: prod, contexts: [prod-eu]}]`")
        return [], problems
    for index, body in enumerate(cases):
        for message, path, hint in _case_faults(body):
            fields: dict[Path, dict[str, str]] = {(): _CASE, ("expect",): _EXPECT}
            known = fields.get(path[:-1])
            wrong(message, ("cases", index, *path), hint, key=bool(path and known and path[-1] not in known))
    return [Case(body, document, ("cases", index)) for index, body in enumerate(cases)], problems


def _case_faults(body: object) -> Iterator[tuple[str, Path, str]]:
    if not isinstance(body, dict):
        yield f"expected a mapping, got {_article(body)}", (), ""
        return
    yield from _fields(body, _CASE, ())
    expect = body.get("expect")
    if isinstance(expect, dict):
        yield from _fields(expect, _EXPECT, ("expect",))
        if not expect or (len(expect) > 1 and "absent" in expect and expect["absent"]):
            yield "nothing can hold this" if expect else "expects nothing", ("expect",), f"one of {', '.join(_EXPECT)}"
    if ("contexts" in body) == ("context" in body) or ("context" in body) != ("expect" in body):
        yield "a case has `context` with `expect`, or `contexts`", (), "write two cases"
    for field_, kind in (("contexts", "a string"), ("variables", "a string")):
        items = body.get(field_)
        pairs = enumerate(items) if isinstance(items, list) else items.items() if isinstance(items, dict) else ()
        for step, item in pairs:
            if not isinstance(item, str):
                yield f"expected {kind}, got {_article(item)}", (field_, step), "put it in quotes"


def _fields(body: dict[str, Any], known: dict[str, str], at: Path) -> Iterator[tuple[str, Path, str]]:
    for name, item in body.items():
        if name not in known:
            hint = suggest(str(name), known, f"here may stand {', '.join(known)}")
            yield f"unknown field {name!r}", (*at, name), hint
        elif not isinstance(item, _TYPES[known[name]]) and not (item is None and at and name in _MAY_BE_NULL):
            hint = "put it in quotes" if known[name] == _TEXT and isinstance(item, (int, float)) else ""
            yield f"expected {known[name]}, got {_article(item)}", (*at, name), hint


def _article(value: object) -> str:
    return type_name(value) if value is None else f"a {type_name(value)}"


def run_case(case: Case, spec: Spec) -> None:
    """Compare a case with the spec that its environment means; what differs is noted in the case."""
    if "contexts" in case.body:
        _compare_names(case, spec)
        return
    name, expect = case.body["context"], case.body["expect"]
    where = f"environment {spec.environment!r}" if spec.environment else "the spec"
    absent = name not in spec.contexts
    if absent != expect.get("absent", False):
        hint = suggest(name, spec.contexts, "`kcfg get-contexts -f SPEC -e NAME` lists them") if absent else ""
        message = f"{where} has {'no' if absent else 'a'} context {name!r}"
        words = ("present", "absent") if absent else ("absent", "present")
        at = ("context",) if absent else ("expect", "absent")
        case.fail(message, *at, hint=hint, expected=words[0], got=words[1])
        return
    got = {} if absent else _meant(spec, name)
    for field_, wanted in expect.items():
        if field_ != "absent" and wanted != got[field_]:
            shown = [_shown(field_, each) for each in (wanted, got[field_])]
            same = " (they differ in what is hidden)" if shown[0] == shown[1] else ""
            message = f"{field_} of context {name!r}: expected {shown[0]}, got {shown[1]}{same}"
            case.fail(message, "expect", field_, expected=shown[0], got=shown[1])


def _meant(spec: Spec, name: str) -> dict[str, object]:
    context = spec.contexts[name].entry
    cluster = spec.clusters[context.cluster].entry if context.cluster in spec.clusters else None
    return {
        "cluster": context.cluster,
        "user": context.user,
        "namespace": context.namespace,
        "protected": bool(context.protected),
        "server": cluster and cluster.server,
        "proxy-url": cluster and cluster.proxy_url,
    }


def _shown(field_: str, value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(hide_url(str(value)) if field_ in _URLS else value)


def _compare_names(case: Case, spec: Spec) -> None:
    wanted, got = case.body["contexts"], [*spec.contexts]
    for index, name in enumerate(wanted):
        if name not in got:
            hint = suggest(name, [each for each in got if each not in wanted], "")
            case.fail(f"there is no context {name!r}", "contexts", index, hint=hint, expected=name, got="absent")
    if more := [each for each in got if each not in wanted]:
        names = ", ".join(map(repr, more))
        case.fail(f"contexts that are not expected: {names}", "contexts", expected="absent", got=names)
