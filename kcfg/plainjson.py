"""JSON for the exec plugin: the C scanner that `json` uses, without `json`, which would double the plugin's time.

`json` imports `re`. Errors quote nothing: the text may be a secret.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _Settings:
    """What `json.JSONDecoder` would tell the scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def parse_json(text: str) -> object:
    """Return the value of a JSON text. Raises ValueError that quotes none of it."""
    text = text.strip(" \t\r\n")
    try:
        value, end = _scanner()(text, 0)
    # SystemError: what the scanner says where it would raise the exception class of the module that is not loaded.
    except (ValueError, StopIteration, RecursionError, SystemError):
        end = -1
    if end != len(text):
        raise ValueError("not JSON")
    return value


def quote_json(text: str) -> str:
    """Return a text as a JSON string, in ASCII."""
    try:
        from _json import encode_basestring_ascii
    except ImportError:
        from json.encoder import py_encode_basestring_ascii as encode_basestring_ascii
    return encode_basestring_ascii(text)


def _scanner() -> "Callable[[str, int], tuple[Any, int]]":
    try:
        from _json import make_scanner

        return make_scanner(_Settings)  # type: ignore[arg-type]
    except (ImportError, AttributeError):
        # Not CPython, or one whose scanner asks for more.
        from json import JSONDecoder

        return JSONDecoder().raw_decode
