"""What YAML text means before any YAML library is asked: its encoding, and its plain scalars as go-yaml reads them.

Reading a kubeconfig of the common form needs no more than this; `parse` is for everything else.
"""

from __future__ import annotations

from kcfg.errors import KcfgError, Location
from kcfg.yaml.plain import WORDS

MAX_BYTES = 256 << 20
MAX_DEPTH = 100  # levels of mappings and lists
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# `re` is imported, and a pattern compiled, by who asks first: most texts ask none, and that takes some milliseconds.
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
_DOTTED = r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?"  # here Go itself judges the underscores
_INT = r"[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)|0b[-+][01]+"
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_TIME = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|( ))([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?(4)|(?:Z|[+-]([0-9]{2}):([0-9]{2}))))?"
)
_AFTER_SIGN = frozenset("0123456789._")
_INT_DIGITS = 20  # of the largest uint64
_CONTROL = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_PLAIN = b"\t\n\r" + bytes(range(0x20, 0x7F))
BREAK = "\r\n|[\n\r\x85\u2028\u2029]"


def decode_text(raw: bytes, source: str) -> str:
    """Decode UTF-8, or UTF-16 with a byte-order mark; refuse what kubectl refuses."""
    if len(raw) > MAX_BYTES:
        raise KcfgError(f"larger than {MAX_BYTES >> 20} MiB", location=Location(source))
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        where = raw[: error.start].decode(encoding, "replace")
        message = "not UTF-8 text" if encoding != "utf-16" else "not UTF-16 text"
        raise KcfgError(message, location=offset_location(where, len(where), source)) from None
    plain = text.isascii() and not raw.translate(None, _PLAIN)  # ten times as fast as the search
    if not plain:
        import re

        if found := re.search(_CONTROL, text):
            raise KcfgError(
                f"control character U+{ord(found[0]):04X} is not allowed",
                location=offset_location(text, found.start(), source),
                hint="is this really a YAML text file?",
            )
    return text


def encode_like(raw: bytes, text: str) -> bytes:
    """Encode a text as `raw` is, byte-order mark included."""
    for mark, encoding in _MARKS.items():
        if raw.startswith(mark):
            return mark + text.encode(encoding)
    return text.encode()


def offset_location(text: str, offset: int, source: str) -> Location:
    """Return line and column (from 1) of a character offset."""
    import re

    line, start = 1, 0
    for found in re.finditer(BREAK, text[:offset]):
        line, start = line + 1, found.end()
    return Location(source, line, offset - start + 1)


def scalar_value(text: str) -> object:
    """Return what go-yaml makes of a plain scalar: bool, None, int, float or the text itself.

    A number that is too large for its type is the next larger type, and one that no float64 holds is text.
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] in "+-.0123456789" and (text[0] not in "+-" or text[1:2] in _AFTER_SIGN):
        import re

        digits = text.replace("_", "")
        if text[0] != "." and re.fullmatch(_INT, digits) and (whole := _int_value(digits)) is not None:
            return whole
        is_float = re.fullmatch(_DOTTED, text) if text[0] == "." else re.fullmatch(_FLOAT, digits)
        if is_float and (number := float(digits)) - number == 0:
            return number
    return text


def _int_value(digits: str) -> int | None:
    """Return an int64, or a uint64 without a sign; None where it is neither. Python reads no decimal of any length."""
    sign, body = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    if base := _BASES.get(body[:2].lower()):
        number = int(body[2:], base)
    elif body[0] == "0" and len(body) > 1:
        number = int(body, 8)
    else:
        number = int(body) if len(body) <= _INT_DIGITS else 1 << 64
    number *= sign
    return number if -(1 << 63) <= number < 1 << (64 if digits.isalnum() else 63) else None


def is_plain_text(text: str) -> bool:
    """Return whether a plain scalar of this text reads back as the string itself."""
    return text != "<<" and scalar_value(text) is text if text else False


def is_time(text: str) -> bool:
    """Return whether go-yaml sees a time: one of its four forms, and a day that a calendar has. It stays text."""
    import re

    if not (found := re.fullmatch(_TIME, text)):
        return False
    from calendar import monthrange

    year, month, day, _, *clock = (int(part or 0) if part != " " else 0 for part in found.groups())
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year or 2000, month)[1]:
        return False
    return all(map(int.__le__, clock, (23, 59, 59, 24, 60)))


def key_text(key: object) -> str:
    """Return the string that kubectl makes of a scalar key: `5` → "5", `yes` → "true"."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return _float_key(key) if isinstance(key, float) else str(key)


def _float_key(key: float) -> str:
    """Return a number as Go's shortest text for a float32, which is how it becomes a key of JSON."""
    from math import isfinite, isnan
    from struct import pack, unpack

    try:
        single = unpack("f", pack("f", key))[0]
    except OverflowError:
        single = float("inf") if key > 0 else float("-inf")
    if not isfinite(single):
        return ".nan" if isnan(single) else ".inf" if single > 0 else "-.inf"
    shortest = (f"{single:.{digits}e}" for digits in range(9))
    text = next(text for text in shortest if unpack("f", pack("f", float(text)))[0] == single)
    mantissa, _, exponent = text.partition("e")
    if -4 <= int(exponent) < 6:
        return f"{single:.{max(len(mantissa.lstrip('-').replace('.', '')) - 1 - int(exponent), 0)}f}"
    return text


def may_be_deep(text: str, limit: int) -> bool:
    """Return whether a text may nest so deeply: that needs brackets, indentation or compact "- - -"."""
    return (
        text.count("[") + text.count("{") > limit or "\n" + " " * limit in text or "- - - -" in text or "? ? ?" in text
    )
