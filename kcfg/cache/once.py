"""One run for many callers: who has the flock runs the program, the others wait for what is kept then."""

from __future__ import annotations

import os
import time

from kcfg.cache.cache import ANSWER, ENDLESS, Answer, Cache
from kcfg.errors import FileError
from kcfg.files import NO_FOLLOW
from kcfg.temporaries import flock, is_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kcfg.cache.cache import Entry

WAIT = 120.0  # seconds for another's run
_FIRST, _LONGEST = 0.005, 0.05  # seconds between two looks


def ask_once(
    cache: Cache,
    name: str,
    label: str,
    run: Callable[[], Answer],
    *,
    asker: str = "",
    failures: bool = True,
    wait: float = WAIT,
) -> Answer:
    """Return what is kept under a name, else what `run` gives, which is kept then; at most one caller runs it.

    `label` is what `kcfg cache ls` shows. `asker` names the client that gets it (`name.asker_of`): one that asks again
    for what it has was refused with it by the server, and gets another. `failures`: whether they are remembered; never
    those of a program that asks somebody. Whoever has waited for `wait` seconds runs it, too.
    """
    deadline, pause = time.monotonic() + wait, _FIRST
    while True:
        entry = cache.get(name)  # one look: what comes after it is found below, under the lock
        if (found := _given(cache, name, entry, asker)) is not None:
            return found
        if (entry is not None and entry.kind == ENDLESS) or time.monotonic() > deadline:
            return _run(cache, name, label, run, failures=failures)
        handle = _take(cache, name)
        if handle is None:
            return _run(cache, name, label, run, failures=failures)
        if handle >= 0:
            break
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST)
    try:
        found = _given(cache, name, cache.get(name), asker)  # the last holder may have been done since the look above
        if found is None:
            found = _run(cache, name, label, run, failures=failures)
            _given(cache, name, cache.get(name), asker if not found.code else "")
        return found
    finally:
        _release(cache, name, handle)


def _given(cache: Cache, name: str, entry: Entry | None, asker: str) -> Answer | None:
    """Return what is kept for who asks; None where nothing is, or only what that one was refused with."""
    if entry is None or entry.kind == ENDLESS:
        return None
    return entry.answer if entry.kind != ANSWER or not asker or cache.give(name, entry, asker) else None


def _run(cache: Cache, name: str, label: str, run: Callable[[], Answer], *, failures: bool) -> Answer:
    answer = run()
    cache.keep(name, label, answer, failures=failures)
    return answer


def _take(cache: Cache, name: str) -> int | None:
    """Return the lock file with its flock; -1 while another has it; None where no flock can be had."""
    try:
        path = cache.lock_path(name)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW | os.O_CLOEXEC, 0o600)
    except (OSError, FileError):
        return None
    free = flock(handle)
    if free and is_at(handle, path):
        return handle
    os.close(handle)
    return None if free is None else -1


def _release(cache: Cache, name: str, handle: int) -> None:
    try:
        os.unlink(cache.lock_path(name))  # with the flock in hand: nobody else holds a file of this name
    except (OSError, FileError):
        pass
    os.close(handle)
