"""Plain scalars, once: the words that mean something else, and which texts need no quotes. Without `re`. Plain values.

A text is plain here where that is seen at once: of these characters, no word of YAML 1.1, and no number or time by its
letters. There are more that need no quotes; what they mean is `text.scalar_value`'s to say.
"""

from __future__ import annotations

from kcfg.errors import Signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CASES = {
    True: ("y", "yes", "true", "on"),
    False: ("n", "no", "false", "off"),
    None: ("null",),
}
WORDS: dict[str, object] = {
    **{word: value for value, lows in _CASES.items() for low in lows for word in (low, low.title(), low.upper())},
    **dict.fromkeys(("", "~")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SAFE = (_LETTERS + "0123456789_./:@+=~-").encode()
_SENTENCE = SAFE + b" ,()#"
_INNER = bytes.maketrans(b"*#", b"xx")  # inside of a word these are letters
# A text of these may be a number or a time; with any other letter it cannot be one.
_NUMERIC = b"0123456789eEtTzZ_./:@+=~-"
_FIRST, _DIGITS = frozenset(f"{_LETTERS}_/".encode()), frozenset(b"123456789")
BYTE_WORDS = frozenset(map(str.encode, WORDS))
_COLON = ord(":")


class NotLines(Signal):
    """A text has what only a YAML parser can judge."""


def is_plain(text: str) -> bool:
    """Return whether a text needs no quotes, which is seen at once."""
    return text.isascii() and are_plain([text.encode()])


def are_plain(values: list[bytes]) -> bool:
    """Return whether none of these texts needs quotes: many at once take hardly longer than one."""
    if b"".join(values).translate(None, SAFE) or not BYTE_WORDS.isdisjoint(values):
        return False
    if not {value[0] for value in values} <= _FIRST and not all(map(_is_no_number, values)):
        return False
    return _COLON not in {value[-1] for value in values}  # at the end it would be a key's


def _is_no_number(text: bytes) -> bool:
    return text[0] in _FIRST or (text[0] in _DIGITS and bool(text.translate(None, _NUMERIC)))


def are_arguments(values: list[bytes]) -> bool:
    """Return whether arguments need no quotes: texts, and flags that begin with a letter after their dashes."""
    flags = [value.removeprefix(b"-").removeprefix(b"-") for value in values if value[:1] == b"-"]
    return are_plain([value for value in values if value[:1] != b"-"]) and (
        all(flag[:1].isalpha() for flag in flags) and are_plain([b"a" + flag for flag in flags])
    )


def are_printable(texts: list[str]) -> bool:
    """Return whether texts can stand in quotes, or in a block, as they are."""
    text = "".join(texts)
    return text.isascii() and text.isprintable()


def are_texts(texts: list[str]) -> bool:
    """Return whether each of these keys and values means itself without quotes."""
    words = [text.encode("utf-8", "surrogatepass") for text in texts]
    sentences = [word for word in words if b" " in word]
    alone = [word[:1] + word[1:].translate(_INNER) for word in words if b" " not in word]
    return are_arguments(alone) and all(map(_is_sentence, sentences))


def _is_sentence(text: bytes) -> bool:
    """Return whether several words need no quotes: none ends like a key, or begins a comment."""
    words = text.split(b" ")
    return (
        text[:1].isalpha()
        and not text.translate(None, _SENTENCE)
        and all(word and word[-1:] != b":" and word[:1] != b"#" for word in words)
    )


def same(one: object, other: object) -> bool:
    """Return whether two plain values are equal, types included."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return type(one) is type(other) and one == other


def copy_value(value: Any) -> Any:
    """Return a copy of a plain value that shares no list and no mapping with it."""
    if isinstance(value, dict):
        return {key: copy_value(item) for key, item in value.items()}
    return [copy_value(item) for item in value] if isinstance(value, list) else value
