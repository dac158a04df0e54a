"""`generate`: a matrix of values → clusters, users and contexts, as if they had been written out. Pure."""

from __future__ import annotations

import re
from itertools import product
from math import prod

from kcfg.closest import suggest
from kcfg.dataclass import NamedTuple
from kcfg.errors import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Protocol

    from kcfg.spec.models import Generate

    Complain = Callable[[tuple[str | int, ...], str, str], None]

    class Matrix(Protocol):
        """What is combined: the axes or the objects, and what is taken out and added."""

        @property
        def for_each(self) -> Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]]: ...  # noqa: D102

        @property
        def exclude(self) -> Sequence[Mapping[str, object]]: ...  # noqa: D102

        @property
        def include(self) -> Sequence[Mapping[str, object]]: ...  # noqa: D102


MAX_COMBINATIONS = 100_000
MAX_STEPS = 10 * MAX_COMBINATIONS
KINDS = {"clusters": "cluster", "users": "user", "contexts": "context"}
# A variable's `${name}` passes through; `{{` and `}}` write braces; the rest is a name of the matrix.
_TOKEN = re.compile(r"\$+\{[^{}]*\}|\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_-]*)\}|[{}]")

Values = dict[str, str]


class Combination(NamedTuple):
    """The values of one combination, and where the spec has it."""

    values: Values
    path: tuple[str | int, ...]


def combinations(generate: Matrix, complain: Complain) -> list[Combination]:
    """Return the combinations of a matrix: all of `forEach`, without what `exclude` matches, with what `include` adds.

    `include` is GitHub's: its values are added to each combination that they contradict nowhere, else they are one.
    """
    for path in _fractions(generate):
        complain(path, "expected a string, got a number with a point", "put it in quotes")
    if (found := _all(generate.for_each, complain)) is None:
        return []
    if not found:
        axes = generate.for_each if isinstance(generate.for_each, dict) else {}
        empty = [name for name, values in axes.items() if not values][:1]
        complain(("forEach", *empty), "no values: the matrix makes nothing", _FEW)
    elif not (found := _without(found, generate.exclude, complain)) and not generate.include:
        complain(("exclude",), "leaves nothing of the matrix", _FEW)
    return found + _Including(found, complain).rest(generate.include)


_FEW = "remove the whole `generate` entry, or give it values"


def _text(values: Mapping[str, object]) -> Values:
    return {name: str(value) for name, value in values.items()}


def _all(
    for_each: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]], complain: Complain
) -> list[Combination] | None:
    """Return each object of a list, or the product of axes; None when they are too many."""
    axes = {name: [*map(str, values)] for name, values in for_each.items()} if isinstance(for_each, dict) else {}
    size = prod(map(len, axes.values())) if axes else len(for_each)
    if size > MAX_COMBINATIONS:
        complain(("forEach",), f"the matrix has {size} combinations", f"at most {MAX_COMBINATIONS} are generated")
        return None
    if not isinstance(for_each, dict):
        return [Combination(_text(each), ("forEach", index)) for index, each in enumerate(for_each)]  # type: ignore[arg-type]
    return [Combination(dict(zip(axes, values, strict=True)), ("forEach",)) for values in product(*axes.values())]


def _fractions(generate: Matrix) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of numbers like 1.0, which the schema takes for whole: nobody knows whether 1 is meant."""
    objects = [("exclude", generate.exclude), ("include", generate.include)]
    if isinstance(generate.for_each, dict):
        for name, values in generate.for_each.items():
            yield from (("forEach", name, index) for index, value in enumerate(values) if isinstance(value, float))
    else:
        objects.insert(0, ("forEach", generate.for_each))  # type: ignore[arg-type]
    for field, lists in objects:
        for index, each in enumerate(lists):
            yield from ((field, index, name) for name, value in each.items() if isinstance(value, float))


def _without(
    found: list[Combination], patterns: Sequence[Mapping[str, object]], complain: Complain
) -> list[Combination]:
    """Return the combinations that no pattern matches; patterns of the same names are looked up together."""
    first: dict[tuple[str, ...], dict[tuple[str | None, ...], int]] = {}
    for index, pattern in enumerate(patterns):
        names = tuple(sorted(pattern))
        first.setdefault(names, {}).setdefault(tuple(str(pattern[name]) for name in names), index)
    if len(first) * len(found) > MAX_STEPS:
        complain(("exclude",), "too many sets of names for this matrix", "exclude by the same names, or less")
        return []
    used: set[int] = set()
    kept = []
    for each in found:
        hits = (known.get(tuple(each.values.get(name) for name in names)) for names, known in first.items())
        hit = min((index for index in hits if index is not None), default=None)
        if hit is None:
            kept.append(each)
        else:
            used.add(hit)
    for index in sorted({*range(len(patterns))} - used):
        complain(("exclude", index), "matches no combination", "check its names and values against forEach")
    return kept


class _Including:
    """What `include` adds to combinations of `forEach`; values that were added already may be replaced.

    A combination of a valid spec never got a value from an entry before there was this rule: both would have made
    the same names.
    """

    def __init__(self, found: list[Combination], complain: Complain) -> None:
        self._complain = complain
        self._groups: dict[frozenset[str], list[Values]] = {}  # by the names that forEach gave
        for each in found:
            self._groups.setdefault(frozenset(each.values), []).append(each.values)
        self._known: dict[tuple[frozenset[str], tuple[str, ...]], dict[tuple[str, ...], list[Values]]] = {}
        self._steps = 0

    def rest(self, include: Sequence[Mapping[str, object]]) -> list[Combination]:
        """Add the values of each entry; return those that are combinations of their own."""
        own: list[Combination] = []
        for index, each in enumerate(include):
            more, matched, changed = _text(each), False, False
            for values in self._matching(more):
                matched, changed = True, changed or values | more != values
                values.update(more)
            if self._steps > MAX_STEPS:
                self._complain(("include", index), "adds to too many combinations", "write fewer, with more values")
                return own
            if not matched:
                own.append(Combination(more, ("include", index)))
            elif not changed:
                hint = "remove it, or give it a value that they have not"
                self._complain(("include", index), "adds nothing to the combinations that it matches", hint)
        return own

    def _matching(self, more: Values) -> Iterator[Values]:
        for names in self._groups:
            shared = tuple(sorted(names & more.keys()))
            hits = self._table(names, shared).get(tuple(more[name] for name in shared), [])
            self._steps += 1 + len(hits)
            if self._steps > MAX_STEPS:
                return
            yield from hits

    def _table(self, names: frozenset[str], shared: tuple[str, ...]) -> dict[tuple[str, ...], list[Values]]:
        """Return the combinations of a group by some of the values that forEach gave them, which nothing replaces."""
        if (table := self._known.get((names, shared))) is None:
            table = self._known[names, shared] = {}
            self._steps += len(self._groups[names])
            for values in self._groups[names] if self._steps <= MAX_STEPS else ():
                table.setdefault(tuple(values[name] for name in shared), []).append(values)
        return table


def expand(generate: Generate, complain: Complain) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (section, entry as plain values) for each combination and template."""
    templates = {
        section: template.model_dump(by_alias=True, exclude_unset=True)
        for section, kind in KINDS.items()
        if (template := getattr(generate, kind)) is not None
    }
    if not templates:
        complain((), "generates nothing", "add `cluster:`, `user:` or `context:`")
    told: set[tuple[object, ...]] = set()

    def once(path: tuple[str | int, ...], message: str, hint: str) -> None:
        if (path, message) not in told:
            told.add((path, message))
            complain(path, message, hint)

    found = combinations(generate, once)
    used = {*_names(templates)} & {name for each in found for name in each.values}
    for values, path in found:
        if lacking := sorted(used - values.keys()):
            shown = ", ".join(f"{name}: {value}" for name, value in values.items())
            once(path, f"a combination has no {lacking[0]!r}: {{{shown}}}", "others have it, and a template names it")
            continue
        made = {section: _fill(template, values, once, (KINDS[section],)) for section, template in templates.items()}
        for section in ("clusters", "users"):
            if section in made and "contexts" in made:
                made["contexts"].setdefault(KINDS[section], made[section]["name"])
        yield from made.items()


def _names(value: Any, at: str = "") -> Iterator[str]:
    """Yield the names of the matrix in a template, where `_fill` looks."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _names(key) if at == "labels" else ()
            yield from _names(item, key) if key != "extensions" else ()
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, str):
        yield from (found[1] for found in _TOKEN.finditer(value) if found[1])


def _fill(value: Any, values: Values, complain: Complain, at: tuple[str | int, ...]) -> Any:
    if isinstance(value, dict):
        return {
            fill_text(key, values, complain, at) if at[-1:] == ("labels",) else key: item
            if key == "extensions"
            else _fill(item, values, complain, (*at, key))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_fill(item, values, complain, (*at, index)) for index, item in enumerate(value)]
    return fill_text(value, values, complain, at) if isinstance(value, str) else value


def fill_text(text: str, values: Values, complain: Complain, at: tuple[str | int, ...]) -> str:
    """Return a template's text with the values of one combination in it."""
    if "{" not in text and "}" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        if found[0].startswith("$"):
            return found[0]
        name = found[1]
        if name is None:
            complain(at, f"a single {found[0]!r}", "write {name} for a value of the matrix, or {{ and }} for braces")
        elif name in values:
            return values[name]
        else:
            hint = suggest(name, values, f"forEach has {', '.join(values)}; {{{{ writes a brace")
            complain(at, f"the matrix has no {name!r}", hint)
        return found[0]

    return _TOKEN.sub(one, text)


def make_complain(problems: list[Problem], make: Callable[..., Problem], rule: str) -> Complain:
    """Return a function that turns (path, message, hint) into a located Problem of `rule`."""

    def complain(path: tuple[str | int, ...], message: str, hint: str) -> None:
        problems.append(make(message, *path, rule=rule, hint=hint))

    return complain
