"""The file system in memory against the real one: the same calls by chance, the same results and the same refusals."""

import errno
import fcntl
import os
import random
import stat

import pytest
from clock import Clock
from fs import TOP, Fs
from schedule import Scheduler

NAMES = ("a", "b", "d", "d/a", "d/e", "l", "d/../a", "a/x", "./b", "no/a", "", "l/a", "m")
FLAGS = (
    os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_WRONLY | os.O_TRUNC,
    os.O_RDONLY | os.O_NOFOLLOW, os.O_WRONLY | os.O_CREAT | os.O_APPEND, os.O_RDWR | os.O_NOFOLLOW | os.O_CREAT,
    os.O_RDONLY | os.O_DIRECTORY, os.O_RDWR | os.O_TMPFILE,
)  # fmt: skip
LOCKS = (fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN)


class Real:
    """The real calls, below a folder."""

    def __init__(self, top):
        self.top = str(top)

    def path(self, name):
        return f"{self.top}/{name}" if name else ""

    def give_name(self, handle, path):
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
        try:
            os.link(f"/proc/self/fd/{handle}", path, dst_dir_fd=folder, follow_symlinks=True)
        finally:
            os.close(folder)

    def __getattr__(self, name):
        return fcntl.flock if name == "flock" else getattr(os, name)


class Virtual:
    """The same calls of the file system in memory."""

    def __init__(self):
        rng = random.Random(0)
        clock = Clock(rng)
        self.fs = Fs(rng, clock, Scheduler(rng, clock))
        self.fs.put(f"{TOP}/top/x", b"")
        self.fs.unlink(f"{TOP}/top/x")

    def path(self, name):
        return f"{TOP}/top/{name}" if name else ""

    def give_name(self, handle, path):
        self.fs.open(os.path.dirname(path) or ".", os.O_RDONLY)
        self.fs.link(f"/proc/self/fd/{handle}", path, dst_dir_fd=1, follow_symlinks=True)

    def __getattr__(self, name):
        return getattr(self.fs, name)


def calls(rng):
    """Yield what to call: a name, and what with."""
    for _ in range(60):
        one, other, slot = rng.choice(NAMES), rng.choice(NAMES), rng.randrange(4)
        yield rng.choice(
            (
                ("open", one, rng.choice(FLAGS), slot), ("open", one, rng.choice(FLAGS), slot),
                ("write", slot, rng.randbytes(rng.randint(0, 5))), ("pwrite", slot, b"xy", rng.randint(0, 9)),
                ("read", slot, 4), ("pread", slot, 4, rng.randint(0, 5)), ("fsync", slot), ("close", slot),
                ("fchmod", slot, rng.choice((0o600, 0o644))), ("flock", slot, rng.choice(LOCKS)),
                ("flock", slot, LOCKS[0]), ("fstat", slot), ("give_name", slot, one),
                ("rename", one, other), ("rename", one, other), ("link", one, other), ("unlink", one),
                ("symlink", rng.choice(("a", "d", "l", "../a", "gone")), one), ("mkdir", one), ("rmdir", one),
                ("stat", one), ("lstat", one), ("listdir", one), ("readlink", one), ("truncated", slot, 3),
            )
        )  # fmt: skip


def perform(place, call, slots):
    """Call; return what came of it in words that are the same everywhere."""
    name, *given = call
    try:
        if name == "open":
            path, flags, slot = given
            handle = place.open(place.path(path), flags, 0o640)
            if slot in slots:
                place.close(slots.pop(slot))
            slots[slot] = handle
            return "opened"
        if name in ("rename", "link"):
            more = {"follow_symlinks": False} if name == "link" else {}
            return getattr(place, name)(place.path(given[0]), place.path(given[1]), **more)
        if name == "symlink":
            return place.symlink(given[0], place.path(given[1]))
        if name in ("unlink", "mkdir", "rmdir", "stat", "lstat", "listdir", "readlink"):
            return told(getattr(place, name)(place.path(given[0])))
        if given[0] not in slots:
            return "no such"
        handle = slots[given[0]]
        if name == "close":
            del slots[given[0]]
        if name == "give_name":
            return place.give_name(handle, place.path(given[1]))
        return told(getattr(place, "ftruncate" if name == "truncated" else name)(handle, *given[1:]))
    except OSError as error:
        return errno.errorcode[error.errno or 0]


def told(found):
    if isinstance(found, os.stat_result):
        size = 0 if stat.S_ISDIR(found.st_mode) else found.st_size
        mode = found.st_mode if stat.S_ISREG(found.st_mode) else stat.S_IFMT(found.st_mode)
        return (mode, size, 0 if stat.S_ISDIR(found.st_mode) else found.st_nlink)
    return sorted(found) if isinstance(found, list) else found


@pytest.mark.parametrize("first", range(0, 600, 200))
def test_the_same_calls_give_the_same(first, tmp_path):
    kept = os.umask(0o022)
    try:
        for seed in range(first, first + 200):
            top = tmp_path / str(seed) / "top"
            top.mkdir(parents=True)
            places = [(Real(top), {}), (Virtual(), {})]
            trace = []
            for call in calls(random.Random(seed)):
                real, virtual = (perform(place, call, slots) for place, slots in places)
                trace.append((call, real, virtual))
                assert real == virtual, (seed, trace[::-1])
            for handle in places[0][1].values():
                os.close(handle)
    finally:
        os.umask(kept)
