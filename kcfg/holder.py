"""Who holds a lock file. Never reads through a link, never waits for a pipe."""

from __future__ import annotations

import os
import stat
import time

from kcfg.errors import FileError, Location
from kcfg.files import NO_FOLLOW
from kcfg.temporaries import flock, is_at

_FLAGS = NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FRESH = 1.0  # seconds; kubectl holds its lock for milliseconds
OURS = 0o700  # of kcfg's lock, and of no other: kubectl makes its own 0000, and scripts do not let one be run
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFLNK: "a symbolic link"}

RUNNING, GONE, KUBECTL, OTHER = "running", "gone", "kubectl", "other"


class Holder:
    """A lock file as it was found: `kind` says whose it is; `age` in seconds.

    RUNNING and GONE are kcfg's: it writes its pid and the boot id, and a flock says whether it lives. KUBECTL is an
    empty file, of which nobody can tell. OTHER is everything else, `lasting` what is no regular file.
    """

    __slots__ = ("age", "kind", "lasting", "path", "pid", "what")

    def __init__(self, path: str, found: os.stat_result, kind: str, pid: str = "", what: str = "") -> None:
        self.path = path
        self.kind = kind
        self.pid = pid
        self.what = what
        self.lasting = not stat.S_ISREG(found.st_mode)
        self.age = time.time() - found.st_mtime

    @property
    def is_fresh(self) -> bool:
        """Whether a kubectl may still be at work: one needs milliseconds."""
        return self.kind == KUBECTL and 0 <= self.age < _FRESH

    def told(self, *, waited: float = 0) -> FileError:
        """Return what is in the way, and the way out; `waited`: for how many seconds it was."""
        where = Location(self.path)
        if self.kind in (RUNNING, GONE):
            return FileError(f"held by a running kcfg (process {self.pid})", location=where, hint="try again")
        age = max(int(self.age), 0)
        if self.kind == KUBECTL and 0 <= self.age < waited:  # a newer one than what this has waited for
            return busy(self.path)
        if self.kind == KUBECTL:
            return FileError(
                f"a lock that kubectl made {age} s ago is in the way",
                location=where,
                hint=f"if no kubectl is running, it is left over: rm {self.path}, or --break-lock",
            )
        if self.what == _KINDS[stat.S_IFDIR]:
            return FileError(
                "a folder is where the lock would stand", location=where, hint=f"move it away: mv {self.path} ELSEWHERE"
            )
        return FileError(
            f"{self.what} is where the lock would stand",
            location=where,
            hint=f"it is nobody's lock: rm {self.path}, or --break-lock",
        )


def busy(path: str) -> FileError:
    """Return what is in the way where nobody holds a lock for long."""
    return FileError("busy: others change it all the time", location=Location(path), hint="try again")


def look(path: str) -> Holder | None:
    """Return who holds a lock file; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return _odd(path, found)
    handle = _open(path)
    if handle < 0:
        if not os.path.lexists(path):
            return None
        # kubectl makes it 0000 and empty; a kcfg of another user has words in it
        return Holder(path, found, OTHER if found.st_size else KUBECTL, what="a lock of another user")
    try:
        return _judged(path, handle)
    finally:
        os.close(handle)


def remove_dead(path: str) -> bool:
    """Remove the lock of a kcfg that is gone; return whether that was so."""
    return _remove(path, {GONE})


def break_lock(path: str) -> bool:
    """Remove a lock unless a kcfg that runs holds it, or a kubectl that has just made it; return whether it is gone."""
    found = look(path)
    if found is None:
        return True
    if found.kind == RUNNING or found.is_fresh or found.what == _KINDS[stat.S_IFDIR]:
        return False
    return _remove(path, {GONE, KUBECTL, OTHER}) or _remove_closed(path)


def _remove_closed(path: str) -> bool:
    """Remove what cannot be opened: a link, kubectl's 0000. Only one at a time: the next one finds a kcfg's own."""
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        if flock(folder) is False:
            return False
        handle = _open(path)
        if handle >= 0:
            os.close(handle)
            return False
        os.unlink(path)
        return True
    except OSError:
        return not os.path.lexists(path)
    finally:
        os.close(folder)


def _remove(path: str, kinds: set[str]) -> bool:
    """Remove a lock of one of these kinds, with its flock in hand: nobody else can do the same."""
    handle = _open(path)
    if handle < 0:
        return False
    try:
        free = flock(handle) is not False
        gone = free and _judged(path, handle).kind in kinds and is_at(handle, path)
        if gone:
            os.unlink(path)
        return gone
    except OSError:
        return False
    finally:
        os.close(handle)


def _open(path: str) -> int:
    for mode in (os.O_RDWR, os.O_RDONLY):  # NFS gives a flock only to who may write
        try:
            return os.open(path, mode | _FLAGS)
        except OSError:
            continue
    return -1


def _judged(path: str, handle: int) -> Holder:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        return _odd(path, found)
    text = os.pread(handle, 200, 0).decode("ascii", "replace")
    words = text.partition("\n")[0].split()
    free = flock(handle)
    if free is False:
        return Holder(path, found, RUNNING, pid=words[0] if words and words[0].isdigit() else "unknown")
    if free and stat.S_IMODE(found.st_mode) == OURS and not text.strip("\0"):
        return Holder(path, found, GONE, pid="unknown")  # the power went: the name was on the disk, the words were not
    if not found.st_size:
        return Holder(path, found, KUBECTL)
    if len(words) != 2 or not words[0].isdigit():
        return Holder(path, found, OTHER, what="a file of others")
    # Without a flock the pid must do, as far as it can: another process may have got it.
    lives = free is None and words[1] == boot_id() and _runs(int(words[0]))
    return Holder(path, found, RUNNING if lives else GONE, pid=words[0])


def _odd(path: str, found: os.stat_result) -> Holder:
    return Holder(path, found, OTHER, what=_KINDS.get(stat.S_IFMT(found.st_mode), "no regular file"))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def boot_id() -> str:
    """Return what tells one boot of this machine from another."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            return file.read(100).decode().strip()
    except OSError:
        return "unknown"
