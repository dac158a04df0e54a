"""Files on their way: without a name where the system can, else `.NAME.kcfg-*`, flocked while their writer lives.

So whoever gets the flock of one that has a name knows that its writer was killed, and may remove it.
"""

from __future__ import annotations

import errno
import os
import time

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_PROBE = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_ABANDONED = 60.0  # seconds; where no flock can tell


def flock(handle: int) -> bool | None:
    """Lock an open file without waiting; False: another process has it; None: nobody can say here."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # Windows
        return None
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


class alone:  # noqa: N801  (used as `with alone(folder):`)
    """Keep other kcfgs from doing the same in a folder, by its flock: nothing is left over, whoever is killed.

    Where no flock can be had, or not within `timeout` seconds, one goes on without.
    """

    def __init__(self, folder: str, *, timeout: float = 10.0) -> None:
        self._folder, self._timeout, self._handle = folder, timeout, -1

    def __enter__(self) -> None:
        try:
            self._handle = os.open(self._folder, os.O_RDONLY)
        except OSError:  # Windows opens no folder; what is missing is told by who needs it
            return
        deadline = time.monotonic() + self._timeout
        while flock(self._handle) is False and time.monotonic() < deadline:
            time.sleep(0.005)

    def __exit__(self, *_: object) -> None:
        if self._handle >= 0:
            os.close(self._handle)


def is_at(handle: int, path: str) -> bool:
    """Return whether a path still names an open file, itself and not through a link."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except OSError:
        return False


def open_unnamed(folder: str, mode: int = 0o600) -> int:
    """Open a file without a name, so that a killed process leaves none behind; -1 where the system has none."""
    if not hasattr(os, "O_TMPFILE") or not os.path.isdir("/proc/self/fd"):
        return -1
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, mode)
    except OSError:
        return -1


def give_name(handle: int, path: str) -> None:
    """Give a file without a name one that nobody has. Raises FileExistsError."""
    # With a folder handle Python calls linkat, which follows /proc/self/fd/N to the file; link would not.
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        os.link(f"/proc/self/fd/{handle}", path, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def open_named(path: str, mode: int = 0o600) -> int:
    """Make a file under a name that nobody has, and flock it. Raises OSError."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, mode)
        if flock(handle) is not False and is_at(handle, path):
            return handle
        os.close(handle)  # somebody who sweeps was faster


def temporary_of(target: str) -> str:
    """Return a new name for what will take the place of a file."""
    return os.path.join(os.path.dirname(target) or ".", _prefix(target) + os.urandom(6).hex())


def sweep(target: str) -> None:
    """Remove what killed kcfgs left beside a file; what is being written stays."""
    folder = os.path.dirname(target) or "."
    prefix = _prefix(target)
    try:
        names = [name for name in os.listdir(folder) if name.startswith(prefix)]
    except OSError:  # a folder that may be written in, but not listed
        return
    for name in names:
        _sweep(os.path.join(folder, name))


def _sweep(path: str) -> None:
    try:
        handle = os.open(path, _PROBE)
        try:
            free = flock(handle)
            if free or (free is None and not 0 <= time.time() - os.fstat(handle).st_mtime < _ABANDONED):
                os.unlink(path)
        finally:
            os.close(handle)
    except OSError:  # somebody else's, or gone
        pass


def _prefix(target: str) -> str:
    return f".{os.path.basename(target)[:200]}.kcfg-"
