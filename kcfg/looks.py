"""How lines look on a terminal: words wrap at its width, the word that says what a line is has a colour.

Only the eight basic colours, without bright ones and grounds: the terminal's own palette makes them read on its ground.
A colour is never on what the line says, only on that word. NO_COLOR and a TERM that is dumb, empty
or missing turn colours off, not the wrapping: `is_plain` says so for all of kcfg.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

BOLD, RED, GREEN, MAGENTA, CYAN = 1, 31, 32, 35, 36
_NARROWEST = 20  # below that words stand alone anyway
# The words that say what a line is, or how something is.
_WORDS = {
    "error": RED, "bug": RED, "problem": RED, "missing": RED, "ended": RED, "conflict": MAGENTA, "warning": MAGENTA,
    "soon": MAGENTA, "early": MAGENTA, "unknown": MAGENTA, "undeclared": MAGENTA, "hint": CYAN, "note": CYAN,
    "next": CYAN, "info": CYAN, "ok": GREEN, "present": GREEN, "valid": GREEN,
}  # fmt: skip
_LEADS = ("error", "warning", "note", "hint", "bug", "next", "info")
_FENCES = ('"', "'", "`")


def width_of(stream: "TextIO") -> int:
    """Return the columns of the terminal that a stream is, 0 for anything else or where it does not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):  # no terminal after all, or a stream that a program has put there
        return 0


def is_dumb() -> bool:
    """Return whether a terminal takes text alone: TERM is `dumb`, empty or missing, as curses reads it.

    Windows sets none, and its terminals draw.
    """
    return os.environ.get("TERM", "" if os.name != "nt" else "windows") in ("dumb", "")


def is_plain() -> bool:
    """Return whether a terminal is to show no colour: it cannot, or its user said so (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR")) or is_dumb()


def is_colored(stream: "TextIO") -> bool:
    """Return whether a stream is a terminal that shows colours, and shall."""
    return stream.isatty() and not is_plain()


def color_of(word: str) -> int:
    """Return the SGR number of a word that says how something is, 0 for other words."""
    return _WORDS.get(word, 0)


def painted(text: str, color: int) -> str:
    """Return a text in a colour."""
    return f"\x1b[{color}m{text}\x1b[0m" if color else text


def dressed(line: str, stream: "TextIO", hang: int | None = None) -> str:
    """Return a printable line as a terminal shows it best; what does not fit goes on in the column `hang`."""
    rows = wrapped(line, width_of(stream), hang)
    if is_colored(stream):
        start, end, color = _lead(line)
        if color and end <= len(rows[0]):
            rows[0] = rows[0][:start] + painted(rows[0][start:end], color) + rows[0][end:]
    return "\n".join(rows)


def _lead(line: str) -> tuple[int, int, int]:
    """Return where the word is that says what a line is, and its colour: `kcfg: error: …`, `FILE:3:1: warning: …`."""
    if line.startswith("kcfg: "):
        word = line[6:].partition(":")[0]
        return (6, 6 + len(word), color_of(word)) if word in _LEADS else (0, 0, 0)
    file, colon, rest = line.partition(": ")
    if file in _LEADS:
        return (0, len(file), color_of(file)) if colon else (0, 0, 0)
    word, colon, _ = rest.partition(": ")
    start = len(file) + 2
    return (start, start + len(word), color_of(word)) if colon and word in _LEADS else (0, 0, 0)


def wrapped(line: str, width: int, hang: int | None = None) -> list[str]:
    """Return the rows of a line of words, each at most `width` columns (0: as long as it is) where its words allow.

    No word is cut: names, paths and addresses can be copied; nor a command or a name in quotes that fits into a row.
    """
    if not width or columns_of(line) <= width:
        return [line]
    width = max(width, _NARROWEST)
    hang = min(len(line) - len(line.lstrip(" ")) + 2 if hang is None else hang, width * 2 // 3)
    rows, row = [], ""
    for gap, word in _words(line, width - hang):
        if row.strip() and columns_of(row) + columns_of(gap + word) > width:
            rows.append(row.rstrip())
            row = " " * max(min(hang, width - columns_of(word)), 0) + word  # a long name goes further to the left
        else:
            row += gap + word
    return [*rows, row]


def wrapped_painted(line: str, width: int) -> list[str]:
    """Return the rows of a line, each in the colour that is around the whole line."""
    end = "\x1b[0m"
    if not (line.startswith("\x1b[") and line.endswith(end)):
        return wrapped(line, width)
    start, letter, text = line.removesuffix(end).partition("m")
    return [f"{start}{letter}{row}{end}" for row in wrapped(text, width)]


def _words(line: str, most: int) -> "Iterator[tuple[str, str]]":
    """Yield the blanks before each word, and the word; a fenced text of at most `most` columns is one."""
    at, size = 0, len(line)
    while at < size:
        start = at
        while at < size and line[at] == " ":
            at += 1
        gap, begin = line[start:at], at
        while at < size and line[at] != " ":
            if line[at] in _FENCES and (at == begin or not line[at - 1].isalnum()):
                end = line.find(line[at], at + 1)
                if end > 0 and columns_of(line[begin : end + 1]) <= most:
                    at = end
            at += 1
        yield gap, line[begin:at]


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a printable text takes: wide letters two, marks on a letter none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, columns: int) -> str:
    """Return a text with blanks up to a number of columns."""
    return text + " " * (columns - columns_of(text))
