"""Plain values → text as kubectl prints it: go-yaml's block style (libyaml's emitter), Go's JSON."""

from __future__ import annotations

import json
import re

from kcfg.yamldoc import is_plain_text

_WIDTH = 80
_SIMPLE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./:@+=-]*(?<!:)")
_LEADING = frozenset("-?:,[]{}#&*!|>'\"%@`")
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
_NUMBER_PART = re.compile(r"(\d+)")


def dump_yaml(value: dict[str, object]) -> str:
    """Return kubectl's YAML for a mapping: keys sorted, indent 2, lists at the parent's column."""
    lines: list[str] = []
    _mapping(value, 0, lines, "")
    return "\n".join(lines) + "\n" if lines else "{}\n"


def dump_json(value: object) -> str:
    """Return kubectl's JSON: 4 blanks, the order given, `<`, `>`, `&` escaped as Go does."""
    text = json.dumps(value, indent=4, ensure_ascii=False, allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text + "\n"


def _mapping(value: dict[str, object], indent: int, lines: list[str], first: str) -> None:
    pad = " " * indent
    for key in sorted(value, key=_natural):
        lead, first = (first or pad), ""
        name = scalar(key, len(lead), indent, key=True)
        _value(f"{lead}{name}:", value[key], indent, lines)


def _value(head: str, value: object, indent: int, lines: list[str]) -> None:
    if isinstance(value, dict) and value:
        lines.append(head)
        _mapping(value, indent + 2, lines, "")
    elif isinstance(value, list) and value:
        lines.append(head)
        _list(value, indent, lines, "")
    else:
        lines.append(f"{head} {scalar(value, len(head) + 1, indent + 2)}")


def _list(items: list[object], indent: int, lines: list[str], first: str) -> None:
    for item in items:
        head = f"{first or ' ' * indent}-"
        first = ""
        if isinstance(item, dict) and item:
            _mapping(item, indent + 2, lines, f"{head} ")
        elif isinstance(item, list) and item:
            _list(item, indent + 2, lines, f"{head} ")
        else:
            lines.append(f"{head} {scalar(item, len(head) + 1, indent + 2)}")


def _natural(key: str) -> list[tuple[int, int, str]]:
    """go-yaml sorts digits in keys as numbers, and letters after everything else."""
    parts: list[tuple[int, int, str]] = []
    for part in _NUMBER_PART.split(key):
        if part.isdigit():
            parts.append((1, int(part), part))
        else:
            parts += [(2 if char.isalpha() else 0, 0, char) for char in part]
    return parts


def scalar(value: object, column: int, indent: int, *, key: bool = False) -> str:
    """Return one scalar as go-yaml writes it at a column; continuation lines are indented by `indent`."""
    if not isinstance(value, str):
        return _other(value)
    if _SIMPLE.fullmatch(value) and is_plain_text(value):
        return value
    return _text(value, column, indent, key=key)


def _other(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    return "{}" if value == {} else "[]" if value == [] else str(value)


def _float(value: float) -> str:
    if value == int(value) and abs(value) < 1e21:
        text = str(int(value))
        digits = text.lstrip("-").rstrip("0")
        exponent = len(text.lstrip("-")) - 1
        if exponent < 21 and len(text.lstrip("-")) <= 6:
            return text
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{'-' if value < 0 else ''}{mantissa}e+{exponent:02d}"
    return repr(value)


def _text(value: str, column: int, indent: int, *, key: bool) -> str:
    if "\n" in value and not key and _fits_literal(value):
        return _literal(value, indent)
    special = any(_is_special(char) for char in value)
    if special or ("\n" in value and key) or not is_plain_text(value):
        return _double(value, column, indent, key=key)
    if "\n" in value or not _may_be_plain(value):
        return _single(value, column, indent, key=key)
    return _fold(value, column, indent) if not key else value


def _is_special(char: str) -> bool:
    if char in '"\\\n':
        return False
    return char in _ESCAPES or not char.isprintable() or ord(char) > 0xFFFF


def _fits_literal(value: str) -> bool:
    lines = value.split("\n")
    blank_before_break = any(line.endswith(" ") for line in lines[:-1]) or value.endswith(" ")
    printable = all(char in {"\n", "\t"} or (char.isprintable() and ord(char) <= 65535) for char in value)
    return printable and not blank_before_break and "\t" not in value


def _literal(value: str, indent: int) -> str:
    hint = str(2) if value[0] in " \n" else ""
    chomp = (
        ""
        if value.endswith("\n") and not value.endswith("\n\n") and value != "\n"
        else "+"
        if value.endswith("\n")
        else "-"
    )
    body = value[:-1] if value.endswith("\n") else value
    pad = " " * indent
    return f"|{hint}{chomp}\n" + "\n".join(f"{pad}{line}" if line else "" for line in body.split("\n"))


def _may_be_plain(value: str) -> bool:
    if not value or value[0] == " " or value[-1] == " " or value.startswith(("---", "...")):
        return False
    if value[0] in _LEADING and not (value[0] in "-?:" and len(value) > 1 and value[1] not in " "):
        return False
    return not (": " in value or " #" in value or value.endswith(":"))


def _fold(value: str, column: int, indent: int) -> str:
    out: list[str] = []
    spaces = False
    for at, char in enumerate(value):
        if char == " ":
            if not spaces and column > _WIDTH and value[at + 1] != " ":
                out.append("\n" + " " * indent)
                column = indent
            else:
                out.append(char)
                column += 1
            spaces = True
        else:
            out.append(char)
            column += 1
            spaces = False
    return "".join(out)


def _single(value: str, column: int, indent: int, *, key: bool) -> str:
    out = ["'"]
    column += 1
    spaces = False
    for at, char in enumerate(value):
        if char == " ":
            inner = 0 < at < len(value) - 1
            if not key and not spaces and column > _WIDTH and inner and value[at + 1] != " ":
                out.append("\n" + " " * indent)
                column = indent
            else:
                out.append(char)
                column += 1
            spaces = True
            continue
        out.append("''" if char == "'" else char)
        column += 1 + (char == "'")
        spaces = False
    return "".join(out) + "'"


def _double(value: str, column: int, indent: int, *, key: bool) -> str:
    out = ['"']
    column += 1
    spaces = False
    for at, char in enumerate(value):
        if char in _ESCAPES or not char.isprintable() or ord(char) > 0xFFFF:
            written = _escape(char)
            out.append(written)
            column += len(written)
            spaces = False
        elif char == " ":
            if not key and not spaces and column > _WIDTH and 0 < at < len(value) - 1:
                out.append("\n" + " " * indent)
                column = indent
                if value[at + 1] == " ":
                    out.append("\\")
                    column += 1
            else:
                out.append(char)
                column += 1
            spaces = True
        else:
            out.append(char)
            column += 1
            spaces = False
    return "".join(out) + '"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
