"""The published schemas, and what they say of a value: the judges of a spec's shape and of a kubeconfig's.

A small value that is surely right is so by `sound`, which costs nothing to load; else `jsonschema-rs` gives the
verdict, on 1,000 clusters in half a millisecond. `jsonschema` says where the faults are, and gives the verdict where
the other has no wheel. They are of one mind (tests/laws/test_schema_laws.py), and the models are of theirs: so a value
that is valid becomes records, and no model: pydantic and its validators cost 90 ms, `jsonschema` 55, which a faulty
value pays.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from functools import cache

from kcfg.dataclass import NamedTuple
from kcfg.errors import KcfgError
from kcfg.spec.sound import MEANING, in_python, judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

FILES = {"spec": "kcfg-spec.v1.schema.json", "kubeconfig": "kubeconfig.v1.schema.json"}
_FEW = 200
_left = iter(range(1, _FEW + 1))  # as many entries of this process
# Of several faults of one value the first in this order is told.
_WORTH = ("const", "enum", "type")


class Fault(NamedTuple):
    """What a value breaks: the schema's keyword, what it asks for, and where; of a field its own path."""

    keyword: str
    path: tuple[str | int, ...]
    asked: Any


def read_schema(which: str) -> str:
    """Return the text of a published schema: `spec` or `kubeconfig`."""
    if which not in FILES:
        raise KcfgError(f"unknown schema {which!r}", hint=f"one of {', '.join(FILES)}")
    package = os.path.dirname(os.path.dirname(__file__))
    for folder in (package, os.path.dirname(package)):
        with suppress(OSError), open(os.path.join(folder, "schemas", FILES[which]), encoding="utf-8") as file:
            return file.read()
    raise KcfgError(
        f"the schema {FILES[which]} is missing from this installation",
        hint="install kcfg again; see Install in its README",
    )


@cache
def shape_schema(which: str, part: str = "") -> dict[str, Any]:
    """Return a published schema, or one of its `$defs`, without what is for `kcfg.spec.check` to say.

    A part whose `$comment` begins with `meaning: ` is there for editors: the checks know more (`--allow-plaintext`).
    """
    if part:
        return {"$defs": shape_schema(which)["$defs"], "$ref": f"#/$defs/{part}"}
    schema: dict[str, Any] = _without_meaning(whole_schema(which))
    return schema


@cache
def whole_schema(which: str) -> Any:
    """Return a published schema as it is."""
    return json.loads(read_schema(which))


def _without_meaning(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_meaning(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if str(schema.get("$comment", "")).startswith(MEANING):
        return True
    return {key: _without_meaning(each) for key, each in schema.items()}


def find_faults(which: str, value: object, part: str = "") -> list[Fault]:
    """Return what a schema finds wrong with a value, one Fault for each place; [] is the verdict `valid`."""
    if fast_verdict(which, part)(value):
        return []
    found: dict[tuple[str | int, ...], Fault] = {}
    value, places = (value, {}) if part else _faulty_items(which, value)
    for error in reference(which, part).iter_errors(value):
        for fault in (_in_place(each, places) for each in _faults(error)):
            known = found.get(fault.path)
            if known is None or _worth(fault) < _worth(known):
                found[fault.path] = fault
    return [*found.values()]


def _faulty_items(which: str, value: object) -> tuple[object, dict[str, list[int]]]:
    """Return a document without the sound items of its lists, and where the others stood: a slip in 10,000 is one."""
    if not isinstance(value, dict):
        return value, {}
    places: dict[str, list[int]] = {}
    for field, items in value.items():
        if isinstance(items, list) and (is_valid := _item_verdict(which, str(field))):
            places[field] = [index for index, item in enumerate(items) if not is_valid(item)]
    return value | {field: [value[field][index] for index in kept] for field, kept in places.items()}, places


def _in_place(fault: Fault, places: dict[str, list[int]]) -> Fault:
    field, *rest = fault.path or ("",)
    kept = places.get(str(field))
    return fault._replace(path=(field, kept[int(rest[0])], *rest[1:])) if kept and rest else fault


@cache
def _item_verdict(which: str, field: str) -> Callable[[object], bool] | None:
    """Return the verdict of a list's items where the list itself is not held to anything but its type."""
    schema = shape_schema(which)["properties"].get(field, {})
    if not isinstance(schema, dict) or "items" not in schema or {"minItems", "maxItems", "uniqueItems"} & schema.keys():
        return None
    return _verdict({"$defs": shape_schema(which)["$defs"], **schema["items"]})


def _worth(fault: Fault) -> int:
    return _WORTH.index(fault.keyword) if fault.keyword in _WORTH else len(_WORTH)


def _faults(error: Any) -> Iterator[Fault]:
    keyword, asked, path = error.validator, error.validator_value, tuple(error.absolute_path)
    if keyword == "additionalProperties":
        known, patterns = [*error.schema.get("properties", {})], [*error.schema.get("patternProperties", {})]
        for key in error.instance:
            if key not in known and not any(re.search(each, key) for each in patterns):
                name = ("propertyNames", (*path, key), _in_ecma(patterns[0])) if patterns else None
                yield Fault(*(name or (keyword, (*path, key), known)))
    elif keyword == "required":
        yield from (Fault(keyword, (*path, name), name) for name in asked if name not in error.instance)
    else:
        yield Fault(keyword, path, _in_ecma(asked) if keyword == "pattern" else asked)


@cache
def fast_verdict(which: str, part: str = "") -> Callable[[object], bool]:
    """Return what says whether a value is valid, in no time where `jsonschema-rs` is installed."""

    def verdict(value: object) -> bool:
        if _is_few(value):
            whole = whole_schema(which)
            if judge(value, {"$ref": f"#/$defs/{part}"} if part else whole, whole):
                return True
        return _library(which, part)(value)

    return verdict


@cache
def _library(which: str, part: str) -> Callable[[object], bool]:
    return _verdict(shape_schema(which, part))


def _is_few(value: object) -> bool:
    """Return whether a value, with those before it, has so few entries that to judge them costs less than a library."""
    lists = [each for each in value.values() if isinstance(each, list)] if isinstance(value, dict) else []
    count = 1 + sum(map(len, lists))
    return not os.environ.get("KCFG_NO_FASTPATH") and count < _FEW and all(next(_left, 0) for _ in range(count))


def _verdict(schema: dict[str, Any]) -> Callable[[object], bool]:
    try:
        from jsonschema_rs import Draft202012Validator
    except ImportError:
        return _in_reference(schema).is_valid  # type: ignore[no-any-return]
    is_valid = Draft202012Validator(schema).is_valid

    def verdict(value: object) -> bool:
        try:
            return is_valid(value)
        except ValueError:  # half a surrogate pair, which an argument may hold
            return False

    return verdict


@cache
def reference(which: str, part: str = "") -> Any:
    """Return the `jsonschema` validator of a schema, which knows where every fault is."""
    return _in_reference(shape_schema(which, part))


def _in_reference(schema: dict[str, Any]) -> Any:
    from jsonschema import Draft202012Validator, validators

    finite = Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number)
    library: Any = validators.extend(Draft202012Validator, type_checker=finite)  # type: ignore[no-untyped-call]
    return library(_in_python(schema))


def _in_python(schema: Any) -> Any:
    """Return a schema with its patterns in Python's dialect."""
    if isinstance(schema, list):
        return [_in_python(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _in_python(each) for key, each in schema.items()}
    if isinstance(pattern := schema.get("pattern"), str):
        changed["pattern"] = in_python(pattern)
    if isinstance(patterns := schema.get("patternProperties"), dict):
        changed["patternProperties"] = {in_python(each): _in_python(below) for each, below in patterns.items()}
    return changed


def _is_number(_checker: object, value: object) -> bool:
    """JSON has no NaN and no infinity."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _in_ecma(pattern: str) -> str:
    return re.sub(r"\\Z$", "$", pattern)
