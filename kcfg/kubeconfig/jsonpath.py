"""`-o jsonpath=…`: kubectl's templates, by the grammar and the quirks of client-go's `util/jsonpath`.

Text outside of braces is copied. Inside: `.field`, `['field']`, `..field`, `[0]`, `[]` (the first), `[-1]`, `[1:3]`,
`[0,2]`, `['name','context']`, `[*]`, `.*`, `[?(@.name=="x")]` (also !=, <, >, <=, >=, a bare field that must exist),
`{range …}…{end}`, "quoted text", numbers, `@` and `$`: both are the value at hand. Not there, as in kubectl: functions,
regular expressions, `&&`. Objects are printed as kubectl prints them: JSON with sorted keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from kcfg.errors import KcfgError, type_name
from kcfg.kubeconfig.template import HINT, Node, Whole, parse_template, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_LOOPS = 100
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


def evaluate(template: str, value: object) -> str:
    """Return what a template prints for a value; a missing field prints nothing. Raises KcfgError if unreadable."""
    if not template:
        raise unreadable("it is empty")
    return "".join(" ".join(map(_text, found)) for _, found in _Run(parse_template(template)).find(value, 0))


def evaluate_all(template: str, value: object) -> list[object]:
    """Return what the paths of a template lead to, for `-o jsonpath-as-json`. Raises KcfgError if unreadable."""
    run = _Run(parse_template(template))
    found = [each for kind, results in run.find(value, 0) if kind == "list" for each in results]
    ordered: list[object] = json.loads(json.dumps(found, sort_keys=True))
    return ordered


class _Run:
    """A template on its way: how many loops it is in, and which of them begin and end."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.begins = self.ends = self.inside = 0
        self.last_end = -1

    def find(self, value: object, at: int) -> list[tuple[str, list[Any]]]:
        """Return what every node from `at` on leads to, with its kind; what a loop says, again and again."""
        found: list[tuple[str, list[Any]]] = []
        while at < len(self.nodes):
            results = self.walk([value], self.nodes[at])
            if 0 < self.ends <= self.inside:
                self.ends -= 1
                self.last_end = at
                break
            if self.begins:
                self.begins -= 1
                self.inside += 1
                if self.inside > _MOST_LOOPS:
                    raise unreadable(f"more than {_MOST_LOOPS} loops in one another")
                turns = [self.find(each, at + 1) for each in results or [None]]  # without a turn, to find its end
                found += [each for turn in turns for each in turn] if results else []
                self.inside -= 1
                at = max(at, self.last_end)
            else:
                found.append((self.nodes[at].kind, results))
            at += 1
        return found

    def walk(self, values: list[Any], node: Node) -> list[Any]:
        """Return what a step makes of the values before it."""
        if node.kind == "list":
            return self.through(values, node.said)
        if node.kind == "text":
            return [node.said]
        if node.kind == "union":
            return [each for steps in node.said for each in self.through(values, steps)]
        if node.kind == "value":
            return [node.said] * len(values)
        if node.kind == "word":
            return self._word(values, node.said)
        if node.kind == "filter":
            return [each for value in values for each in self._filtered(value, *node.said)]
        return [each for value in values if value is not None for each in _TAKE[node.kind](value, node.said)]

    def through(self, values: list[Any], steps: list[Node]) -> list[Any]:
        """Return what the steps lead to, one after the other."""
        for step in steps:
            values = self.walk(values, step)
        return values

    def _word(self, values: list[Any], word: str) -> list[Any]:
        if word == "range":
            self.begins += 1
            return values
        if word != "end":
            raise unreadable(f"{word!r} is no field: write .{word}")
        if not self.inside:
            raise unreadable("{end} without {range}")
        self.ends += 1
        return []

    def _filtered(self, value: object, left: list[Node], operator: str, right: list[Node]) -> list[Any]:
        if not isinstance(value, list):
            raise KcfgError(f"a filter is for a list, this is a {type_name(value)}", hint=HINT)
        passes = self._passes if operator else self._exists
        return [each for each in value if passes(each, left, operator, right)]

    def _exists(self, value: object, left: list[Node], *_: object) -> bool:
        values = [value]
        for step in left:
            try:
                values = self.walk(values, step)
            except KcfgError:  # kubectl does not look further, and takes what it had
                break
        return bool(values)

    def _passes(self, value: object, left: list[Node], operator: str, right: list[Node]) -> bool:
        sides = []
        for steps in (left, right):
            found = self.through([value], steps)
            if len(found) > 1:
                raise KcfgError("a filter compares one value at a time")
            if not found:
                return False
            sides += found
        kinds = {_kind(side) for side in sides}
        if len(kinds) > 1 or not kinds <= {"text", "whole", "fraction", "bool"}:
            raise KcfgError("a filter compares texts with texts, 1.0 with numbers, true with flags", hint=HINT)
        if operator not in _TESTS or ("bool" in kinds and operator not in ("==", "!=")):
            raise unreadable(f"{operator!r} in a filter")
        return _TESTS[operator](*sides)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "whole" if isinstance(value, Whole) else "fraction"
    return "text" if isinstance(value, str) else ""


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list) else []


def _recursive(value: object, said: object = None) -> list[Any]:
    """Return a value and everything in it, but what is empty, and numbers and flags."""
    below = _children(value)
    if not below and not (isinstance(value, str) and value):
        return []
    return [value, *(each for child in below for each in _recursive(child))]


def _member(value: object, name: str) -> list[Any]:
    return [value[name]] if isinstance(value, dict) and name in value else []


def _slice(value: object, parts: tuple[int | None, int | None, int | None]) -> list[Any]:
    if not isinstance(value, list):
        raise KcfgError(f"an index is for a list, this is a {type_name(value)}", hint=HINT)
    size = len(value)
    first, last, step = parts
    first = 0 if first is None else first + size if first < 0 else first
    last = size if last is None else last + size if last < 0 else last
    if first == last:
        return []
    if not 0 <= first < size or not first < last <= size:
        wrong = first if not 0 <= first < size else last - 1
        raise KcfgError(f"array index out of bounds: index {wrong}, length {size}")
    if step is not None and step <= 0:
        raise KcfgError("step must be > 0")
    return value[first : last : step or 1]


_TAKE: dict[str, Callable[[Any, Any], list[Any]]] = {
    "field": _member,
    "array": _slice,
    "all": lambda value, _: _children(value),
    "recursive": _recursive,
}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
