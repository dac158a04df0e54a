"""Bytes in and out of files: bounded reads, atomic writes, kubectl's lock.

A write is a temporary file in the same folder (0600 from creation), fsync, rename, fsync of the folder:
killed anywhere, the file is the old one or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time

from kcfg.errors import FileError, Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 256 << 20
_HINTS = {
    errno.ENOENT: "check the path",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EPERM: "check the permissions of the file and its folder",
    errno.EISDIR: "name a file, not a folder",
    errno.ENOSPC: "free some space; the old file is untouched",
    errno.EDQUOT: "free some space; the old file is untouched",
    errno.EROFS: "the file system is mounted read-only; the old file is untouched",
    errno.ELOOP: "the symbolic links lead in a circle",
}
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def _refusal(path: str, error: OSError) -> FileError:
    reason = (error.strerror or type(error).__name__).lower()
    return FileError(reason, location=Location(path), hint=_HINTS.get(error.errno or 0, ""))


def read_bytes(path: str, *, limit: int = MAX_BYTES) -> bytes:
    """Return a regular file's bytes. Raises FileError; never hangs on a pipe or a device."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise _refusal(path, error) from None
        raise FileError("not a usable path", location=Location(path.replace("\0", "\\0"))) from None
    try:
        found = os.fstat(handle)
        _require_regular(path, found)
        if found.st_size > limit:
            raise FileError(f"larger than {limit >> 20} MiB", location=Location(path))
        return _read_all(path, handle, limit)
    except OSError as error:
        raise _refusal(path, error) from None
    finally:
        os.close(handle)


def _require_regular(path: str, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise FileError("is a directory", location=Location(path), hint=_HINTS[errno.EISDIR])
    if not stat.S_ISREG(found.st_mode):
        raise FileError("not a regular file", location=Location(path), hint="use - to read standard input")


def _read_all(path: str, handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := os.read(handle, 1 << 20):
        size += len(part)
        if size > limit:
            raise FileError(f"larger than {limit >> 20} MiB", location=Location(path))
        parts.append(part)
    return b"".join(parts)


def write_atomic(path: str, data: bytes, *, mode: int | None = None, secret: bool = False) -> None:
    """Replace a file's content in one step; symbolic links are followed.

    `mode` is for a new file (0600 when not given); an existing mode stays, unless `secret` and others could read.
    """
    target = os.path.realpath(path)
    try:
        kept = _kept_mode(target, mode, secret=secret)
        _replace(target, data, kept)
    except OSError as error:
        raise _refusal(path, error) from None


def _kept_mode(target: str, mode: int | None, *, secret: bool) -> int:
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return 0o600 if mode is None else mode
    _require_regular(target, found)
    kept = stat.S_IMODE(found.st_mode)
    return 0o600 if secret and kept & 0o077 else kept


def _replace(target: str, data: bytes, mode: int) -> None:
    folder = os.path.dirname(target) or "."
    temporary = os.path.join(folder, f".{os.path.basename(target)[:200]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            if mode != 0o600:
                os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, target)
    except BaseException:
        _unlink(temporary)
        raise
    _sync_folder(folder)


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _sync_folder(folder: str) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # not every system opens a folder; the rename itself has happened
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


class lock:  # noqa: N801  (used as `with lock(path):`)
    """kubectl's `<file>.lock`: kubectl and kcfg exclude one another.

    Ours holds pid and boot id, so that one left by a killed kcfg is seen and taken over. kubectl's is empty: its
    age is reported with the remedy, and only `break_lock` removes it.
    """

    def __init__(self, path: str, *, timeout: float = 5.0, break_lock: bool = False) -> None:
        self.path = os.path.realpath(path) + ".lock"
        self.timeout = timeout
        self.break_lock = break_lock

    def __enter__(self) -> None:
        deadline = time.monotonic() + self.timeout
        while not self._take():
            if time.monotonic() >= deadline:
                raise self._busy()
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        _unlink(self.path)

    def _take(self) -> bool:
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        except FileExistsError:
            if self.break_lock or self._is_left_over():
                _unlink(self.path)
            return False
        except OSError as error:
            raise _refusal(self.path, error) from None
        try:
            os.write(handle, f"{os.getpid()} {_boot_id()}\n".encode())
        finally:
            os.close(handle)
        return True

    def _holder(self) -> list[str]:
        try:
            return read_bytes(self.path, limit=4096).decode("ascii", "replace").split()
        except FileError:
            return []

    def _is_left_over(self) -> bool:
        holder = self._holder()
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

    def _busy(self) -> FileError:
        holder = self._holder()
        if holder:
            return FileError(f"held by process {holder[0]}", location=Location(self.path), hint="try again")
        try:
            age = int(time.time() - os.stat(self.path).st_mtime)
        except OSError:
            age = 0
        return FileError(
            f"a lock that kubectl made {age} s ago is in the way",
            location=Location(self.path),
            hint=f"if no kubectl is running, it is left over: rm {self.path}, or --break-lock",
        )


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
) -> bool:
    """Lock, read, transform, write: the protocol of every command that changes a file. Returns whether it wrote.

    `transform` gets the file's bytes (None if it is missing) and returns the new ones (None: leave it).
    """
    with lock(path, break_lock=break_lock):
        try:
            before: bytes | None = read_bytes(path)
        except FileError:
            if os.path.exists(path):
                raise
            before = None
        after = transform(before)
        if after is None or after == before:
            return False
        write_atomic(path, after, secret=secret)
        if read_bytes(path) != after:
            raise FileError("what was written does not read back", location=Location(path))
        return True


def git_would_see(path: str) -> bool:
    """Return whether a file lies in a git work tree and git does not ignore it."""
    folder = os.path.dirname(os.path.realpath(path))
    if not _in_work_tree(folder):
        return False
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", folder, "check-ignore", "-q", "--", os.path.realpath(path)],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return True
    return done.returncode != 0


def _in_work_tree(folder: str) -> bool:
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return True
        if folder == (parent := os.path.dirname(folder)):
            return False
        folder = parent
