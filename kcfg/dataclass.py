"""`dataclass` and `NamedTuple` as the standard library has them, for what kcfg asks of them.

`dataclasses` loads `inspect`, `ast` and `dis`, and compiles each method of each class; `typing` costs as much as all
of kcfg that a small command loads: together a fifth of what a small spec costs. Here a dataclass has slots, gets one
compiled method, its `__init__`, and shares the others. mypy sees the library's own.
"""

from __future__ import annotations

from collections import namedtuple
from operator import attrgetter

__all__ = ["Generic", "NamedTuple", "asdict", "dataclass", "field", "fields", "replace"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import asdict, dataclass, field, fields, replace
    from typing import Any, Generic, NamedTuple
else:

    class _ToTuple(type):
        def __new__(cls, name, bases, space):
            if not bases:
                return super().__new__(cls, name, bases, space)
            names = [*space.pop("__annotations__", ())]
            defaults = [space.pop(each) for each in names if each in space]
            made = namedtuple(name, names, defaults=defaults, module=space["__module__"])
            for key, value in space.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_ToTuple):
        """A class of it is a named tuple of the annotated fields, those with a default last."""

    class Generic:
        """A class of it takes the types that mypy asks for."""

        __slots__ = ()

        def __class_getitem__(cls, _kind):
            return cls

    class Field(NamedTuple):
        """What a field is called, how its type is written, its default, and where it takes part."""

        name: str
        type: str
        default: Any
        default_factory: Callable[[], Any] | None
        init: bool
        repr: bool

    def field(*, default=..., default_factory=None, init=True, repr=True):  # noqa: A002
        """Say more of a field than its default."""
        return Field("", "", default, default_factory, init, repr)

    def dataclass(*, frozen=False, slots=True, repr=True):  # noqa: A002
        """Return what makes a class of the annotated fields; as a frozen one none of them is ever set again."""
        assert slots, "every class here has slots"

        def decorate(cls):
            own = {name: _field(cls, name, kind) for name, kind in cls.__annotations__.items() if not _is_shared(kind)}
            known = {each.name: each for each in getattr(cls, "_fields_of_class", ())} | own
            space = {key: value for key, value in cls.__dict__.items() if key not in own}
            del space["__dict__"], space["__weakref__"]
            space |= {"__slots__": tuple(own), "__qualname__": cls.__qualname__, "__match_args__": tuple(known)}
            space |= {"_fields_of_class": tuple(known.values()), "_values": staticmethod(_getter([*known]))}
            made = type(cls)(cls.__name__, cls.__bases__, _methods(frozen=frozen, shown=repr) | space)
            made.__init__ = _init(made)
            return made

        return decorate

    def _is_shared(kind):
        return kind.startswith("ClassVar")

    def _field(cls, name, kind):
        given = cls.__dict__.get(name, ...)
        more = given if isinstance(given, Field) else field(default=given)
        return more._replace(name=name, type=kind)

    def _getter(names):
        if len(names) > 1:
            return attrgetter(*names)
        return lambda each: tuple([getattr(each, name) for name in names])

    def _init(made):
        """Return `__init__`: each slot is filled by its descriptor, which a frozen class leaves open."""
        space = {"UNSET": object()}
        words, lines = ["self"], []
        for name, _, default, factory, init, _ in made._fields_of_class:
            space[f"set_{name}"], space[f"default_{name}"] = getattr(made, name).__set__, factory or default
            given = f"default_{name}()" if factory else f"default_{name}"
            if init:
                words.append(f"{name}=UNSET" if factory else name if default is ... else f"{name}={given}")
                given = f"{given} if {name} is UNSET else {name}" if factory else name
            lines.append(f" set_{name}(self, {given})")
        text = f"def __init__({', '.join(words)}):\n" + "\n".join(lines or [" pass"])
        exec(text, space)  # noqa: S102 - the names of fields alone, as `dataclasses` does it
        space["__init__"].__qualname__ = f"{made.__qualname__}.__init__"
        return space["__init__"]

    def _methods(*, frozen, shown):
        methods = {"__eq__": _eq, "__hash__": _hash if frozen else None}
        if shown:
            methods["__repr__"] = _repr
        return methods | ({"__setattr__": _refuse, "__delattr__": _refuse} if frozen else {})

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or self._values(self) == self._values(other)

    def _hash(self):
        return hash(self._values(self))

    def _repr(self):
        shown = (each.name for each in self._fields_of_class if each.repr)
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def _refuse(self, name, _value=None):
        raise AttributeError(f"{type(self).__qualname__}.{name} is not set again: `replace` makes another")

    def fields(owner):
        """Return the fields of a class, or of one of its objects."""
        return owner._fields_of_class

    def replace(each, /, **changes):
        """Return another object of the class with other values."""
        return type(each)(**{one.name: getattr(each, one.name) for one in each._fields_of_class if one.init} | changes)

    def asdict(each):
        """Return the values by name, and so those below."""
        if hasattr(each, "_fields_of_class"):
            return {one.name: asdict(getattr(each, one.name)) for one in each._fields_of_class}
        if isinstance(each, dict):
            return {key: asdict(value) for key, value in each.items()}
        return type(each)(map(asdict, each)) if isinstance(each, (list, tuple)) else each
