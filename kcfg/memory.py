"""Files without a name, in memory: what they hold is never on a disk, and is gone with the process that made them."""

from __future__ import annotations

import os

try:
    import fcntl
except ImportError:  # Windows: `has_memory` says no
    fcntl = None  # type: ignore[assignment]

# Scripts use the numbers up to 9 as they like, and shells the next ones; Linux gives a process 1024.
_ABOVE = 200


def has_memory() -> bool:
    """Return whether memory can be given a path that other processes open."""
    return hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd")


class Memory:
    """A content in memory of this process; it can be read by its path while the process lives.

    `inherited`: it stays when the process becomes another program. What is not `sealed` can be replaced.
    """

    def __init__(self, content: bytes, *, sealed: bool = True, inherited: bool = False) -> None:
        opened = os.memfd_create("kcfg", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            self._handle = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
            os.close(opened)
        except OSError:  # a low limit of open files
            self._handle = opened
        os.fchmod(self._handle, 0o600)
        self.replace(content)
        if sealed:
            seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self._handle, fcntl.F_ADD_SEALS, seals)
        os.set_inheritable(self._handle, inherited)
        # Not /proc/self: children of the program read it, too.
        self.path = f"/proc/{os.getpid()}/fd/{self._handle}"

    def replace(self, content: bytes) -> None:
        """Put another content in the place of this one, which is gone."""
        os.ftruncate(self._handle, 0)
        fill(self._handle, content)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)


def fill(handle: int, content: bytes) -> None:
    """Write all of a content at the beginning of an open file."""
    at = 0
    while at < len(content):
        at += os.pwrite(handle, content[at:], at)
