"""kcfg's `dataclass` and `NamedTuple` do what the standard library's do, of what kcfg asks of them."""

from __future__ import annotations

import dataclasses
import typing
from typing import ClassVar, Generic, TypeVar

import pytest

from kcfg import dataclass as ours

T = TypeVar("T")


def made(library, **how):
    @library.dataclass(slots=True, **how)
    class Point(Generic[T]):
        """A point."""

        dimensions: ClassVar[int] = 2
        x: T
        y: int = 2
        tags: list[str] = library.field(default_factory=list)
        seen: int | None = library.field(default=None, init=False, repr=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    return Point


@pytest.fixture(params=[{"frozen": True}, {"frozen": False}, {"frozen": True, "repr": False}], ids=str)
def both(request):
    return [made(library, **request.param) for library in (ours, dataclasses)]


def outcome(work):
    try:
        return work()
    except (TypeError, AttributeError) as error:
        return type(error).__mro__[-3]


CALLS = [
    lambda kind: (kind(1).x, kind(1).y, kind(1).tags, kind(1).seen, kind(1).sum, kind.dimensions),
    lambda kind: kind(1).tags is kind(1).tags,
    lambda kind: kind(x=1, y=3, tags=["a"]) == kind(1, 3, ["a"]),
    lambda kind: (kind(1) == kind(2), kind(1) != kind(1), kind(1) == (1, 2, [], None)),
    lambda kind: kind(),
    lambda kind: kind(1, 2, [], 4),
    lambda kind: kind(1, seen=3),
    lambda kind: setattr(kind(1), "x", 3),
    lambda kind: setattr(kind(1), "z", 3),
    lambda kind: delattr(kind(1), "x"),
    lambda kind: hash(kind(1, 2, ())) == hash(kind(1, 2, ())),
    lambda kind: hash(kind(1)),
    lambda kind: kind.__match_args__[:3],
    lambda kind: (kind.__name__, kind.__doc__, kind.__slots__, kind.__init__.__qualname__.split(".")[-2:]),
]


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_a_class_is_as_the_librarys(call, both):
    mine, library = both

    assert outcome(lambda: call(mine)) == outcome(lambda: call(library))


def test_it_is_shown_as_the_librarys(both):
    mine, library = (repr(kind(1, tags=["a"])) for kind in both)

    assert mine.partition(" object at ")[0] == library.partition(" object at ")[0]


def test_others_are_made_of_one(both):
    mine, library = both

    assert ours.asdict(ours.replace(mine(1), x=mine(5), tags=[mine(6)])) == dataclasses.asdict(
        dataclasses.replace(library(1), x=library(5), tags=[library(6)])
    )
    assert [each.name for each in ours.fields(mine)] == [each.name for each in dataclasses.fields(library)]
    with pytest.raises(TypeError):
        ours.replace(mine(1), nothing=1)


def test_a_class_below_another_has_its_fields_too():
    def classes(library):
        @library.dataclass(slots=True)
        class Below(made(library)):
            z: int = 4

        return Below

    assert (
        repr(classes(ours)(1, z=5)).rpartition("Below")[2] == repr(classes(dataclasses)(1, z=5)).rpartition("Below")[2]
    )


def tuples(library):
    class Point(library.NamedTuple):
        """A point."""

        x: int
        y: int = 2

        @property
        def sum(self):
            return self.x + self.y

        def moved(self, by):
            return self._replace(x=self.x + by)

    return Point


@pytest.mark.parametrize(
    "call",
    [
        lambda kind: [kind(1), kind(1, 3), kind(y=1, x=0), kind._make([4, 5]), kind(3).moved(1)],
        lambda kind: (kind(1).sum, kind(1) == (1, 2), kind(1) < kind(1, 3), hash(kind(1)), kind._fields),
        lambda kind: (
            kind.__name__,
            kind.__qualname__,
            kind.__module__,
            kind.__doc__,
            kind._field_defaults,
            repr(kind(1)),
        ),
        lambda kind: kind(),
        lambda kind: kind(1, 2, 3),
        lambda kind: setattr(kind(1), "x", 3),
        lambda kind: setattr(kind(1), "z", 3),
        lambda kind: [*kind(1)],
    ],
)
def test_a_named_tuple_is_as_the_librarys(call):
    assert outcome(lambda: call(tuples(ours))) == outcome(lambda: call(tuples(typing)))


def test_what_takes_a_type_takes_it():
    class Box(ours.Generic["T"]):
        __slots__ = ("x",)

    assert (Box[int] is Box, hasattr(Box(), "__dict__")) == (True, False)
