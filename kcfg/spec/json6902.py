"""JSON patches (RFC 6902) with their pointers (RFC 6901), on the plain values of one entry. Pure.

Six operations, each of which either does what it says or says why it cannot: nothing is passed over.
"""

from __future__ import annotations

import re
from copy import deepcopy

from kcfg.closest import closest
from kcfg.dataclass import NamedTuple
from kcfg.errors import Signal, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from kcfg.yaml.parse import Path

    Operation = Mapping[str, Any]
    FieldsAt = Callable[[Path], list[str]]

MAX_COPIED = 100_000
_NEEDS = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from", "remove": ""}
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_POINTER = re.compile(r"(/([^~/]|~[01])*)+", re.DOTALL)


class OperationError(Signal):
    """An operation that cannot be done: which, which of its fields says so, and what to do."""

    def __init__(self, index: int, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.index, self.field, self.message, self.hint = index, field, message, hint


class Changed(NamedTuple):
    """What an operation did at a path of the entry; `shifts`: other items of its list have another place now."""

    number: int
    path: Path
    field: str  # of the operation, which says so
    shifts: bool = False


def spoken(pointer: str) -> list[str]:
    """Return the steps of a pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def check_operations(operations: Sequence[Operation]) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield (index, field, rule, message, hint) of what is wrong with operations, whatever they are done to."""
    for index, each in enumerate(operations):
        op = each["op"]
        for field in ("value", "from"):
            if field == _NEEDS[op] and field not in each:
                yield index, "", "KCFG004", f"required field {field!r} is missing", f"{op} takes `{field}`"
            elif field in each and field != _NEEDS[op]:
                yield index, field, "KCFG005", f"{field!r} beside {op}", f"remove it: {op} takes none"
        for field in ("path", "from"):
            if field in each and not _POINTER.fullmatch(each[field]):
                hint = "a pointer into the entry: `/proxy-url`, `/labels/env`; in a key ~1 stands for `/`, ~0 for `~`"
                yield index, field, "KCFG005", "is no JSON pointer to a field", hint
        writes = [] if op == "test" else ["path", "from"] if op == "move" else ["path"]
        for field in writes:
            if field in each and spoken(each[field])[:1] == ["name"]:
                hint = "declare an entry of that name; references would not follow"
                yield index, field, "KCFG114", "a patch cannot rename", hint


def apply(body: dict[str, Any], operations: Sequence[Operation], fields_at: FieldsAt) -> tuple[Any, list[Changed]]:
    """Return an entry's values after all operations, and what each changed. Raises OperationError: none is done.

    `fields_at` knows which fields may stand at a path.
    """
    job = _Job(deepcopy(body), fields_at)
    for job.index, operation in enumerate(operations):
        _OPERATIONS[operation["op"]](job, operation)
    return job.body, job.changes


class _Job:
    def __init__(self, body: dict[str, Any], fields_at: FieldsAt) -> None:
        self.body, self.index = body, 0
        self.changes: list[Changed] = []
        self._fields_at = fields_at
        self._copied = 0

    def add(self, operation: Operation) -> None:
        self._put(operation["path"], deepcopy(operation["value"]), "value")

    def remove(self, operation: Operation) -> None:
        self._take(operation["path"], "path")

    def replace(self, operation: Operation) -> None:
        holder, path = self._found(operation["path"], "path")
        holder[path[-1]] = deepcopy(operation["value"])
        self.changes.append(Changed(self.index, path, "value"))

    def move(self, operation: Operation) -> None:
        if spoken(operation["path"])[: len(spoken(operation["from"]))] == spoken(operation["from"]) and (
            operation["path"] != operation["from"]
        ):
            raise self._error("path", "nothing can be moved into itself", "move it to another place")
        self._put(operation["path"], self._take(operation["from"], "from"), "path")

    def copy(self, operation: Operation) -> None:
        holder, path = self._found(operation["from"], "from")
        self._copied += _size(holder[path[-1]], MAX_COPIED - self._copied)
        if self._copied > MAX_COPIED:
            raise self._error("from", "these operations copy too much", f"at most {MAX_COPIED} values are copied")
        self._put(operation["path"], deepcopy(holder[path[-1]]), "path")

    def test(self, operation: Operation) -> None:
        holder, path = self._found(operation["path"], "path")
        if not _same(holder[path[-1]], operation["value"]):
            hint = "the entry is not what this patch was written for: `kcfg blame` shows its fields"
            raise self._error("value", f"{operation['path']} has another value", hint)

    def _put(self, pointer: str, value: Any, field: str) -> None:
        *steps, last = spoken(pointer)
        holder, path = self._walk(steps, pointer, "path")
        if isinstance(holder, dict):
            holder[last] = value
            self.changes.append(Changed(self.index, (*path, last), field))
            return
        at = self._index(holder, last, pointer, "path", more=1)
        holder.insert(at, value)
        self.changes.append(Changed(self.index, (*path, at), field, shifts=at < len(holder) - 1))

    def _take(self, pointer: str, field: str) -> Any:
        holder, path = self._found(pointer, field)
        shifts = isinstance(holder, list) and path[-1] != len(holder) - 1
        self.changes.append(Changed(self.index, path, field, shifts))
        return holder.pop(path[-1])

    def _found(self, pointer: str, field: str) -> tuple[Any, Path]:
        """Return the map or list that holds what a pointer leads to, and the path there."""
        *steps, last = spoken(pointer)
        holder, path = self._walk(steps, pointer, field)
        if isinstance(holder, list):
            return holder, (*path, self._index(holder, last, pointer, field))
        if last not in holder:
            raise self._nowhere(holder, path, last, pointer, field)
        return holder, (*path, last)

    def _walk(self, steps: list[str], pointer: str, field: str) -> tuple[Any, Path]:
        at: Any = self.body
        path: Path = ()
        for step in steps:
            if isinstance(at, dict):
                if step not in at:
                    raise self._nowhere(at, path, step, pointer, field)
                at, path = at[step], (*path, step)
            else:
                index = self._index(at, step, pointer, field)
                at, path = at[index], (*path, index)
            if not isinstance(at, (dict, list)):
                where = _pointer(path)
                hint = "nothing is below it; a `/` in a key is written ~1"
                raise self._error(field, f"{pointer} leads nowhere: {where} is a {type_name(at)}", hint)
        return at, path

    def _index(self, holder: list[Any], step: str, pointer: str, field: str, *, more: int = 0) -> int:
        if step == "-" and more:
            return len(holder)
        size = len(holder) + more
        if _INDEX.fullmatch(step) and len(step) < 10 and int(step) < size:
            return int(step)
        known = f"an index from 0 to {size - 1}" if size else "the list is empty"
        hint = f"{known}, or `-` to append" if more else known
        raise self._error(field, f"{pointer} leads nowhere: {step!r} is no index of this list", hint)

    def _nowhere(self, holder: Mapping[str, Any], path: Path, step: str, pointer: str, field: str) -> OperationError:
        known = self._fields_at(path)
        if close := closest(step, [*holder, *known]) if step not in known else "":
            hint = f"did you mean {_pointer((*path, close))}?"
        elif (*spoken(pointer),) != (*path, step):
            hint = f"add {_pointer((*path, step))} as a whole, or write `merge:`"
        else:
            hint = f"here is {', '.join(map(str, holder)) or 'nothing'}; `merge` with null deletes what may be missing"
        return self._error(field, f"{pointer} leads nowhere: there is no {_pointer((*path, step))}", hint)

    def _error(self, field: str, message: str, hint: str) -> OperationError:
        return OperationError(self.index, field, message, hint)


_OPERATIONS = {
    "add": _Job.add, "remove": _Job.remove, "replace": _Job.replace, "move": _Job.move, "copy": _Job.copy,
    "test": _Job.test,
}  # fmt: skip


def _pointer(path: Path) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _size(value: Any, most: int) -> int:
    """Return how many values a value is of; a little more than `most` when it is of more."""
    waiting, seen = [value], 0
    while waiting and seen <= most:
        at = waiting.pop()
        seen += 1
        waiting += at.values() if isinstance(at, dict) else at if isinstance(at, list) else ()
    return seen


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are the same in JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
