"""A patch of an environment, in one entry: fields that are merged (RFC 7386) or operations (RFC 6902). Pure."""

from __future__ import annotations

from kcfg.closest import suggest
from kcfg.dataclass import replace
from kcfg.errors import show_path
from kcfg.spec import json6902
from kcfg.spec.parse import fields_at, parse_entry
from kcfg.spec.placed import rebased, rebased_operations
from kcfg.spec.spec import Declared, Source, part_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeVar

    from kcfg.errors import Problem
    from kcfg.spec.models import Environment
    from kcfg.spec.models.environments import Patch
    from kcfg.spec.spec import Sound
    from kcfg.yaml.parse import Path

    E = TypeVar("E", bound="Sound")


def merge_deep(value: Any, patch: Any) -> Any:
    """Return `value` with a JSON merge patch applied (RFC 7386): maps are merged, null deletes, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_deep(merged.get(key), item)
    return merged


def written_body(patch: Patch) -> dict[str, Any] | list[dict[str, Any]]:
    """Return what a patch says is to be changed: fields to merge, or operations."""
    return patch.merge or [each.model_dump(by_alias=True, exclude_unset=True) for each in patch.json6902]


def patch_faults(
    environment: Declared[Environment], index: int, patch: Patch, body: dict[str, Any] | list[dict[str, Any]]
) -> Iterator[Problem]:
    """Yield what is wrong with a patch, its variables filled in, whatever it is for."""
    at: Path = ("patches", index)
    if patch.merge and patch.json6902:
        hint = "keep one of the two, or write two patches"
        yield environment.problem("set beside merge", *at, "json6902", rule="KCFG109", hint=hint, key=True)
    elif isinstance(body, dict) and "name" in body:
        hint = "declare an entry of that name; references would not follow"
        yield environment.problem("a patch cannot rename", *at, "merge", "name", rule="KCFG114", hint=hint, key=True)
    elif not body:
        hint = "add `merge:` with fields, or `json6902:` with operations"
        yield environment.problem("this patch changes nothing", *at, rule="KCFG004", hint=hint)
    elif isinstance(body, list):
        for number, field, rule, message, hint in json6902.check_operations(body):
            steps = (*at, "json6902", number, *([field] if field else []))
            yield environment.problem(message, *steps, rule=rule, hint=hint)


def patched_entry(
    section: str,
    target: Declared[E],
    body: dict[str, Any] | list[dict[str, Any]],
    environment: Declared[Environment],
    at: Path,
) -> tuple[Declared[E], list[Problem]]:
    """Return an entry with a patch of an environment in it, or as it was and what is wrong with the patch."""
    written = environment.source.directory
    before = target.entry.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(body, list):
        operations = rebased_operations(section, body, body, target.source.directory, lambda _: written)
        return _operated(section, target, before, operations, environment, at)
    merge = rebased(section, body, body, target.source.directory, lambda _: written)
    where = {path: (environment.source, (*environment.path, *at, *path)) for path in _leaves(merge)}
    patched = replace(target, patched={**target.patched, **where})
    entry, faults = parse_entry(section, merge_deep(before, merge), (), lambda path: _locate(patched, path))
    if unknown := [_unknown(environment, at, path, known) for path, known in _unknown_nulls(section, merge)]:
        return target, unknown
    if entry is not None:
        return replace(patched, entry=entry), []
    root = show_path((*environment.path, *at))
    for fault in faults:
        fault.path = f"{root}.{fault.path}"
        fault.hint = fault.hint or _would_break(section, target)
        if fault.rule == "KCFG004":  # it is missing
            fault.location = environment.problem("", *at, rule="").location
    return target, faults


def _called(section: str, target: Declared[Any]) -> str:
    return f"{section.removesuffix('s')} {target.entry.name!r}"


def _would_break(section: str, target: Declared[Any]) -> str:
    return f"the patch would make {_called(section, target)} invalid"


def _operated(
    section: str,
    target: Declared[E],
    before: dict[str, Any],
    operations: list[dict[str, Any]],
    environment: Declared[Environment],
    at: Path,
) -> tuple[Declared[E], list[Problem]]:
    """Return an entry after the operations of a JSON patch, or as it was and which of them cannot be done."""
    try:
        value, changes = json6902.apply(before, operations, lambda path: fields_at((section, 0, *path)))
    except json6902.OperationError as error:
        message, place = f"{_called(section, target)}: {error.message}", (*at, error.index, error.field)
        return target, [environment.problem(message, *place, rule="KCFG114", hint=error.hint)]
    where = dict(target.patched)
    for change in changes:
        _note(where, change, value, operations[change.number], (environment, (*environment.path, *at, change.number)))
    patched = replace(target, patched=where)
    told: list[Path] = []

    def locate(path: Path) -> Any:
        source, full = patched.origin(*path)
        known = fields_at((section, 0, *path[:-1])) if full[-1:] == ("value",) and isinstance(path[-1], str) else []
        unknown = known and path[-1] not in known
        told.append((*full[:-1], "path") if unknown else full)
        return source.locate(told[-1])

    entry, faults = parse_entry(section, value, (), locate)
    if entry is not None:
        return replace(patched, entry=entry), []
    for fault, full in zip(faults, told, strict=True):
        fault.path = show_path(full)
        fault.hint = fault.hint or _would_break(section, target)
    return target, faults


def _note(
    where: dict[Path, tuple[Source, Path]],
    change: json6902.Changed,
    after: Any,
    operation: dict[str, Any],
    by: tuple[Declared[Environment], Path],
) -> None:
    """Note what an operation changed: below a list whose items moved, the list is the operation's as a whole."""
    path, (environment, own) = change.path, by
    source = environment.source
    lists = next((path[:step] for step, each in enumerate(path) if isinstance(each, int)), None)
    gone = lists if lists is not None and change.shifts else path
    for known in [each for each in where if each[: len(gone)] == gone]:
        del where[known]
    if lists is not None and (change.shifts or not any(isinstance(each, dict) for each in part_of(after, lists) or [])):
        where[lists] = (source, (*own, "path"))
    if change.field == "value":
        where.update({(*path, *leaf): (source, (*own, "value", *leaf)) for leaf in _leaves(operation["value"])})
    elif not change.shifts:
        where[path] = (source, (*own, change.field))


def laid_over(section: str, below: Declared[E], own: Declared[E]) -> tuple[Declared[E], list[Problem]]:
    """Return an included entry with one of the same name laid over it, field by field, and what is wrong with that."""
    over = own.entry.model_dump(by_alias=True, exclude_unset=True)
    over.pop("merge", None)
    over = rebased(section, over, over, below.source.directory, lambda _: own.source.directory)
    value = merge_deep(below.entry.model_dump(by_alias=True, exclude_unset=True), over)
    where = {path: (own.source, (*own.path, *path)) for path in _leaves(over) if path != ("name",)}
    laid = replace(below, patched={**below.patched, **where})
    entry, faults = parse_entry(section, value, (), lambda path: _locate(laid, path))
    return (own, faults) if entry is None else (replace(laid, entry=entry), [])


def _unknown_nulls(section: str, merge: dict[str, Any]) -> Iterator[tuple[Path, list[str]]]:
    """Yield the path of each null that would take away a field which does not exist, with the fields that do."""
    for path in _leaves(merge):
        value: Any = merge
        for step in path:
            value = value[step]
        known = fields_at((section, 0, *path[:-1]))
        if value is None and known and path[-1] not in known:
            yield path, known


def _unknown(environment: Declared[Environment], at: Path, path: Path, known: list[str]) -> Problem:
    hint = suggest(str(path[-1]), known, f"here may stand {', '.join(known)}")
    return environment.problem(f"unknown field {path[-1]!r}", *at, *path, rule="KCFG002", hint=hint, key=True)


def _locate(declared: Declared[Any], path: Path) -> Any:
    source, full = declared.origin(*path)
    return source.locate(full)


def _leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*at, key))
    else:
        yield at
