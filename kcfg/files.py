"""Bytes in and out of files: bounded reads, atomic writes.

A write is a temporary file in the same folder (0600 from creation), fsync, rename, fsync of the folder:
what was written is read back before the rename. Killed anywhere, the file is the old one or the new one.
"""

from __future__ import annotations

import errno
import os
import stat

from kcfg.errors import FileError, Location, MissingFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from kcfg.modes import Secret

MAX_BYTES = 256 << 20
_LOOKS = 50
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_MOUNTED = (
    "the file is a mount point of its own, which nothing can replace: mount its folder; "
    "or change a copy (`cp FILE COPY`, --kubeconfig COPY) and write it back (`cat COPY > FILE`)"
)
_HINTS = {
    errno.ENOENT: "check the path",
    **dict.fromkeys((errno.EACCES, errno.EPERM), "check the permissions of the file and its folder"),
    errno.EISDIR: "name a file, not a folder",
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space"),
    errno.EROFS: "the file system is mounted read-only",
    **dict.fromkeys((errno.EBUSY, errno.EXDEV), _MOUNTED),
    errno.ELOOP: "the symbolic links lead in a circle",
}


def refusal(path: str, error: OSError) -> FileError:
    """Return what the system said about a path, with what to do about it."""
    reason = (error.strerror or type(error).__name__).lower()
    kind = MissingFile if isinstance(error, (FileNotFoundError, NotADirectoryError)) else FileError
    return kind(reason, location=Location(path), hint=_HINTS.get(error.errno or 0, ""))


# What this process has read, by device and inode: no output may take its place.
_read: set[tuple[int, int]] = set()


def was_read(path: str) -> bool:
    """Return whether this command has read the file that a path leads to."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) in _read


def forget_read() -> None:
    """Begin anew: what was read by one command is no input of the next."""
    _read.clear()


def identity(path: str) -> object:
    """Return what all spellings of a file have in common; of one that is not there, its real folder and name."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return path if path == "-" else os.path.realpath(path)
    return found.st_dev, found.st_ino


def unique(paths: Iterable[str]) -> list[str]:
    """Return files by their first spelling: links, `./`, `//` make no second file."""
    named = list(dict.fromkeys(paths))
    return named if len(named) < 2 else list({identity(path): path for path in reversed(named)}.values())[::-1]


def place_of(path: str) -> str:
    """Return the path, without links, of what will be replaced (or made).

    Raises FileError for what stands in no folder: memory and pipes have a path below /proc, deleted files a name.
    """
    target = os.path.realpath(path)
    for _ in range(_LOOKS):  # another writer may replace the file between two looks at it
        try:
            found = os.stat(path)
        except OSError:
            return target
        _require_regular(path, found, hint="name a file")
        try:
            if os.path.samestat(found, os.lstat(target)):
                return target
        except OSError:
            pass
    raise FileError(
        "this file is in memory, or deleted: a change would be lost with the program that has it open",
        location=Location(path),
        hint="--kubeconfig FILE names the one to change; `kcfg exec` and `kcfg shell` give a copy",
    )


def read_bytes(path: str, *, limit: int = MAX_BYTES) -> bytes:
    """Return a regular file's bytes. Raises FileError; never hangs on a pipe or a device."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise refusal(path, error) from None
        raise FileError("not a usable path", location=Location(path.replace("\0", "\\0"))) from None
    try:
        found = os.fstat(handle)
        _require_regular(path, found)
        _read.add((found.st_dev, found.st_ino))
        if found.st_size > limit:
            raise FileError(f"larger than {limit >> 20} MiB", location=Location(path))
        return _read_all(path, handle, limit, found.st_size + 1)
    except OSError as error:
        raise refusal(path, error) from None
    finally:
        os.close(handle)


def _require_regular(path: str, found: os.stat_result, hint: str = "use - to read standard input") -> None:
    if stat.S_ISDIR(found.st_mode):
        raise FileError("is a directory", location=Location(path), hint=_HINTS[errno.EISDIR])
    if not stat.S_ISREG(found.st_mode):
        raise FileError("not a regular file", location=Location(path), hint=hint)


def _read_all(path: str, handle: int, limit: int, expected: int = 1 << 20) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := os.read(handle, max(expected - size, 1 << 20)):  # a file comes in one piece
        size += len(part)
        if size > limit:
            raise FileError(f"larger than {limit >> 20} MiB", location=Location(path))
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_stream(path: str, *, limit: int = MAX_BYTES) -> bytes:
    """Return what a pipe or standard input (`-`) holds, up to its end. Raises FileError."""
    try:
        handle = os.dup(0) if path == "-" else os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise refusal(path, error) from None
    try:
        return _read_all(path, handle, limit)
    except OSError as error:
        raise refusal(path, error) from None
    finally:
        os.close(handle)


def write_atomic(path: str, data: bytes, *, mode: int | None = None, secret: Secret = False) -> None:
    """Replace a file's content in one step; symbolic links are followed.

    `mode` is for a new file (0600 when not given); an existing mode stays, unless others could read what is `secret`:
    then it is 0600, and told.
    """
    staged = Staged(path, data, mode=mode, secret=secret)
    try:
        staged.give_name()
        staged.replace()
    except OSError as error:
        raise refusal(path, error) from None
    finally:
        staged.close()
    sync_folder(os.path.dirname(staged.target))


class Staged:
    """What will take the place of a file: written, flushed and read back, beside it, without a name where that goes.

    Until `close` it is flocked, so that nobody sweeps it; what was not moved into its place is gone then.
    """

    __slots__ = ("_closed", "_handle", "_is_named", "_path", "target", "temporary")

    def __init__(self, path: str, data: bytes, *, mode: int | None = None, secret: Secret = False) -> None:
        from kcfg.temporaries import flock, open_named, open_unnamed, sweep, temporary_of

        self.target = place_of(path)
        self.temporary = temporary_of(self.target)
        self._handle, self._is_named = -1, False
        self._path, self._closed = path, 0
        try:
            found = _existing(self.target)
            if found is not None and found.st_nlink > 1:
                from kcfg.modes import tell_names

                tell_names(path, found.st_nlink)
            kept = (0o600 if mode is None else mode) if found is None else stat.S_IMODE(found.st_mode)
            sweep(self.target)
            self._handle = open_unnamed(os.path.dirname(self.target))
            if self._handle < 0:
                self._handle, self._is_named = open_named(self.temporary), True
            flock(self._handle)  # up to the rename: until then it has a name that others sweep
            if found is not None and kept & 0o077:
                from kcfg.modes import closes, keep_list

                if closes(found, data, secret):
                    self._closed, kept = kept, 0o600
                else:
                    kept = keep_list(self.target, self._handle, kept)
            if found is not None and _has_attributes(self.target):
                from kcfg.modes import keep_attributes

                keep_attributes(path, self.target, self._handle)
            fill(self._handle, data, kept, found)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise refusal(path, error) from None
            raise

    def give_name(self) -> None:
        """Give it the name `temporary`, which a rename needs."""
        from kcfg.temporaries import give_name

        if not self._is_named:
            give_name(self._handle, self.temporary)
            self._is_named = True

    def replace(self) -> None:
        """Move it into its place."""
        if os.name == "nt":  # which renames nothing that is open
            self._close_handle()
        os.replace(self.temporary, self.target)
        self._is_named = False
        if self._closed:
            from kcfg.modes import tell_closed

            tell_closed(self._path, self._closed)

    def close(self) -> None:
        """Let go of it; what is not in its place is removed."""
        if self._is_named:
            unlink(self.temporary)
        self._close_handle()

    def _close_handle(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _has_attributes(target: str) -> bool:
    try:
        return bool(os.listxattr(target))
    except (OSError, AttributeError):
        return False  # not on this file system, or this system


def _existing(target: str) -> os.stat_result | None:
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return None
    _require_regular(target, found)
    if not os.access(target, os.W_OK):
        # A rename would get around the file's own mode: read-only means that nobody should change it.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return found


def fill(handle: int, data: bytes, mode: int = 0o600, found: os.stat_result | None = None) -> None:
    """Write, flush and read back a new file's bytes. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    if found is not None and (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
        try:
            os.fchown(handle, found.st_uid, found.st_gid)
        except OSError:  # only root may give a file away; the content matters more
            pass
    if mode != 0o600 or os.fstat(handle).st_mode & 0o600 != 0o600:  # an odd umask took something away
        os.fchmod(handle, mode)
    os.fsync(handle)
    if not _reads_back(handle, data):
        raise OSError(errno.EIO, "what was written does not read back")


def _reads_back(handle: int, data: bytes) -> bool:
    at = 0
    while part := os.pread(handle, 1 << 20, at):
        if part != data[at : at + len(part)]:
            return False
        at += len(part)
    return at == len(data)


def unlink(path: str) -> None:
    """Remove a name if it is there and may be removed."""
    try:
        os.unlink(path)
    except OSError:
        pass


def remove(path: str) -> None:
    """Remove a file, if it is there. Raises FileError."""
    target = os.path.realpath(path)
    try:
        os.unlink(target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise refusal(path, error) from None
    sync_folder(os.path.dirname(target))


def sync_folder(folder: str) -> None:
    """Flush the names in a folder, where the system can."""
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


def make_folder(path: str) -> None:
    """Make the folder that a file will stand in."""
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        try:
            make_folders(folder)
        except OSError as error:
            raise refusal(folder, error) from None


def make_folders(folder: str, mode: int = 0o777) -> None:
    """Make a folder and those above it, flushed: what is synced in a folder is lost with its name. Raises OSError."""
    missing = [os.path.abspath(folder)]
    while not os.path.isdir(above := os.path.dirname(missing[-1])):
        missing.append(above)
    os.makedirs(folder, mode, exist_ok=True)
    for each in reversed(missing):
        sync_folder(os.path.dirname(each))


def read_if_exists(path: str) -> bytes | None:
    """Return a file's bytes, or None where there is none. Raises FileError for everything else."""
    try:
        return read_bytes(path)
    except FileError:
        if os.path.lexists(os.path.realpath(path)):
            raise
        try:
            os.stat(path)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                raise refusal(path, error) from None
        return None
