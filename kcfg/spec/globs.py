"""Globs of a spec's `include`, over the disk: nothing outside of the bounds is looked into, and not too much inside."""

from __future__ import annotations

import os

from kcfg.boundary import OutsideError
from kcfg.errors import SpecError
from kcfg.globs import FILE, FOLDER, LINK, MAGIC, expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.boundary import Bounds

MAX_NAMES = 200_000


def has_magic(pattern: str) -> bool:
    """Return whether a path is a pattern."""
    return MAGIC.search(pattern) is not None


def find_matches(pattern: str, bounds: Bounds | None = None) -> list[str]:
    """Return the names that match one pattern, sorted. Raises SpecError as `Globs` does."""
    return Globs(bounds).matches(pattern)


class Globs:
    """The patterns of one spec: all of them together look at no more names than a spec needs."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds
        self._seen = 0

    def matches(self, pattern: str) -> list[str]:
        """Return the names that match, sorted. Raises SpecError when it is too much, OutsideError from outside."""
        steps = pattern.split("/")
        fixed = next((at for at, step in enumerate(steps) if has_magic(step)), len(steps))
        start = "/".join(steps[:fixed]) or ("/" if pattern.startswith("/") else "")
        if self._bounds is not None:
            self._bounds.require(start or ".")
        found = expand("/".join(steps[fixed:]), lambda folder: self._entries(os.path.join(start, folder)))
        itself = [start] if {*steps[fixed:]} == {"**"} and os.path.isdir(start) else []
        return sorted([*itself, *(os.path.join(start, name) for name in found)])

    def _entries(self, folder: str) -> Iterator[tuple[str, str]]:
        try:
            with os.scandir(folder or ".") as entries:
                found = list(entries) if self._seen <= MAX_NAMES else []
        except OSError:
            return
        self._seen += len(found)
        if self._seen > MAX_NAMES:
            raise SpecError(
                f"the globs look at more than {MAX_NAMES} names", hint="begin them with the folder that is meant"
            )
        yield from ((entry.name, self._kind(entry)) for entry in found)

    def _kind(self, entry: os.DirEntry[str]) -> str:
        try:
            if not entry.is_symlink():
                return FOLDER if entry.is_dir() else FILE
            if self._bounds is not None:
                self._bounds.require(entry.path)
            return LINK if entry.is_dir() else FILE
        except (OSError, OutsideError):
            return FILE


def included_pattern(written: object) -> tuple[str | None, bool]:
    """Return the path or glob of an item of `include` (None for what is none), and whether it may match no file."""
    path, optional = (written.get("path"), written.get("optional")) if isinstance(written, dict) else (written, False)
    return path if isinstance(path, str) else None, optional is True
