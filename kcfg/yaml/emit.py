"""Plain values → YAML as kubectl prints it: go-yaml 2, which is libyaml's emitter with quirks of its own.

The names follow that emitter (analysis, simple keys, best width): the two can be laid side by side.
"""

from __future__ import annotations

from kcfg.yaml.numbers import constant, yaml_number
from kcfg.yaml.plain import is_plain
from kcfg.yaml.text import is_plain_text, is_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDTH = 80
_SIMPLE_KEY = 128  # bytes; a longer key is written `? key` and `: value`
_PLAIN_ORDER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")
_ASCII = frozenset(map(chr, range(0x20, 0x7F)))
_BREAKS = frozenset("\n\r\x85\u2028\u2029")
ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
# What go-yaml reads as text but quotes all the same: minutes in base 60, and times.
_BASE_60 = r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"

# What stands in an entry stands in the next: its keys, and other short texts; long ones at the same column.
_MOST_KEPT = 256
_plain_texts: set[str] = set()
_kept: dict[tuple[str, int, int], str] = {}


def dump_yaml(value: dict[str, object]) -> str:
    """Return kubectl's YAML for a mapping: keys sorted, indent 2, lists at the parent's column."""
    if len(_plain_texts) > _MOST_KEPT:
        _plain_texts.clear()
    pieces: list[str] = []
    _mapping(value, 0, pieces, "")
    return "".join(pieces) if pieces else "{}\n"


def _end(text: str, pieces: list[str]) -> None:
    """Add a line; a literal scalar may bring its own line break."""
    pieces.append(text if text[-1] in _BREAKS else text + "\n")


def _mapping(value: dict[str, object], indent: int, pieces: list[str], first: str) -> None:
    pad = " " * indent
    for key in sorted_keys(value):
        lead, first = (first or pad), ""
        if key in _plain_texts or _is_simple_key(key):
            _value(f"{lead}{scalar(key, len(lead), indent, key=True)}:", value[key], indent, pieces)
        else:
            _end(f"{lead}? {scalar(key, len(lead) + 2, indent + 2)}", pieces)
            _complex_value(f"{pad}:", value[key], indent, pieces)


def _value(head: str, value: object, indent: int, pieces: list[str]) -> None:
    if isinstance(value, dict) and value:
        pieces.append(head + "\n")
        _mapping(value, indent + 2, pieces, "")
    elif isinstance(value, list) and value:
        pieces.append(head + "\n")
        _list(value, indent, pieces, "")
    else:
        _end(f"{head} {scalar(value, len(head) + 1, indent + 2)}", pieces)


def _complex_value(head: str, value: object, indent: int, pieces: list[str]) -> None:
    if isinstance(value, dict) and value:
        _mapping(value, indent + 2, pieces, f"{head} ")
    elif isinstance(value, list) and value:
        _list(value, indent + 2, pieces, f"{head} ")
    else:
        _end(f"{head} {scalar(value, len(head) + 1, indent + 2)}", pieces)


def _list(items: list[object], indent: int, pieces: list[str], first: str) -> None:
    for item in items:
        head = f"{first or ' ' * indent}-"
        first = ""
        _complex_value(head, item, indent, pieces)


def sorted_keys(keys: Iterable[str]) -> list[str]:
    """Return keys in go-yaml's order."""
    if _PLAIN_ORDER.issuperset("".join(keys)):
        return sorted(keys)
    from functools import cmp_to_key

    return sorted(keys, key=cmp_to_key(_compare))


def _compare(a: str, b: str) -> int:
    """go-yaml's order: numbers inside keys by value, letters after everything else."""
    for at, (left, right) in enumerate(zip(a, b, strict=False)):
        if left == right:
            continue
        if left.isalpha() or right.isalpha():
            return _less(ord(left), ord(right)) if left.isalpha() == right.isalpha() else -1 if right.isalpha() else 1
        lead = 1 if "0" in (left, right) and _follows_number(a[:at]) else 0
        (number_a, end_a), (number_b, end_b) = _number(a, at, lead), _number(b, at, lead)
        return _less((number_a, end_a, ord(left)), (number_b, end_b, ord(right)))
    return _less(len(a), len(b))


def _less(a: object, b: object) -> int:
    return -1 if a < b else 1  # type: ignore[operator]


def _follows_number(text: str) -> bool:
    digits = text[len(text.rstrip("0123456789")) :]
    return bool(digits.strip("0"))


def _number(text: str, at: int, lead: int) -> tuple[int, int]:
    while at < len(text) and text[at].isdecimal():
        lead = lead * 10 + (ord(text[at]) - ord("0"))
        at += 1
    return lead, at


def scalar(value: object, column: int, indent: int, *, key: bool = False) -> str:
    """Return one scalar as go-yaml writes it at a column; continuation lines are indented by `indent`."""
    if not isinstance(value, str):
        return constant(value, yaml_number)
    if value in _plain_texts:
        return value
    if is_plain(value):
        if len(value) < _SIMPLE_KEY:
            _plain_texts.add(value)
        return value
    if key and value == "<<":
        return '"<<"'  # kubectl does not quote it, and reads a merge
    if key:
        return _text(value, column, indent, key=True)
    place = (value, column, indent)
    if place not in _kept:
        if len(_kept) == _MOST_KEPT:
            _kept.clear()
        _kept[place] = _text(value, column, indent, key=False)
    return _kept[place]


def _reads_as_text(value: str) -> bool:
    if not value[:1].isdigit() and value[:1] not in ("+", "-"):
        return value == "<<" or is_plain_text(value)
    if not is_plain_text(value):
        return False
    if not value[1:2].isdigit() and not value[0].isdigit():
        return True
    import re

    return not re.fullmatch(_BASE_60, value) and not is_time(value)


def _is_simple_key(key: str) -> bool:
    return _BREAKS.isdisjoint(key) and len(key.encode()) <= _SIMPLE_KEY


class _Analysis:
    """Which styles a text may have: libyaml's analyze_scalar."""

    __slots__ = ("block", "plain", "single")

    def __init__(self, value: str) -> None:
        breaks = not _BREAKS.isdisjoint(value)
        special = not (_ASCII.issuperset(value) or all(map(_is_printable, value)))
        space_break = breaks and any(f" {each}" in value for each in _BREAKS)
        break_space = breaks and any(f"{each} " in value for each in _BREAKS)
        usable = not space_break and not special
        ends = value[:1] in _BREAKS or value[-1:] in _BREAKS or value[:1] == " " or value[-1:] == " "
        self.plain = usable and not breaks and not ends and not _has_indicators(value)
        self.single = usable and not break_space
        self.block = usable and value[-1:] != " "


def _is_printable(char: str) -> bool:
    return " " <= char <= "~" or char == "\n" or ("\xa0" <= char <= "\ufffd" and char != "\ufeff")


def _has_indicators(value: str) -> bool:
    if value.startswith(("---", "...")) or value[:1] in tuple("#,[]{}&*!|>'\"%@`"):
        return True
    if value[:1] in ("-", "?", ":") and value[1:2] in ("", " "):
        return True
    return ": " in value or value.endswith(":") or " #" in value


def _text(value: str, column: int, indent: int, *, key: bool) -> str:
    allowed = _Analysis(value)
    if "\n" in value and not key:
        return _literal(value, indent) if allowed.block else _double(value, column, indent, key=key)
    if not _reads_as_text(value):
        return _double(value, column, indent, key=key)
    if allowed.plain:
        return value if key else _plain(value, column, indent)
    return _single(value, column, indent, key=key) if allowed.single else _double(value, column, indent, key=key)


def _literal(value: str, indent: int) -> str:
    hint = "2" if value[0] == " " or value[0] in _BREAKS else ""
    ends = value[-1] in _BREAKS
    chomp = "" if ends and len(value) > 1 and value[-2] not in _BREAKS else "+" if ends else "-"
    out = [f"|{hint}{chomp}\n"]
    fresh = True
    for char in value:
        if fresh and char not in _BREAKS:
            out.append(" " * indent)
        fresh = char in _BREAKS
        out.append(char)
    return "".join(out)


def _plain(value: str, column: int, indent: int) -> str:
    out: list[str] = []
    spaces = False
    for at, char in enumerate(value):
        if char == " " and not spaces and column > _WIDTH and value[at + 1] != " ":
            out.append("\n" + " " * indent)
            column = indent
        else:
            out.append(char)
            column += 1
        spaces = char == " "
    return "".join(out)


def _single(value: str, column: int, indent: int, *, key: bool) -> str:
    out = ["'"]
    column += 1
    spaces = breaks = False
    for at, char in enumerate(value):
        inner = 0 < at < len(value) - 1
        if char == " " and not key and not spaces and column > _WIDTH and inner and value[at + 1] != " ":
            out.append("\n" + " " * indent)
            column = indent
        elif char in _BREAKS:
            out.append(char)
            column = 0
        else:
            if breaks and char != " ":
                out.append(" " * indent)
                column = indent
            out.append("''" if char == "'" else char)
            column += 1 + (char == "'")
        breaks = char in _BREAKS or (breaks and char == " ")
        spaces = char == " " or (spaces and char in _BREAKS)
    return "".join(out) + "'"


def _double(value: str, column: int, indent: int, *, key: bool) -> str:
    out = ['"']
    column += 1
    spaces = False
    escape_all = value.startswith("\ufeff")  # go-yaml looks for the mark at the start, whatever the position
    for at, char in enumerate(value):
        if escape_all or char in '"\\' or char in _BREAKS or not _is_printable(char):
            written = _escape(char)
        elif char == " " and not key and not spaces and column > _WIDTH and 0 < at < len(value) - 1:
            out.append("\n" + " " * indent)
            column = indent
            written = "\\" if value[at + 1] == " " else ""
        else:
            written = char
        out.append(written)
        column += len(written)
        spaces = char == " " and not escape_all
    return "".join(out) + '"'


def _escape(char: str) -> str:
    if char in ESCAPES:
        return "\\" + ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
