"""A patch of an environment, in one entry. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from kcfg.closest import closest
from kcfg.errors import show_path
from kcfg.spec.declared import Declared, Sound
from kcfg.spec.placed import rebased
from kcfg.spec.shape import fields_at, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.errors import Problem
    from kcfg.spec.models import Environment
    from kcfg.yamldoc import Path

E = TypeVar("E", bound=Sound)


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


def patched_entry(
    section: str, target: Declared[E], merge: dict[str, Any], environment: Declared[Environment], at: Path
) -> tuple[Declared[E], list[Problem]]:
    """Return an entry with a patch of an environment in it, or as it was and what is wrong with the patch."""
    written = environment.source.directory
    merge = rebased(section, merge, merge, target.source.directory, lambda _: written)
    where = {path: (environment.source, (*environment.path, *at, *path)) for path in _leaves(merge)}
    patched = dataclasses.replace(target, patched={**target.patched, **where})
    value = merge_deep(target.entry.model_dump(by_alias=True, exclude_unset=True), merge)
    entry, faults = parse_entry(section, value, (), lambda path: _locate(patched, path))
    if unknown := [_unknown(environment, at, path, known) for path, known in _unknown_nulls(section, merge)]:
        return target, unknown
    if entry is not None:
        return dataclasses.replace(patched, entry=entry), []
    root = show_path((*environment.path, *at))
    for fault in faults:
        fault.path = f"{root}.{fault.path}"
        fault.hint = fault.hint or f"the patch would make {section.removesuffix('s')} {target.entry.name!r} invalid"  # type: ignore[union-attr]
        if fault.rule == "KCFG004":  # it is missing
            fault.location = environment.problem("", *at, rule="").location
    return target, faults


def laid_over(section: str, below: Declared[E], own: Declared[E]) -> tuple[Declared[E], list[Problem]]:
    """Return an included entry with one of the same name laid over it, field by field, and what is wrong with that."""
    over = own.entry.model_dump(by_alias=True, exclude_unset=True)
    over.pop("merge", None)
    over = rebased(section, over, over, below.source.directory, lambda _: own.source.directory)
    value = merge_deep(below.entry.model_dump(by_alias=True, exclude_unset=True), over)
    where = {path: (own.source, (*own.path, *path)) for path in _leaves(over) if path != ("name",)}
    laid = dataclasses.replace(below, patched={**below.patched, **where})
    entry, faults = parse_entry(section, value, (), lambda path: _locate(laid, path))
    return (own, faults) if entry is None else (dataclasses.replace(laid, entry=entry), [])


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
    close = closest(str(path[-1]), known)
    hint = f"did you mean {close!r}?" if close else f"here may stand {', '.join(known)}"
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
