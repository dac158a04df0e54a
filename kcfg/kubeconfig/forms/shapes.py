"""Entries that are written like one that was read: where only values differ, it is right if they are.

Tools and people write one entry as the other: the same keys at the same places. Reading the first one says what that
means; of the others the values alone are looked at, many at once.
"""

from __future__ import annotations

from kcfg.kubeconfig.forms.kubectl import is_data
from kcfg.yaml.plain import WORDS, are_printable, are_texts

_EXACT = frozenset((*WORDS, "", "[]", "{}"))
_TEXT, _LINE, _QUOTES = "text", "line", ("'", '"')


class Shapes:
    """The shapes of a section's entries that were read, and the values of those that are written like them."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], int] = {}  # which of the values is the name
        self._texts: list[str] = []
        self._data: list[str] = []

    def name(self, lines: list[str]) -> str | None:
        """Return the name of an entry that is written like one before, if it is right; None if none is."""
        shape, values = _taken_apart(lines)
        at = self._names.get(shape)
        if at is None:
            return None
        self._take(shape, values)
        return values[at]

    def learn(self, lines: list[str], name: str) -> None:
        """Take an entry, which is right, for a pattern."""
        shape, values = _taken_apart(lines)
        key = " " * (len(lines[0]) - len(lines[0].lstrip(" -"))) + "name: "
        found = [at for at, each in enumerate(shape[::2]) if each.replace("-", " ", 1) == key and values[at] == name]
        alone = Shapes()
        alone._take(shape, values)
        if len(found) == 1 and alone.are_right():
            self._names[shape] = found[0]

    def are_right(self) -> bool:
        """Return whether all entries that were named are as right as their patterns."""
        return are_texts(self._texts) and all(map(is_data, map(str.encode, self._data)))

    def _take(self, shape: tuple[str, ...], values: list[str]) -> None:
        for key, kind, value in zip(shape[::2], shape[1::2], values, strict=True):
            if key.endswith("-data: ") and kind not in _EXACT:
                self._data.append(value)
            elif kind == _TEXT:
                self._texts.append(value)


def _taken_apart(lines: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the keys and dashes of an entry, each with the kind of its value, and the values.

    A line that begins a text of several lines, or goes on with one, is part of the shape; where there is such a line,
    blanks and comments are too: they may stand inside of that text.
    """
    shape: list[str] = []
    values: list[str] = []
    silent: list[str] = []
    goes_on = False
    for at, line in enumerate(lines):
        text = line.lstrip(" ")
        if not text or text[0] == "#":
            silent += (f"{at} {line}", _LINE)
            continue
        cut = line.find(": ") + 2
        if cut == 1:
            cut = len(line) if line[-1] == ":" else len(line) - len(text) + 2
            if line[cut - 2 : cut] != "- " and line[-1] != ":":  # it goes on with the one before
                goes_on = True
                shape[-2:] = ("".join(lines[at - 1 : at]), _LINE, line, _LINE)
                values[-1:] = ("", "")
                continue
        value = line[cut:]
        kind = value if value in _EXACT else value[0] if value[0] in _QUOTES else _TEXT
        if kind in _QUOTES:
            value = value[1:-1]
            if line[-1] != kind or cut + 1 == len(line) or {*value} & {kind, "\\"} or not are_printable([value]):
                kind = _LINE
        if kind == _LINE or value[:1] == "|":
            cut, kind, value, goes_on = len(line), _LINE, "", True
        shape += (line[:cut], kind)
        values.append(value)
    if goes_on:
        shape += silent
        values += [""] * (len(silent) // 2)
    return tuple(shape), values
