"""Kubeconfigs, their folders and locks, and the state folder: who can read and change them?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from kcfg.doctor.finding import NOTE, OK, PROBLEM, Finding, Surroundings
from kcfg.holder import GONE, OTHER, RUNNING
from kcfg.kubeconfig.file import is_null
from kcfg.lock import holder_of
from kcfg.state import state_dir

_KINDS = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
_OLD = 60  # seconds; kubectl holds its lock for milliseconds


def check(here: Surroundings) -> Iterator[Finding]:
    """Look at every kubeconfig of the search path, and at the state."""
    for path in here.kubeconfigs:
        yield from _kubeconfig(path)
        yield from _lock(path)
    yield from _state(state_dir(here.environ))


def _kubeconfig(path: str) -> Iterator[Finding]:
    area = "kubeconfig"
    try:
        found = os.stat(path)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        message = f"{path}: {'there is none yet' if missing else (error.strerror or 'cannot be read').lower()}"
        yield Finding(area, NOTE if missing else PROBLEM, message, "" if missing else "check its path and permissions")
        return
    if is_null(path):
        yield Finding(area, OK, f"{path}: an empty kubeconfig")
        return
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a device")
        yield Finding(area, PROBLEM, f"{path}: is {kind}, not a file", "let KUBECONFIG name a file, or move it away")
        return
    is_open = bool(found.st_mode & 0o055) and not _holds_secret(path)
    faults = list(_faults(area, path, found, 0o022 if is_open else 0o077))
    folder = os.path.dirname(os.path.realpath(path))
    mode = os.stat(folder).st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        faults.append(Finding(area, PROBLEM, f"{folder}: others can replace its files", f"chmod go-w {folder}"))
    private = "only you can change it, and it holds no secret" if is_open else "only you can read it"
    yield from faults or [Finding(area, OK, f"{path}: {private}")]


def _faults(area: str, path: str, found: os.stat_result, forbidden: int = 0o077) -> Iterator[Finding]:
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        yield Finding(area, PROBLEM, f"{path}: belongs to another user", f"sudo chown $(id -u) {path}")
    if os.name == "posix" and found.st_mode & forbidden:
        mode = stat.S_IMODE(found.st_mode)
        yield Finding(area, PROBLEM, f"{path}: others can read or change it (mode {mode:04o})", f"chmod go= {path}")


def _holds_secret(path: str) -> bool:
    """Return whether a kubeconfig holds a secret; one that cannot be read may."""
    from kcfg.errors import KcfgError
    from kcfg.files import read_bytes
    from kcfg.kubeconfig.document import text_holds_secret

    try:
        return text_holds_secret(read_bytes(path))
    except KcfgError:
        return True


def _lock(path: str) -> Iterator[Finding]:
    holder = holder_of(path)
    if holder is None:
        return
    file = holder.path
    if holder.kind in (RUNNING, GONE):
        message = "held by a kcfg that runs" if holder.kind == RUNNING else "left over; the next kcfg removes it"
        yield Finding("lock", NOTE, f"{file}: {message}")
    elif holder.kind == OTHER:
        error = holder.told()
        yield Finding("lock", PROBLEM, f"{file}: {error.message}", error.hint)
    elif holder.age < _OLD:
        yield Finding("lock", NOTE, f"{file}: kubectl is writing")
    else:
        message = f"{file}: a kubectl left it {_ago(int(holder.age))} ago, and no kubectl can write until it is gone"
        yield Finding("lock", PROBLEM, message, f"rm {file}")


def _ago(seconds: int) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if number := seconds // size:
            return f"{number} {unit}{'s' * (number > 1)}"
    return f"{seconds} seconds"


def _state(folder: str) -> Iterator[Finding]:
    area = "state"
    if not os.path.isdir(folder):
        yield Finding(area, NOTE, f"{folder}: there is none yet")
        return
    faults: list[Finding] = []
    for at, _, names in os.walk(folder):
        for path in (at, *(os.path.join(at, name) for name in names)):
            try:
                faults += _faults(area, path, os.lstat(path))
            except OSError:
                continue
    yield from faults[:5]
    if len(faults) > 5:
        yield Finding(area, PROBLEM, f"{folder}: {len(faults) - 5} more", f"chmod -R go= {folder}")
    if not faults:
        yield Finding(area, OK, f"{folder}: only you can read it")
