"""Sound plain values as records: they say what a model of them would, and pydantic is not loaded for that.

The schema gave its verdict before: nothing is judged here. Loading pydantic and building its validators takes a small
spec twice as long as kubectl takes for all it does, a record takes two microseconds. `shapes` is made from the models,
and tests/laws holds records to them: the same attributes, the same dumps.
"""

from __future__ import annotations

from functools import cache

from kcfg.dataclass import NamedTuple
from kcfg.spec.shapes import SHAPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any, ClassVar


class Field(NamedTuple):
    """What a field is called in the file (`alias`), what its value holds, and its default."""

    alias: str
    holds: str
    default: Any


class Record:
    """An entry of a spec, or a part of one. What was not given is its default, or an empty list or mapping."""

    model_fields: ClassVar[Mapping[str, Field]]  # by attribute, in the model's order, as pydantic's
    _makers: ClassVar[dict[str, tuple[str, Callable[[Any], Any] | None]]]  # by the field's name in the file

    def __getattr__(self, name: str) -> Any:
        """Return an empty list or mapping, of this record alone; every other default stands in the class."""
        found = type(self).model_fields.get(name)
        if found is None or found.default not in (list, dict):
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        return found.default()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name, ...) == getattr(other, name, ...) for name in self.model_fields)

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={getattr(self, name, ...)!r}" for name in self.model_fields)
        return f"{type(self).__name__}({said})"

    __hash__ = None  # type: ignore[assignment]

    @property
    def model_fields_set(self) -> set[str]:
        """The attributes that were given, by an explicit null too."""
        return {*self.__dict__}

    def model_dump(
        self,
        *,
        by_alias: bool = False,
        exclude_unset: bool = False,
        exclude_none: bool = False,
        exclude: Collection[str] = (),
        include: None = None,
    ) -> dict[str, Any]:
        """Return plain values of its own, as pydantic's `model_dump` does with these arguments."""
        given, found = self.__dict__, {}
        for name, field in self.model_fields.items():
            if name in exclude or (exclude_unset and name not in given):
                continue
            value = given[name] if name in given else getattr(self, name)
            if value is None and exclude_none:
                continue
            plain = _plain(value, by_alias=by_alias, exclude_unset=exclude_unset, exclude_none=exclude_none)
            found[field.alias if by_alias else name] = plain
        return found

    def plain(self) -> dict[str, Any]:
        """Return the plain values under the names of the file, defaults filled in."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _plain(value: Any, **how: Any) -> Any:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict:
        return {key: _plain(each, **how) for key, each in value.items()}
    if kind is list:
        return [_plain(each, **how) for each in value]
    return value.model_dump(**how) if isinstance(value, Record) else value


def build(kind: str, value: Mapping[str, Any]) -> Any:
    """Return the record of a value that the schema takes for this model."""
    made = record_class(kind)
    record = made.__new__(made)
    given, makers = record.__dict__, made._makers
    for key, each in value.items():
        name, make = makers[key]
        given[name] = make(each) if make is not None and each is not None else each
    return record


@cache
def record_class(kind: str) -> type[Record]:
    """Return the class of the records of a model."""
    shape = SHAPES[kind]
    fields = {name: Field(alias, holds, default) for alias, (name, holds, default) in shape.items()}
    defaults = {name: field.default for name, field in fields.items() if field.default not in (..., list, dict)}
    made: Any = type(kind, (Record,), {"__module__": __name__, "model_fields": fields, **defaults})
    # The class is known from here on: a model may hold itself.
    made._makers = {alias: (name, _maker(holds)) for alias, (name, holds, _) in shape.items()}
    return made  # type: ignore[no-any-return]


def _maker(holds: str) -> Callable[[Any], Any] | None:
    if not holds:
        return None
    if holds in _CHANGES:
        return _CHANGES[holds]
    kind = holds.strip("[]{}")

    def make(value: Any) -> Any:  # text where a mapping may stand: a secret, a path
        return build(kind, value) if isinstance(value, dict) else value

    if holds[0] == "[":
        return lambda values: [make(each) for each in values]
    return (lambda values: {name: make(each) for name, each in values.items()}) if holds[0] == "{" else make


def fields_of(kind: str) -> list[str]:
    """Return the spellings of a model's fields, in order."""
    return [*SHAPES[kind]]


def part_kind(kind: str, field: str) -> str | None:
    """Return the model that a field of a model holds, "" for plain values, None where there is no such field."""
    found = SHAPES[kind].get(field)
    return None if found is None else "" if found[1] in _CHANGES else found[1].strip("[]{}")


# In kubectl's YAML a bare `off` is false; JSON Schema takes 5.0 for an integer.
_CHANGES: dict[str, Callable[[Any], Any]] = {
    "level": lambda levels: {rule: "off" if level is False else level for rule, level in levels.items()},
    "whole": lambda number: int(number) if isinstance(number, float) else number,
}
