"""Private folders of files that vanish with the process that made them: for systems and programs without `kcfg.memory`.

A folder stays locked as long as its kcfg lives, so the next one can tell what a killed one left, and sweeps it.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress

from kcfg.errors import FileError, Location
from kcfg.files import NO_FOLLOW, refusal
from kcfg.memory import fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Folder:
    """A private folder (0700) for files (0600) of one run; `close` removes it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        base = _made(_base(environ))
        with _locked(base):  # else a sweep would see the folder before its lock
            self.path = os.path.join(base, f"{os.getpid()}-{os.urandom(6).hex()}")
            os.mkdir(self.path, 0o700)
            self._handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._handle, fcntl.LOCK_EX)

    def write(self, name: str, content: bytes, mode: int = 0o600) -> str:
        """Write a file, or replace its content in place; return its path."""
        path = os.path.join(self.path, name)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fill(handle, content)
                os.fchmod(handle, mode)
            finally:
                os.close(handle)
        except OSError as error:
            raise refusal(path, error) from None
        return path

    def close(self) -> None:
        """Remove the folder with everything in it."""
        _remove(self.path)
        os.close(self._handle)


class File:
    """One file in a folder of its own: `Memory` for programs that want a real file, or systems that have no better."""

    def __init__(self, content: bytes, environ: Mapping[str, str]) -> None:
        self._folder = Folder(environ)
        try:
            self.path = self._folder.write("config", content)
        except BaseException:
            self._folder.close()
            raise

    def replace(self, content: bytes) -> None:
        """Put another content in the place of this one."""
        self._folder.write("config", content)

    def close(self) -> None:
        """Remove it."""
        self._folder.close()


def sweep(environ: Mapping[str, str]) -> None:
    """Remove the folders whose kcfg was killed."""
    base = _base(environ)
    try:
        if not _is_private(os.lstat(base)):
            return
        with _locked(base):
            for name in os.listdir(base):
                _sweep(os.path.join(base, name))
    except OSError:  # what cannot be swept now is swept later
        return


def _sweep(path: str) -> None:
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | NO_FOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        finally:
            os.close(handle)


class _locked:  # noqa: N801  (used as `with _locked(base):`)
    def __init__(self, folder: str) -> None:
        self._handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def _base(environ: Mapping[str, str]) -> str:
    runtime = environ.get("XDG_RUNTIME_DIR") or ""
    if os.path.isabs(runtime) and os.path.isdir(runtime):
        return os.path.join(runtime, "kcfg")
    found = next((path for path in _temporary(environ) if os.path.isabs(path) and os.path.isdir(path)), "/tmp")  # noqa: S108
    return os.path.join(found, f"kcfg-{os.geteuid()}")


def _temporary(environ: Mapping[str, str]) -> Iterator[str]:
    yield from (environ.get(name) or "" for name in ("TMPDIR", "TMP", "TEMP"))


def _made(base: str) -> str:
    try:
        with suppress(FileExistsError):
            os.mkdir(base, 0o700)
        if not _is_private(os.lstat(base)):
            raise FileError(
                "not a folder of yours alone (0700): it is not used",
                location=Location(base),
                hint="remove it, or set XDG_RUNTIME_DIR to a private folder",
            )
    except OSError as error:
        raise refusal(base, error) from None
    return base


def _is_private(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _remove(path: str) -> None:
    from shutil import rmtree

    rmtree(path, ignore_errors=True)
