"""bash: its line as words, and candidates as bash inserts them.

bash passes the line as it is typed, and replaces only what stands after the last of COMP_WORDBREAKS (`:` and `=` are
among them) or after an open quote: candidates are quoted for that place, and begin there.
"""

from __future__ import annotations

from kcfg.cli.complete.line import Candidate

_SPECIAL = frozenset(" \t\"'\\$`!&;|<>()[]{}*?#~^")
_IN_DOUBLE = frozenset('"\\$`')


class Raw:
    """A line's words without the program, dequoted; `quote` is open in the last one, `kept` stays before the cursor."""

    def __init__(self, words: list[str], quote: str, kept: str) -> None:
        self.words = words
        self.quote = quote
        self.kept = kept


def split_line(line: str, breaks: str) -> Raw:
    """Return the words of a line up to the cursor, as bash reads them; the last one is the one to complete."""
    words = [""]
    quote = kept = ""
    begun = escaped = False
    for char in line:
        if escaped:
            words[-1] += char if quote != '"' or char in _IN_DOUBLE else "\\" + char
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = begun = True
        elif quote:
            quote, words[-1] = ("", words[-1]) if char == quote else (quote, words[-1] + char)
        elif char in "\"'":
            quote, begun, kept = char, True, words[-1]
        elif char in " \t\n":
            if begun:
                words.append("")
            begun, kept = False, ""
        else:
            words[-1] += char
            begun = True
            if char in breaks:
                kept = words[-1]
    return Raw(words[1:] or [""], quote, kept)


def write_answer(raw: Raw, candidates: list[Candidate], directive: int) -> str:
    """Return the directive, and each candidate as it replaces what bash replaces."""
    lines = [str(directive)]
    for value, _ in candidates:
        if value.startswith(raw.kept):
            lines.append(_quoted(value.removeprefix(raw.kept), raw.quote))
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str, quote: str) -> str:
    """Quote a text for a place inside of `quote`, or for the bare line."""
    if quote == "'":
        return text.replace("'", "'\\''")
    special = _IN_DOUBLE if quote else _SPECIAL
    return "".join("\\" + char if char in special else char for char in text)
