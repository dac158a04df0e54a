"""The write protocol: kubectl's lock file `<file>.lock`, read, change, write."""

from __future__ import annotations

import os
import time

from kcfg.errors import FileError, Location
from kcfg.files import (
    NO_FOLLOW,
    give_name,
    make_folder,
    open_unnamed,
    read_bytes,
    read_if_exists,
    refusal,
    remove_temporaries,
    unlink,
    write_atomic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class lock:  # noqa: N801  (used as `with lock(path):`)
    """kubectl's `<file>.lock`: kubectl and kcfg exclude one another.

    Ours holds pid and boot id and is flocked while its process lives: one that a killed kcfg left is taken over. An
    empty one is kubectl's: its age is told with the remedy, and only `break_lock` removes it.
    """

    def __init__(self, path: str, *, timeout: float = 10.0, break_lock: bool = False) -> None:
        self.path = os.path.realpath(path) + ".lock"
        self.timeout = timeout
        self.break_lock = break_lock
        self._handle = -1

    def __enter__(self) -> None:
        deadline = time.monotonic() + self.timeout
        pause = 0.002
        while not self._take():
            if time.monotonic() >= deadline:
                raise self._busy()
            time.sleep(pause * (0.5 + os.urandom(1)[0] / 255))
            pause = min(pause * 1.5, 0.05)

    def __exit__(self, *_: object) -> None:
        unlink(self.path)
        os.close(self._handle)

    def _take(self) -> bool:
        try:
            self._handle = self._make()
        except FileExistsError:
            return self._take_over()
        except OSError as error:
            raise refusal(self.path, error) from None
        return True

    def _make(self) -> int:
        """Make the lock with its content, so that it is never seen without. Raises FileExistsError."""
        handle = open_unnamed(os.path.dirname(self.path))
        if handle < 0:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
            return self._filled(handle, named=True)
        self._filled(handle, named=False)
        try:
            give_name(handle, self.path)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _filled(self, handle: int, *, named: bool) -> int:
        try:
            _flock(handle)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {_boot_id()}\n".encode(), 0)
        except BaseException:
            if named:
                os.unlink(self.path)
            os.close(handle)
            raise
        return handle

    def _take_over(self) -> bool:
        if self.break_lock:
            unlink(self.path)
            return False
        try:
            handle = os.open(self.path, os.O_RDWR | NO_FOLLOW)
        except OSError:  # gone in the meantime, or not ours to read: a kubectl that runs makes it 0000
            return False
        if not _is_left_over(os.pread(handle, 4096, 0)):
            os.close(handle)
            return False
        if not (_flock(handle) and _is_at(handle, self.path)):
            os.close(handle)
            return False
        try:
            self._handle = self._filled(handle, named=True)
        except OSError as error:
            raise refusal(self.path, error) from None
        remove_temporaries(self.path.removesuffix(".lock"))
        return True

    def _busy(self) -> FileError:
        try:
            holder = read_bytes(self.path, limit=4096).split()
        except FileError:  # kubectl makes it 0000
            holder = []
        try:
            found = os.lstat(self.path)
            age = time.time() - found.st_mtime
        except OSError:
            found, age = None, 0.0
        if not holder and (found is None or found.st_size or 0 <= age < self.timeout):
            # It has just gone, or is a newer one than what this has waited for: somebody is at work.
            return FileError("busy: others change it all the time", location=Location(self.path), hint="try again")
        if holder:
            return FileError(
                f"held by process {holder[0].decode('ascii', 'replace')}",
                location=Location(self.path),
                hint="try again",
            )
        return FileError(
            f"a lock that kubectl made {int(age)} s ago is in the way",
            location=Location(self.path),
            hint=f"if no kubectl is running, it is left over: rm {self.path}, or --break-lock",
        )


class locks:  # noqa: N801
    """The locks of several files, taken in the order that is given and released when the last one is done with."""

    def __init__(self, paths: list[str], *, break_lock: bool = False) -> None:
        self._locks = [lock(path, break_lock=break_lock) for path in paths]
        self._held: list[lock] = []

    def __enter__(self) -> None:
        try:
            for each in self._locks:
                each.__enter__()
                self._held.append(each)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        while self._held:
            self._held.pop().__exit__()


def remove_left_over(path: str) -> None:
    """Remove the lock of a kcfg that was killed, which would keep kubectl away; one that is in use stays."""
    if os.path.lexists(os.path.realpath(path) + ".lock"):
        try:
            with lock(path, timeout=0):
                pass
        except FileError:
            pass


def holder_of(path: str) -> str | None:
    """Return who holds a file's lock: `running` or `gone` for a kcfg, "" for a kubectl; None when there is no lock."""
    file = os.path.realpath(path) + ".lock"
    if not os.path.lexists(file):
        return None
    try:
        content = read_bytes(file, limit=4096)
    except FileError:  # kubectl makes it 0000; or it has just gone
        return "" if os.path.lexists(file) else None
    return "" if not content.strip() else "gone" if _is_left_over(content) else "running"


def _flock(handle: int) -> bool:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # Windows: the pid in the file must do
        return True
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except OSError:
        return False


def _is_left_over(content: bytes) -> bool:
    """Return whether a lock is kcfg's, and its process is gone."""
    holder = content.decode("ascii", "replace").split()
    if len(holder) != 2 or not holder[0].isdigit():
        return False
    if holder[1] != _boot_id():
        return True
    try:
        os.kill(int(holder[0]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _boot_id() -> str:
    try:
        return read_bytes("/proc/sys/kernel/random/boot_id", limit=100).decode().strip()
    except FileError:
        return "unknown"


def edit_file(
    path: str,
    transform: Callable[[bytes | None], bytes | None],
    *,
    secret: bool = False,
    break_lock: bool = False,
    record: Callable[[str, bytes | None, bytes], None] | None = None,
) -> bool:
    """Lock, read, transform, write: the protocol of every command that changes a file.

    `transform` gets the file's bytes (None if it is missing) and returns the new ones (None: leave it). `record` is
    told (path, before, after) of a write before the lock is released. Returns whether anything was written.
    """
    make_folder(path)
    with lock(path, break_lock=break_lock):
        before = read_if_exists(path)
        after = transform(before)
        if after is None or after == before:
            return False
        write_atomic(path, after, secret=secret)
        if record is not None:
            record(path, before, after)
        return True
