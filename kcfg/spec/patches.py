"""A patch of an environment, in one entry. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from kcfg.errors import show_path
from kcfg.spec.declared import Declared, Sound
from kcfg.spec.shape import parse_entry

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
    where = {path: (environment.source, (*environment.path, *at, *path)) for path in _leaves(merge)}
    patched = dataclasses.replace(target, patched={**target.patched, **where})
    value = merge_deep(target.entry.model_dump(by_alias=True, exclude_unset=True), merge)
    entry, faults = parse_entry(section, value, (), lambda path: _locate(patched, path))
    if entry is not None:
        return dataclasses.replace(patched, entry=entry), []
    root = show_path((*environment.path, *at))
    for fault in faults:
        fault.path = f"{root}.{fault.path}"
        fault.hint = fault.hint or f"the patch would make {section.removesuffix('s')} {target.entry.name!r} invalid"  # type: ignore[union-attr]
        if fault.rule == "KCFG004":  # it is missing
            fault.location = environment.problem("", *at, rule="").location
    return target, faults


def _locate(declared: Declared[Any], path: Path) -> Any:
    source, full = declared.origin(*path)
    return source.locate(full)


def _leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*at, key))
    else:
        yield at
