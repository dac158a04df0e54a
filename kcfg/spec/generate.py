"""`generate`: a matrix of values → clusters, users and contexts, as if they had been written out. Pure."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

from kcfg.closest import closest
from kcfg.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kcfg.spec.models import Generate

    Complain = Callable[[tuple[str | int, ...], str, str], None]

MAX_COMBINATIONS = 100_000
KINDS = {"clusters": "cluster", "users": "user", "contexts": "context"}
# A variable's `${name}` passes through; `{{` and `}}` write braces; the rest is a name of the matrix.
_TOKEN = re.compile(r"\$+\{[^{}]*\}|\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_-]*)\}|[{}]")

Values = dict[str, str]


class Matrix(Protocol):
    """What is combined: the axes, and what is taken out and added."""

    @property
    def for_each(self) -> Mapping[str, Sequence[object]]: ...  # noqa: D102

    @property
    def exclude(self) -> Sequence[Mapping[str, object]]: ...  # noqa: D102

    @property
    def include(self) -> Sequence[Mapping[str, object]]: ...  # noqa: D102


def combinations(generate: Matrix, complain: Complain) -> list[Values]:
    """Return the combinations of a matrix: its product, without what `exclude` matches, then what `include` adds."""
    for path in _fractions(generate):
        complain(path, "expected a string, got a number with a point", "put it in quotes")
    axes = {name: [str(value) for value in values] for name, values in generate.for_each.items()}
    size = 1
    for values in axes.values():
        size *= len(values)
    if size > MAX_COMBINATIONS:
        complain(("forEach",), f"the matrix has {size} combinations", f"at most {MAX_COMBINATIONS} are generated")
        return []
    found = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    if not found:
        complain(
            ("forEach", next(name for name in axes if not axes[name])), "no values: the matrix makes nothing", _FEW
        )
    elif not (found := _without(found, generate.exclude, complain)) and not generate.include:
        complain(("exclude",), "leaves nothing of the matrix", _FEW)
    return found + [{name: str(value) for name, value in each.items()} for each in generate.include]


_FEW = "remove the whole `generate` entry, or give it values"


def _fractions(generate: Matrix) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of numbers like 1.0, which the schema takes for whole: nobody knows whether 1 is meant."""
    for name, values in generate.for_each.items():
        yield from (("forEach", name, index) for index, value in enumerate(values) if isinstance(value, float))
    for field, lists in (("exclude", generate.exclude), ("include", generate.include)):
        for index, each in enumerate(lists):
            yield from ((field, index, name) for name, value in each.items() if isinstance(value, float))


def _without(found: list[Values], patterns: Sequence[Mapping[str, object]], complain: Complain) -> list[Values]:
    """Return the combinations that no pattern matches; patterns of the same names are looked up together."""
    first: dict[tuple[str, ...], dict[tuple[str | None, ...], int]] = {}
    for index, pattern in enumerate(patterns):
        names = tuple(sorted(pattern))
        first.setdefault(names, {}).setdefault(tuple(str(pattern[name]) for name in names), index)
    if len(first) * len(found) > 10 * MAX_COMBINATIONS:
        complain(("exclude",), "too many sets of names for this matrix", "exclude by the same names, or less")
        return []
    used: set[int] = set()
    kept = []
    for each in found:
        hits = (known.get(tuple(each.get(name) for name in names)) for names, known in first.items())
        hit = min((index for index in hits if index is not None), default=None)
        if hit is None:
            kept.append(each)
        else:
            used.add(hit)
    for index in sorted({*range(len(patterns))} - used):
        complain(("exclude", index), "matches no combination", "check its names and values against forEach")
    return kept


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

    for values in combinations(generate, once):
        made = {section: _fill(template, values, once, (KINDS[section],)) for section, template in templates.items()}
        for section in ("clusters", "users"):
            if section in made and "contexts" in made:
                made["contexts"].setdefault(KINDS[section], made[section]["name"])
        yield from made.items()


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
            close = closest(name, values)
            hint = f"did you mean {close!r}?" if close else f"forEach has {', '.join(values)}; {{{{ writes a brace"
            complain(at, f"the matrix has no {name!r}", hint)
        return found[0]

    return _TOKEN.sub(one, text)


def make_complain(problems: list[Problem], make: Callable[..., Problem], rule: str) -> Complain:
    """Return a function that turns (path, message, hint) into a located Problem of `rule`."""

    def complain(path: tuple[str | int, ...], message: str, hint: str) -> None:
        problems.append(make(message, *path, rule=rule, hint=hint))

    return complain
