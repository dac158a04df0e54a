"""Plain values → JSON as kubectl prints it: Go's encoder, 4 blanks, keys in the order given."""

from __future__ import annotations

from json.encoder import encode_basestring

from kcfg.yaml.numbers import constant, json_number

# Go keeps a JSON text safe inside HTML and JavaScript.
_GO = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def dump_json(value: object) -> str:
    """Return the JSON text, with a final newline."""
    parts: list[str] = []
    _write(value, "\n", parts)
    return "".join(parts).translate(_GO) + "\n"


def _write(value: object, line: str, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif isinstance(value, dict) and value:
        _block("{}", [(encode_basestring(key) + ": ", each) for key, each in value.items()], line, parts)
    elif isinstance(value, list) and value:
        _block("[]", [("", each) for each in value], line, parts)
    else:
        parts.append(constant(value, json_number))


def _block(brackets: str, items: list[tuple[str, object]], line: str, parts: list[str]) -> None:
    inner = line + "    "
    parts.append(brackets[0])
    for at, (head, value) in enumerate(items):
        parts += ("," if at else "", inner, head)
        _write(value, inner, parts)
    parts += (line, brackets[1])
