"""Many files at once: written beside, moved into place when all of them are there; compared without being written.

A failure leaves the folder as it was; what a kill interrupts is ended by the next kcfg that writes into one. What is
moved is derived from a spec and can be made again, so it is not synced to the disk file by file.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from shutil import rmtree
from tempfile import mkdtemp

from kcfg.commit import commit, settle
from kcfg.errors import FileError, Location
from kcfg.files import NO_FOLLOW, read_bytes, refusal, was_read
from kcfg.journal import Step, digest
from kcfg.temporaries import flock, is_at

_STAGE = ".kcfg-"
_OLD = ".kcfg-old"  # what an old file is called in the stage until all are moved
_NAME = re.compile(r"\.kcfg-[a-z0-9_]{8}")  # what mkdtemp makes of it
WORDS = ("created", "configured", "unchanged")


def write_files(
    folder: str, files: Iterable[tuple[str, bytes]], *, secret: bool = False
) -> tuple[Counter[str], set[str]]:
    """Write files into a folder and return how many were created, configured and unchanged, and all their names.

    Files with secrets get mode 0600, others what the umask leaves of 0644. Raises FileError, or what `files` raises.
    """
    names: dict[str, str] = {}
    steps: list[Step] = []
    way: list[str] = []
    salt = os.urandom(16)
    settle()
    with _stage(folder) as stage, _removed_if_empty(way):
        for name, data in files:
            path, staged = os.path.join(os.path.realpath(folder), name), os.path.join(os.path.realpath(stage), name)
            way += _make_way(folder, name)
            names[name], before = _outcome(os.path.join(folder, name), data, secret=secret)
            if names[name] != "unchanged":
                os.makedirs(os.path.dirname(staged), exist_ok=True)
                _write(staged, data, 0o600 if secret else 0o644)
                steps.append(Step(path, digest(salt, before), digest(salt, data), staged, f"{staged}{_OLD}"))
        if steps:
            moves = [partial(os.replace, each.staged, each.target) for each in steps]
            commit(steps, salt, [], moves, derived=True)
    return Counter(names.values()), set(names)


def _make_way(folder: str, name: str) -> list[str]:
    """Make the folders that a name begins with, through no link, and return those that were not there."""
    made = []
    for step in name.split("/")[:-1]:
        folder = os.path.join(folder, step)
        try:
            os.mkdir(folder)
            made.append(folder)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise FileError("not a folder", location=Location(folder), hint="move it out of the way") from None
    return made


@contextmanager
def _removed_if_empty(folders: list[str]) -> Iterator[None]:
    """Take new folders away again when nothing came of them."""
    try:
        yield
    finally:
        for each in reversed(folders):
            with suppress(OSError):  # not empty: it is wanted
                os.rmdir(each)


@contextmanager
def _stage(folder: str) -> Iterator[str]:
    """Make a folder that only its owner sees; the target folder goes too when it is new and nothing came of it."""
    made: list[str] = []
    at = os.path.abspath(folder)
    while not os.path.lexists(at):
        made.append(at)
        at = os.path.dirname(at)
    stage, handle = "", -1
    try:
        os.makedirs(folder, exist_ok=True)
        _sweep(folder)
        stage, handle = _made_stage(folder)
        yield stage
    except OSError as error:
        raise refusal(error.filename or folder, error) from None
    finally:
        if stage:
            rmtree(stage, ignore_errors=True)
            if handle >= 0:
                os.close(handle)
        for each in made:
            with suppress(OSError):  # not empty: it is wanted
                os.rmdir(each)


def _made_stage(folder: str) -> tuple[str, int]:
    """Return a new folder, and the handle whose flock says that its kcfg lives (-1 where there is no such thing)."""
    while True:
        stage = mkdtemp(prefix=_STAGE, dir=folder)
        try:
            handle = os.open(stage, os.O_RDONLY)
        except FileNotFoundError:  # somebody who sweeps was faster
            continue
        except OSError:  # Windows opens no folder
            return stage, -1
        if flock(handle) is not False and is_at(handle, stage):
            return stage, handle
        os.close(handle)


def _sweep(folder: str) -> None:
    """Remove what killed kcfgs were about to move into a folder."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if not _NAME.fullmatch(name) or not stat.S_ISDIR(os.lstat(path).st_mode):
            continue
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | NO_FOLLOW)
            try:
                if flock(handle) and is_at(handle, path):
                    rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _outcome(path: str, data: bytes, *, secret: bool) -> tuple[str, bytes | None]:
    """Return what will happen to a file, and its bytes."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return "created", None
    if not stat.S_ISREG(found.st_mode):
        raise FileError("not a regular file", location=Location(path), hint="move it out of the way")
    if was_read(path):
        raise FileError("refusing to write over an input", location=Location(path), hint="write into another folder")
    before = read_bytes(path)
    opened = secret and found.st_mode & 0o077
    return "unchanged" if before == data and not opened else "configured", before


def _write(path: str, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def compare_files(folder: str, files: Iterable[tuple[str, bytes]], found: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, name) for each file that is missing or differs, then for each of `found` that is extra."""
    extra = set(found)
    for name, data in files:
        path = os.path.join(folder, name)
        extra.discard(name)
        if not os.path.lexists(path):
            yield "missing", name
        elif read_bytes(path) != data:
            yield "differs", name
    yield from (("extra", name) for name in sorted(extra))
