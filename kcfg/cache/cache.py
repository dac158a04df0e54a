"""What is kept: each entry says what it is for, and until when by two clocks; it is in the first place that works."""

from __future__ import annotations

import os
import time

from kcfg.cache.kernel import open_kernel
from kcfg.cache.runtime import open_runtime
from kcfg.cache.setting import Setting, read_setting
from kcfg.plainjson import parse_json, quote_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kcfg.cache.kernel import KernelKeyring
    from kcfg.cache.runtime import RuntimeFiles

    Place = KernelKeyring | RuntimeFiles

ANSWER, FAILED, ENDLESS, GIVEN = "answer", "failed", "endless", "given"
FAILURE_LASTS = 2  # seconds
_ENDLESS_LASTS = 60  # seconds in which callers do not queue for what is not kept
_SURE = 10  # seconds after a run in which asking again means nothing: many start at once, some below one parent
_ASKERS = 32  # that are remembered of an answer
_NEVER = 1 << 40  # seconds: no clock comes there
_FIELDS = ("kind", "for", "text", "code", "wall", "boot", "since")


class Answer:
    """What a program gave: its text, or the exit code of its failure and words on it; its end in seconds since 1970."""

    __slots__ = ("code", "ends", "text")

    def __init__(self, text: str, *, code: int = 0, ends: float = 0) -> None:
        self.text = text
        self.code = code
        self.ends = ends

    def __repr__(self) -> str:
        return f"Answer(code={self.code}, ends={self.ends})"


class Entry:
    """An answer in its place. `kind` is ANSWER, FAILED, ENDLESS (of which there is no text) or GIVEN: who got it.

    `since`: when it was kept, in seconds since boot.
    """

    __slots__ = ("answer", "kind", "label", "since", "wall")

    def __init__(self, kind: str, label: str, answer: Answer, wall: float, since: float) -> None:
        self.kind = kind
        self.label = label
        self.answer = answer
        self.wall = wall
        self.since = since


class Cache:
    """The user's entries, in `places`, the best first."""

    def __init__(self, setting: Setting, environ: Mapping[str, str], places: list[Place]) -> None:
        self.setting = setting
        self.places = places
        self._environ = environ

    def lock_path(self, name: str) -> str:
        """Return the lock file of an entry, its folder made. Raises FileError or OSError."""
        if folder := next((each.folder for each in self.places if each.folder), ""):
            os.makedirs(folder, 0o700, exist_ok=True)
            return os.path.join(folder, f"{name}.lock")
        from kcfg.state import make_state_folder

        return os.path.join(make_state_folder("cache/lock", self._environ), f"{name}.lock")

    def get(self, name: str) -> Entry | None:
        """Return what is kept under a name, while both clocks say that it has not ended."""
        for place in self.places:
            data = place.get(name)
            if data is not None and (entry := _read(data)) is not None:
                return entry
        return None

    def keep(self, name: str, label: str, answer: Answer, *, failures: bool = True) -> None:
        """Keep an answer until its end, less the skew and at most the time that the user allows.

        A failure is kept for two seconds, of what has no end only that it has none.
        """
        kind, seconds, text = ANSWER, min(answer.ends - time.time() - self.setting.skew, self.setting.most), answer.text
        if answer.code:
            kind, seconds = FAILED, FAILURE_LASTS if failures else 0
        elif seconds <= 0 or not self._put(name, _written(kind, label, text, 0, seconds), seconds):
            kind, seconds, text = ENDLESS, _ENDLESS_LASTS, ""
        else:
            return
        if seconds > 0:
            self._put(name, _written(kind, label, text, answer.code, seconds), seconds)

    def give(self, name: str, entry: Entry, asker: str) -> bool:
        """Remember who gets an answer; return False, and remove the answer, where that one has it already.

        A client asks again for what it has when the server refused that: nothing else tells it of a 401.
        """
        at = f"{name}-given"
        found = self.get(at)
        lines = found.answer.text.split("\n") if found is not None and found.kind == GIVEN else []
        line = f"{asker} {entry.since!r}"
        if line not in lines:
            seconds = entry.wall - time.time()
            text = "\n".join([*lines, line][-_ASKERS:])
            self._put(at, _written(GIVEN, entry.label, text, 0, seconds), seconds)
        elif _boot() - entry.since > _SURE:
            for place in self.places:
                place.drop(name)
            return False
        return True

    def _put(self, name: str, data: bytes, seconds: float) -> bool:
        kept = False
        for place in self.places:
            if kept:
                place.drop(name)
            elif place.put(name, data, int(seconds) + 1):
                kept = True
            else:
                place.drop(name)
        return kept

    def entries(self) -> Iterator[tuple[Entry, str]]:
        """Yield what is kept, each with its place's name; what has ended is removed on the way."""
        for place in self.places:
            for name in place.names():
                data = place.get(name)
                entry = None if data is None else _read(data)
                if entry is None:
                    place.drop(name)
                else:
                    yield entry, place.name

    def clear(self) -> int:
        """Remove everything; return how many answers that were."""
        number = sum(entry.kind == ANSWER for entry, _ in self.entries())
        for place in self.places:
            for name in place.names():
                place.drop(name)
        return number


def open_cache(environ: Mapping[str, str]) -> Cache | None:
    """Return the cache; None while the user has not turned it on, or where no place for it is."""
    setting = read_setting(environ)
    if setting is None or os.name != "posix":
        return None
    from _blake2 import blake2b  # of hashlib, which loads OpenSSL

    prefix = f"kcfg:{blake2b(bytes.fromhex(setting.salt), digest_size=8).hexdigest()}:"
    places = [each for each in (open_kernel(prefix), open_runtime(prefix, environ)) if each is not None]
    return Cache(setting, environ, places) if places else None


def clear_cache(environ: Mapping[str, str]) -> int:
    """Remove everything that is kept, for whoever changes what it came from; return how many answers that were."""
    cache = open_cache(environ)
    return cache.clear() if cache else 0


def _boot() -> float:
    """Return the seconds since boot, asleep or not: nobody sets this clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _written(kind: str, label: str, text: str, code: int, seconds: float) -> bytes:
    since = _boot()
    wall, boot = time.time() + seconds, since + seconds
    values = (quote_json(kind), quote_json(label), quote_json(text), str(code), repr(wall), repr(boot), repr(since))
    return ("{" + ",".join(f'"{name}":{value}' for name, value in zip(_FIELDS, values, strict=True)) + "}").encode()


def _read(data: bytes) -> Entry | None:
    try:
        found = parse_json(data.decode())
        if not isinstance(found, dict):
            return None
        kind, label, text, code, wall, boot, since = (found[name] for name in _FIELDS)
        if not time.time() < wall < _NEVER or not _boot() < boot < _NEVER or not isinstance(since, int | float):
            return None
        if not isinstance(code, int) or not all(isinstance(each, str) for each in (kind, label, text)):
            return None
    except (ValueError, KeyError, TypeError):
        return None
    return Entry(kind, label, Answer(text, code=code), wall, since)
