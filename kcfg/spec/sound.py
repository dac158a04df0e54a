"""Small values that a schema surely takes: its few keywords, read before a library for all of JSON Schema is loaded.

Three answers: yes, no, and None for what this does not know: another keyword, a number among texts, a text that is not
ASCII where a pattern asks. The keywords mean what https://json-schema.org/draft/2020-12 says of them.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

Answer = bool | None
MEANING = "meaning: "
_SILENT = frozenset(
    ("title", "description", "default", "examples", "$comment", "$schema", "$id", "$defs", "then", "else")
)
_TYPES: dict[type, str] = {
    str: "string", bool: "boolean", int: "integer", dict: "object", list: "array", type(None): "null",
}  # fmt: skip


def judge(value: object, schema: Any, root: dict[str, Any]) -> Answer:
    """Return whether a schema, whose `$defs` are the root's, takes a value; None where this does not know.

    A part whose `$comment` begins with `meaning: ` takes everything: it is for editors, and the checks know more.
    """
    if schema is True or schema.get("$comment", "").startswith(MEANING):
        return True
    asking = ((_CHECKS.get(keyword), asked) for keyword, asked in schema.items() if keyword not in _SILENT)
    return _all(None if check is None else check(asked, value, schema, root) for check, asked in asking)


def _all(answers: Iterable[Answer]) -> Answer:
    for answer in answers:
        if not answer:
            return answer
    return True


def _type(asked: str | list[str], value: object, _schema: Any, _root: Any) -> Answer:
    kind = _TYPES.get(type(value))
    if kind is None:
        return None
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        return None  # half a surrogate pair
    if isinstance(value, dict) and not all(type(key) is str and key.isascii() for key in value):
        return None
    wanted = (asked,) if isinstance(asked, str) else asked
    return kind in wanted or (kind == "integer" and "number" in wanted)


def _ref(asked: str, value: object, _schema: Any, root: Any) -> Answer:
    return judge(value, root["$defs"][asked.removeprefix("#/$defs/")], root)


def _properties(asked: dict[str, Any], value: object, _schema: Any, root: Any) -> Answer:
    if not isinstance(value, dict):
        return True
    return _all(judge(each, asked[key], root) for key, each in value.items() if key in asked)


def _pattern_properties(asked: dict[str, Any], value: object, _schema: Any, root: Any) -> Answer:
    if not isinstance(value, dict):
        return True
    return _all(
        judge(each, below, root)
        for pattern, below in asked.items()
        for key, each in value.items()
        if _fits(pattern, key)
    )


def _additional(asked: Any, value: object, schema: dict[str, Any], root: Any) -> Answer:
    if not isinstance(value, dict):
        return True
    known, patterns = schema.get("properties", {}), [*schema.get("patternProperties", {})]
    more = [key for key in value if key not in known and not any(_fits(each, key) for each in patterns)]
    return not more if asked is False else _all(judge(value[key], asked, root) for key in more)


def _items(asked: Any, value: object, _schema: Any, root: Any) -> Answer:
    return _all(judge(each, asked, root) for each in value) if isinstance(value, list) else True


def _condition(asked: Any, value: object, schema: dict[str, Any], root: Any) -> Answer:
    answer = judge(value, asked, root)
    return None if answer is None else judge(value, schema.get("then" if answer else "else", True), root)


def _not(asked: Any, value: object, _schema: Any, root: Any) -> Answer:
    answer = judge(value, asked, root)
    return None if answer is None else not answer


def _one_of(asked: list[object], value: object, _schema: Any, _root: Any) -> Answer:
    return value in asked if value is None or type(value) is str else None  # 1, 1.0 and true are one to Python


def _pattern(asked: str, value: object, _schema: Any, _root: Any) -> Answer:
    if type(value) is not str:
        return None
    return _fits(asked, value) if value.isascii() else None


def _fits(pattern: str, text: str) -> bool:
    return re.search(in_python(pattern), text) is not None


def in_python(pattern: str) -> str:
    """Return a pattern in Python's dialect: ECMA's `$` is the end, Python's stands before a last line break too."""
    return re.sub(r"\$$", r"\\Z", pattern)


def _length(kind: type, *, most: bool) -> Callable[..., Answer]:
    def check(asked: int, value: Any, _schema: Any, _root: Any) -> Answer:
        return not isinstance(value, kind) or (len(value) <= asked if most else len(value) >= asked)  # type: ignore[arg-type]

    return check


_CHECKS: dict[str, Callable[[Any, object, Any, Any], Answer]] = {
    "type": _type,
    "$ref": _ref,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "required": lambda asked, value, *_: not isinstance(value, dict) or all(key in value for key in asked),
    "items": _items,
    "if": _condition,
    "not": _not,
    "allOf": lambda asked, value, _, root: _all(judge(value, each, root) for each in asked),
    "enum": _one_of,
    "const": lambda asked, value, *others: _one_of([asked], value, *others),
    "pattern": _pattern,
    "minLength": _length(str, most=False),
    "maxLength": _length(str, most=True),
    "minItems": _length(list, most=False),
    "maxItems": _length(list, most=True),
    "minProperties": _length(dict, most=False),
    "maxProperties": _length(dict, most=True),
}
