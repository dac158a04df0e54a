"""Where a kubeconfig for one command stands: in memory on Linux, else in a private file that is removed.

Memory is a file without a name, `/proc/PID/fd/N` of the process that holds it: it ends with that process, however that
ends. A file lies in a folder (0700) named by process, which the next start removes if its process is gone.
"""

from __future__ import annotations

import os
import tempfile

from kcfg.errors import FileError, Location
from kcfg.files import NO_FOLLOW, refusal, unlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "run-"


def has_memory() -> bool:
    """Return whether this system has files without a name that other processes can open."""
    return hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd")


def in_memory(content: bytes, *, inherited: bool) -> str:
    """Put a kubeconfig (0600) where this process and its children can open it; return that path.

    With `inherited` it stays when this process becomes another program.
    """
    handle = os.memfd_create("kcfg", 0)
    os.fchmod(handle, 0o600)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.set_inheritable(handle, inherited)
    return f"/proc/{os.getpid()}/fd/{handle}"  # not /proc/self: that would be another process for each reader


def in_file(content: bytes, name: str, environ: Mapping[str, str]) -> str:
    """Write a kubeconfig (0600) into this process's private folder; return its path. Raises FileError."""
    folder = os.path.join(_base(environ), f"{_PREFIX}{os.getpid()}-{started(os.getpid())}")
    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        raise refusal(path, error) from None
    return path


def remove(environ: Mapping[str, str]) -> None:
    """Remove this process's files, and those of processes that are gone."""
    base = _base(environ)
    for name in os.listdir(base):
        pid, _, begin = name.removeprefix(_PREFIX).partition("-")
        if name.startswith(_PREFIX) and pid.isdecimal() and (int(pid) == os.getpid() or started(int(pid)) != begin):
            _remove_folder(os.path.join(base, name))


def started(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; "" if there is none, "0" where it cannot be known."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except FileNotFoundError:
        return _alive(pid)
    except OSError:
        return ""


def _alive(pid: int) -> str:
    if os.path.isdir("/proc/self"):
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "0"


def _remove_folder(folder: str) -> None:
    try:
        for name in os.listdir(folder):
            unlink(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:
        pass


def _base(environ: Mapping[str, str]) -> str:
    """Return kcfg's own folder for what ends with the login, made if need be. Raises FileError if it is not private."""
    runtime = environ.get("XDG_RUNTIME_DIR") or ""
    owner = os.getuid() if hasattr(os, "getuid") else 0
    base = os.path.join(runtime, "kcfg") if runtime else os.path.join(tempfile.gettempdir(), f"kcfg-{owner}")
    try:
        os.makedirs(base, mode=0o700, exist_ok=True)
        found = os.lstat(base)
    except OSError as error:
        raise refusal(base, error) from None
    if os.name == "posix" and (found.st_uid != owner or found.st_mode & 0o077 or not os.path.isdir(base)):
        hint = "remove it, or set XDG_RUNTIME_DIR"
        raise FileError("others could read what is in this folder", location=Location(base), hint=hint)
    return base
