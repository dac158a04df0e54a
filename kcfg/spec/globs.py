"""Globs of a spec's `include`: each folder is listed once, whatever the pattern; nothing outside of the bounds is seen.

As Python's glob: `*`, `?` and `[…]` stay within a name and pass over hidden ones; `**` is any number of folders. It
does not go through links, so that a link upward is no circle.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from kcfg.boundary import OutsideError
from kcfg.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.boundary import Bounds

MAX_NAMES = 200_000


def has_magic(pattern: str) -> bool:
    """Return whether a path is a pattern."""
    return any(char in pattern for char in "*?[")


def find_matches(pattern: str, bounds: Bounds | None = None) -> list[str]:
    """Return the names that match, sorted. Raises SpecError when more is looked at than a spec needs, or it is outside.

    Work is linear in the names below the pattern's fixed part, times the parts of the pattern.
    """
    steps = pattern.split("/")
    fixed = next((at for at, step in enumerate(steps) if has_magic(step)), len(steps))
    base, parts = "/".join(steps[:fixed]), _without_repeats(steps[fixed:])
    start = base or ("/" if pattern.startswith("/") else "")
    if bounds is not None:
        bounds.require(start or ".")
    found = set(_Walk(parts, bounds).below(start, frozenset([0])))
    if parts == ["**"] and os.path.isdir(start):
        found.add(start)
    return sorted(found)


def _without_repeats(parts: list[str]) -> list[str]:
    return [part for at, part in enumerate(parts) if not (part == "**" and parts[at - 1 : at] == ["**"])]


class _Walk:
    """One search. A state is how many parts of the pattern the path so far has used up."""

    def __init__(self, parts: list[str], bounds: Bounds | None) -> None:
        self._parts = parts
        self._bounds = bounds
        self._seen = 0

    def below(self, folder: str, states: frozenset[int]) -> Iterator[str]:
        waiting = [(folder, states)]
        while waiting:
            at, states = waiting.pop()
            for entry in self._listed(at):
                after = self._after(entry, states)
                path = os.path.join(at, entry.name)
                end = len(self._parts)
                deeper = min(after, default=end) < end and self._is_folder(entry)
                if end in after or (deeper and end in self._closed(after)):
                    yield path
                if deeper:
                    waiting.append((path, after))

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder or ".") as entries:
                found = list(entries)
        except OSError:
            return []
        self._seen += len(found)
        if self._seen > MAX_NAMES:
            raise SpecError(
                f"looks at more than {MAX_NAMES} names", hint="begin the pattern with the folder that is meant"
            )
        return found

    def _after(self, entry: os.DirEntry[str], states: frozenset[int]) -> frozenset[int]:
        found: set[int] = set()
        hidden = entry.name.startswith(".")
        for state in self._closed(states):
            if state == len(self._parts):
                continue
            part = self._parts[state]
            if part == "**":
                last = state + 1 == len(self._parts)
                if not hidden and (last or entry.is_dir(follow_symlinks=False)):
                    found |= {state, state + 1} if last else {state}
            elif part == entry.name or (
                has_magic(part) and (not hidden or part.startswith(".")) and fnmatchcase(entry.name, part)
            ):
                found.add(state + 1)
        return frozenset(found)

    def _closed(self, states: frozenset[int]) -> set[int]:
        """Return the states with those that `**` reaches by being no folder at all."""
        more = {state + 1 for state in states if state < len(self._parts) and self._parts[state] == "**"}
        return {*states, *more}

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            if not entry.is_symlink():
                return entry.is_dir()
            if self._bounds is not None:
                self._bounds.require(entry.path)
            return entry.is_dir()
        except (OSError, OutsideError):
            return False
