"""Plain values → KYAML as kubectl 1.35 prints it: YAML in braces, every text in quotes (KEP-5295).

Numbers are those of JSON. A line of a text with several begins with a blank, so that what it begins with lines up.
"""

from __future__ import annotations

import re
from math import isfinite

from kcfg.printing import is_data, visible
from kcfg.yaml.emit import ESCAPES
from kcfg.yaml.numbers import constant, json_number
from kcfg.yaml.text import is_time

_ESCAPES = {char: f"\\{letter}" for char, letter in ESCAPES.items()} | {"\t": "\t"}
_BARE = re.compile(r"\w(?:[\w./-]*\w)?")
_WORDS = frozenset(("null", "y", "yes", "on", "true", "t", "n", "no", "off", "false", "f", "inf", "infinity", "nan"))
_PREFIXED = re.compile("0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_HEX_FLOAT = re.compile(r"0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP]-?[0-9]+")


def dump_kyaml(value: dict[str, object]) -> str:
    """Return the text of one document, with its first and its last line."""
    pieces = ["---\n"]
    _write(value, "", pieces)
    return "".join(pieces) + "\n"


def _write(value: object, pad: str, pieces: list[str]) -> None:
    inner = pad + "  "
    if isinstance(value, dict) and value:
        pieces.append("{\n")
        for key, each in value.items():
            pieces.append(f"{inner}{_key(key)}: ")
            _write(each, inner, pieces)
            pieces.append(",\n")
        pieces.append(pad + "}")
    elif isinstance(value, list) and value and all(isinstance(each, (dict, list)) for each in value):
        for at, each in enumerate(value):
            pieces.append(", " if at else "[")
            _write(each, pad, pieces)
        pieces.append("]")
    elif isinstance(value, list) and value:
        pieces.append("[\n")
        for each in value:
            pieces.append(inner)
            _write(each, inner, pieces)
            pieces.append(",\n")
        pieces.append(pad + "]")
    else:
        pieces.append(_text(value, inner) if isinstance(value, str) else constant(value, json_number))


def _text(value: str, pad: str) -> str:
    if "\n" not in value:
        return f'"{_escaped(value)}"'
    *lines, last = value.split("\n")
    written = [f"{pad}{_lead(line)}{_escaped(line)}\\n\\\n" for line in lines]
    if last:
        written.append(f"{pad}{_lead(last)}{_escaped(last)}\\\n")
    return f'"\\\n{"".join(written)}{pad}"'


def _lead(line: str) -> str:
    """Return what keeps a blank at the beginning of a line: without it YAML drops it."""
    return "\\" if line[:1] in (" ", "\t") else " "


def _escaped(text: str) -> str:
    return "".join(
        _ESCAPES[char] if char in _ESCAPES else char if char.isprintable() else visible(char) for char in text
    )


def _key(key: str) -> str:
    is_bare = _BARE.fullmatch(key) and (key.isascii() or all(map(_is_letter, key))) and not _is_guessed(key)
    return key if is_bare else '"' + _escaped(key).replace("\t", "\\t") + '"'


def _is_letter(char: str) -> bool:
    from unicodedata import category

    return char in "_./-" or (category(char)[0] in "LN" and is_data(char))


def _is_guessed(key: str) -> bool:
    """Return whether some reader would take a key for something else: a word, a number, a day."""
    bare = key.replace("_", "")
    return key.lower() in _WORDS or is_time(key) or (bare.isascii() and _is_number(bare))


def _is_number(text: str) -> bool:
    """Return whether Go's `strconv` takes a text for a number, and it has a value."""
    if _PREFIXED.fullmatch(text):
        return int(text, 0) < 1 << 63
    try:
        number = float.fromhex(text) if _HEX_FLOAT.fullmatch(text) else float(text)
    except (ValueError, OverflowError):
        return False
    return isfinite(number) or text.lower() in _WORDS
