"""A list that typing filters and arrow keys go through: what it holds, what a key does, and how its screen looks.

A name has what is typed when every word of it stands in it, whatever the case. No terminal is touched here.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from unicodedata import category, east_asian_width

from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What terminals send, xterm's and the console's; application mode says \x1bO instead of \x1b[.
_SEQUENCES = {
    "A": "up", "B": "down", "H": "home", "F": "end", "Z": "up",
    "1~": "home", "7~": "home", "4~": "end", "8~": "end", "5~": "page-up", "6~": "page-down",
}  # fmt: skip
_CONTROLS = {
    "\r": "choose", "\n": "choose", "\x03": "leave", "\x1b": "leave", "\x07": "leave", "\x1a": "stop",
    "\x10": "up", "\x0b": "up", "\x0e": "down", "\t": "down",
    "\x7f": "erase", "\x08": "erase", "\x17": "erase-word", "\x15": "clear", "\x0c": "draw",
}  # fmt: skip
_FINAL = range(0x40, 0x7F)  # what ends a control sequence (ECMA-48)


class Keys:
    """Bytes of a terminal, as names of keys and as letters; a piece of a sequence waits for its rest."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("ignore")
        self.waiting = ""

    def read(self, data: bytes, *, last: bool = False) -> list[tuple[str, str]]:
        """Return (key, "") and ("", letter) for each; `last` says that nothing follows: Escape is a key then."""
        text, self.waiting = self.waiting + self._decoder.decode(data), ""
        found: list[tuple[str, str]] = []
        while text:
            if text[0] != "\x1b":
                key = _CONTROLS.get(text[0], "")
                if key or (text[0] >= " " and printable(text[0]) == text[0]):
                    found.append((key, "" if key else text[0]))
                text = text[1:]
                continue
            size = _sequence(text)
            if not size and not last:
                self.waiting = text
                break
            if size == 1 or text == "\x1b":
                found.append(("leave", ""))
            elif key := _SEQUENCES.get(text[2:size], ""):
                found.append((key, ""))
            text = text[size or len(text) :]
        return found


def _sequence(text: str) -> int:
    """Return how long the sequence at the start of a text is; 0 where it does not end."""
    if len(text) == 1:
        return 0
    if text[1] == "\x1b":
        return 1
    if text[1] not in "[O":
        return 2  # Alt and a letter
    return next((at + 1 for at in range(2, len(text)) if ord(text[at]) in _FINAL), 0)


class FilterList:
    """Names, those that have what is typed, and the one under the cursor."""

    def __init__(self, names: Sequence[str], what: str, current: str) -> None:
        self._names = names
        self._folded = [name.casefold() for name in names]
        self._what = what
        self._current = current
        self.typed = ""
        self._found = list(range(len(names)))
        self._at = names.index(current) if current in names else 0
        self._top = 0
        self._page = 1

    @property
    def chosen(self) -> str | None:
        """The name under the cursor; None where no name has what is typed."""
        return self._names[self._found[self._at]] if self._found else None

    def press(self, key: str, letter: str) -> None:
        """Do what a key means; one that means nothing here does nothing."""
        edits = {
            "erase": self.typed[:-1],
            "clear": "",
            "erase-word": self.typed.rstrip()[: self.typed.rstrip().rfind(" ") + 1],
            "": self.typed + letter,
        }
        moves = {"up": -1, "down": 1, "page-up": -self._page, "page-down": self._page}
        if key in edits:
            self._filter(edits[key])
        elif key in moves:
            self._go(self._at + moves[key])
        elif key in ("home", "end"):
            self._go(0 if key == "home" else len(self._found))

    def _filter(self, typed: str) -> None:
        if typed == self.typed:
            return
        before = self._found[self._at] if self._found else None
        words = typed.casefold().split()
        self.typed = typed
        self._found = [at for at, name in enumerate(self._folded) if all(word in name for word in words)]
        self._at = self._found.index(before) if not words and before in self._found else 0

    def _go(self, at: int) -> None:
        self._at = max(0, min(at, len(self._found) - 1))

    def screen(self, columns: int, rows: int) -> tuple[list[tuple[str, bool]], int]:
        """Return the rows of a screen, each with whether it is the cursor's, and the column where typing goes on."""
        columns -= 1  # what fills a row has its last cell cleared with the rest of it
        prompt = cut(f"{self._what}> ", columns - 1)
        room = max(columns - 1 - cells(prompt), 0)
        typed = self.typed
        while cells(typed) > room:
            typed = typed[1:]
        head = [(prompt + typed, False)]
        if rows > 2:
            count = f"  {len(self._found)}/{len(self._names)}"
            head.append(
                (cut(count + (f"  current: {printable(self._current)}" if self._current else ""), columns), False)
            )
        self._page = max(rows - len(head), 1)
        self._top = max(min(self._top, self._at), self._at - self._page + 1, 0)
        self._top = max(min(self._top, len(self._found) - self._page), 0)
        shown = self._found[self._top : self._top + self._page] if rows > 1 else []
        lines = [(self._line(each, columns), place == self._at) for place, each in enumerate(shown, self._top)]
        return [*head, *lines], cells(prompt + typed) + 1

    def _line(self, at: int, columns: int) -> str:
        name = self._names[at]
        pointer = ">" if self._found[self._at] == at else " "
        return cut(f"{pointer}{'*' if name == self._current else ' '} {printable(name)}", columns)


def cells(text: str) -> int:
    """Return how many cells of a terminal a printable text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(char: str) -> int:
    if char.isascii():
        return 1
    if category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in "WF" or "\U0001f1e6" <= char <= "\U0001f1ff" else 1


def cut(text: str, columns: int) -> str:
    """Return what of a text has room in so many cells, and `…` in the last one where some of it has not."""
    if cells(text) <= columns:
        return text
    taken = 0
    for at, char in enumerate(text):
        taken += _cells(char)
        if taken > columns - 1:
            return text[:at] + "…" if columns > 0 else ""
    return text
