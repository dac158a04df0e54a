"""Files in $XDG_RUNTIME_DIR that only their owner can read, where that folder is memory and not a disk."""

from __future__ import annotations

import os
import stat

from kcfg.errors import FileError
from kcfg.files import read_bytes, unlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MEMORY = ("tmpfs", "ramfs")
_MOST = 1 << 20


class RuntimeFiles:
    """Entries as files of a folder, 0600 each."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.name = f"files in {folder}, which is memory"

    def get(self, name: str) -> bytes | None:
        """Return an entry; None where there is none."""
        try:
            return read_bytes(os.path.join(self.folder, name), limit=_MOST)
        except FileError:
            return None

    def put(self, name: str, data: bytes, seconds: int) -> bool:
        """Keep an entry; False where it cannot be written. Its time is the reader's matter: a file has none."""
        del seconds
        from kcfg.files import write_atomic

        if len(data) > _MOST:
            return False
        try:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            write_atomic(os.path.join(self.folder, name), data, secret=True)
        except (OSError, FileError):
            return False
        return True

    def drop(self, name: str) -> None:
        """Remove an entry."""
        unlink(os.path.join(self.folder, name))

    def names(self) -> list[str]:
        """Return the names of all entries."""
        try:
            return sorted(name for name in os.listdir(self.folder) if "." not in name)
        except OSError:
            return []


def open_runtime(prefix: str, environ: Mapping[str, str]) -> RuntimeFiles | None:
    """Return the place in the user's runtime folder; None where there is none, or it is not what it should be."""
    folder = environ.get("XDG_RUNTIME_DIR") or ""
    if not os.path.isabs(folder) or not is_private_memory(folder):
        return None
    return RuntimeFiles(os.path.join(folder, "kcfg", prefix.rstrip(":").replace(":", "-")))


def is_private_memory(folder: str) -> bool:
    """Return whether a folder is in memory, its user's own, and closed to everybody else."""
    try:
        found = os.lstat(folder)
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        return False
    return _kind_of(found.st_dev) in _MEMORY


def _kind_of(device: int) -> str:
    """Return the type of a mounted file system; "" for one that nobody knows. See proc_pid_mountinfo(5)."""
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                before, _, after = line.partition(" - ")
                if before.split(" ", 3)[2] == wanted:
                    return after.partition(" ")[0]
    except (OSError, IndexError):
        pass
    return ""
