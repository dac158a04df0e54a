"""Glob patterns as Python's `glob` reads them, in time that grows with the names there are. Pure.

`*`, `?` and `[…]` stay within a folder and pass over hidden names unless the pattern says the dot; `**` as a whole
part is any number of folders. Each folder is looked into once, however many `**` a pattern has. `**` passes through no
link: links can lead in circles.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    Entries = Callable[[str], Iterable[tuple[str, str]]]

FILE, FOLDER, LINK = "file", "folder", "link"  # a link that leads to a folder; one that leads to a file is a file
MAGIC = re.compile(r"[*?\[]")


def choose_names(patterns: Iterable[str], names: Collection[str]) -> tuple[set[str], list[str]]:
    """Return the names that patterns choose, and the patterns that choose none.

    A pattern that is a name means that name alone: `[fd00::1]:6443` is a context before it is a glob.
    """
    chosen: set[str] = set()
    idle: list[str] = []
    for pattern in patterns:
        if pattern in names:
            found = {pattern}
        elif MAGIC.search(pattern):
            found = {name for name in names if fnmatchcase(name, pattern)}
        else:
            found = set()
        chosen |= found
        if not found:
            idle.append(pattern)
    return chosen, idle


def expand(pattern: str, entries: Entries) -> list[str]:
    """Return the names that match, unsorted; `entries` gives the name and kind of what is in a folder ('' at first)."""
    parts = pattern.split("/")
    tail = len(parts)  # where only `**` follow: whatever comes then matches
    while tail and parts[tail - 1] == "**":
        tail -= 1
    tests = [None if part == "**" else _Name(part) for part in parts]
    found: list[str] = []
    waiting: list[tuple[str, set[int]]] = [("", _skipped({0}, tests))]
    while waiting:
        folder, states = waiting.pop()
        for name, kind in entries(folder):
            stays = {at for at in states if at < len(parts) and tests[at] is None and not name.startswith(".")}
            moves = {at + 1 for at in states if at < len(parts) and (test := tests[at]) and test.matches(name)}
            full = f"{folder}/{name}" if folder else name
            if any(at >= tail for at in stays) or any(
                at == len(parts) or (at >= tail and kind != FILE) for at in moves
            ):
                found.append(full)
            after = _skipped(moves if kind == LINK else moves | stays, tests)
            if kind != FILE and any(at < len(parts) for at in after):
                waiting.append((full, after))
    return found


def _skipped(states: set[int], tests: list[_Name | None]) -> set[int]:
    reached = set(states)
    for at in states:
        while at < len(tests) and tests[at] is None:
            at += 1  # noqa: PLW2901
            reached.add(at)
    return reached


class _Name:
    """One part of a pattern, for one name."""

    def __init__(self, part: str) -> None:
        self._hidden = part.startswith(".")
        self._exact = None if MAGIC.search(part) else part
        self._tokens = list(_tokens(part))

    def matches(self, name: str) -> bool:
        """Return whether the name matches; steps: at most its length times the pattern's."""
        if self._exact is not None:
            return name == self._exact
        if name.startswith(".") and not self._hidden:
            return False
        tokens = self._tokens
        at = token = 0
        star, resume = -1, 0
        while at < len(name):
            if token < len(tokens) and tokens[token] == "*":
                star, resume = token, at
                token += 1
            elif token < len(tokens) and _fits(tokens[token], name[at]):
                at, token = at + 1, token + 1
            elif star >= 0:
                resume += 1
                at, token = resume, star + 1
            else:
                return False
        return all(each == "*" for each in tokens[token:])


def _fits(token: str | tuple[bool, list[tuple[str, str]]], character: str) -> bool:
    if isinstance(token, str):
        return token in ("?", "=" + character)
    wanted, ranges = token
    return any(low <= character <= high for low, high in ranges) is wanted


def _tokens(part: str) -> Iterable[str | tuple[bool, list[tuple[str, str]]]]:
    """Yield `*`, `?`, `=x` for a character that means itself, and sets as (wanted, ranges)."""
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character in "*?":
            yield character
            continue
        inverted = part[at : at + 1] == "!"
        end = part.find("]", at + inverted + 1)
        if character != "[" or end < 0:
            yield "=" + character
            continue
        yield not inverted, list(_ranges(part[at + inverted : end]))
        at = end + 1


def _ranges(body: str) -> Iterable[tuple[str, str]]:
    at = 0
    while at < len(body):
        wide = body[at + 1 : at + 2] == "-" and at + 2 < len(body)
        yield body[at], body[at + 2] if wide else body[at]
        at += 3 if wide else 1
