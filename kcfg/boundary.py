"""The root: the nearest folder upward with a `.git`, else the folder itself. What a repository brings stays below it.

Reads may follow links that end below the root, as a mounted ConfigMap's do; writes and chmod follow none and touch
regular files of the user's own. `--allow-outside DIR` opens more to reads.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from contextvars import ContextVar

from kcfg.errors import FileError, Location
from kcfg.files import NO_FOLLOW, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class OutsideError(FileError):
    """A spec names a file that it may not reach."""


_outside: ContextVar[tuple[str, ...]] = ContextVar("outside", default=())


@contextmanager
def allow_outside(folders: Iterable[str]) -> Iterator[None]:
    """Let specs that are loaded inside of this block read below these folders too."""
    token = _outside.set((*_outside.get(), *map(os.path.realpath, folders)))
    try:
        yield
    finally:
        _outside.reset(token)


def repository_above(folder: str) -> str | None:
    """Return the nearest folder upward with a `.git`, as the path is spelled; None where there is none."""
    at = os.path.abspath(folder)
    while not os.path.lexists(os.path.join(at, ".git")):
        if at == (parent := os.path.dirname(at)):
            return None
        at = parent
    return at


def root_of(file: str) -> str:
    """Return the root of a file, without links."""
    folder = os.path.realpath(os.path.dirname(file) or ".")
    return repository_above(folder) or folder


class Bounds:
    """The folders that a spec may read, by its root file (`-`: the working directory)."""

    def __init__(self, root_file: str) -> None:
        folder = os.path.realpath(os.path.dirname(root_file) or ".")
        repository = repository_above(folder)
        self.root = repository or folder
        self._allowed = [self.root, *_outside.get()]
        if repository is None and os.path.islink(root_file):
            # No repository brought this link: it is the user's own.
            target = os.path.dirname(os.path.realpath(root_file))
            self._allowed.append(repository_above(target) or target)

    def require(self, path: str) -> None:
        """Raise FileError where a path leads out, or into a repository's own `.git`."""
        real = os.path.realpath(path)
        inside = next((folder for folder in self._allowed if is_below(real, folder)), None)
        if inside is None:
            raise OutsideError(
                f"leads out of {self.root}",
                location=Location(path),
                hint=f"what a spec names stays below its repository; --allow-outside {_folder_of(real)} lets it out",
            )
        if ".git" in os.path.relpath(real, inside).split(os.sep):
            raise OutsideError("a spec reads nothing of .git", location=Location(path), hint="name another file")


def _folder_of(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path)


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is a folder or stands below it, by its spelling."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def require_plain(path: str, folder: str | None = None) -> None:
    """Raise FileError where an output would go through a link, or onto something that is no regular file.

    Looked at is what stands below the repository, or below `folder` (that of the file, if not given) outside of one:
    what leads there is the user's own.
    """
    full = os.path.abspath(path)
    at = os.path.abspath(folder) if folder is not None else os.path.dirname(full)
    at = repository_above(at) or at
    steps = os.path.relpath(full, at).split(os.sep)
    for step in steps:
        at = os.path.join(at, step)
        try:
            found = os.lstat(at)
        except OSError:  # it is not there yet, or the write itself tells what is wrong
            return
        if stat.S_ISLNK(found.st_mode):
            raise FileError(
                "a symbolic link: nothing is written through it",
                location=Location(_spelled(path, at)),
                hint=f"name what it leads to: {os.path.realpath(at)}; or remove it",
            )
    if not stat.S_ISREG(found.st_mode) and not (stat.S_ISDIR(found.st_mode) and full == os.path.abspath(folder or "")):
        raise FileError("not a regular file", location=Location(path), hint="move it out of the way")


def _spelled(path: str, at: str) -> str:
    return at if os.path.isabs(path) else os.path.relpath(at)


def require_not_led_out(path: str) -> None:
    """Raise FileError where a link of a repository leads an output out of it, such as one to `~/.bashrc`.

    A single file that the user names may be a link of their own; a repository's links end below it.
    """
    full = os.path.abspath(path)
    repository = repository_above(os.path.dirname(full))
    if repository is not None and not is_below(os.path.realpath(full), os.path.realpath(repository)):
        raise FileError(
            "a symbolic link of this repository that leads out of it",
            location=Location(path),
            hint=f"name what it leads to: {os.path.realpath(full)}",
        )


def tighten(path: str, mode: int, root: str) -> bool:
    """Set the mode of a file that `can_tighten` says yes to; return whether it changed. Never follows a link."""
    if not can_tighten(path, root):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise refusal(path, error) from None
    try:
        found = os.fstat(handle)
        if not _is_own(found) or stat.S_IMODE(found.st_mode) == mode:
            return False
        os.fchmod(handle, mode)
    except OSError as error:
        raise refusal(path, error) from None
    finally:
        os.close(handle)
    return True


def can_tighten(path: str, root: str) -> bool:
    """Return whether kcfg may change the mode of a file: below `root`, no link, regular, the user's own, no program."""
    try:
        return is_below(os.path.realpath(path), os.path.realpath(root)) and _is_own(os.lstat(path))
    except (OSError, ValueError):
        return False


def _is_own(found: os.stat_result) -> bool:
    own = found.st_uid == getattr(os, "geteuid", lambda: found.st_uid)()
    return stat.S_ISREG(found.st_mode) and own and not found.st_mode & 0o111 and found.st_nlink == 1
