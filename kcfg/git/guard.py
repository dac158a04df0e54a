"""The guard: no secret goes into a file that git may commit, or into a folder that everyone may change."""

from __future__ import annotations

import os
import stat
import sys

from kcfg.errors import FileError, KcfgError, Location
from kcfg.git.repository import first_committed, would_commit


def require_private(out: str, names: list[str] | None = None) -> None:
    """Refuse to write secrets where others, or git, would see them: the one gate for every file with a secret.

    With `names`, `out` is a folder, and those are the files that will be in it.
    """
    seen: str | None
    try:
        seen = (out if would_commit(out) else None) if names is None else first_committed(out, names)
    except KcfgError as error:
        raise FileError(
            f"refusing to write secrets where git may commit them; {error.message}",
            location=Location(out),
            hint=f"write outside of the repository{'; or ' if error.hint else ''}{error.hint}",
        ) from None
    if seen:
        raise FileError(
            "refusing to write secrets into a git work tree that does not ignore this file",
            location=Location(seen),
            hint="write outside of the repository, or add the file to .gitignore",
        )
    folder = os.path.realpath(out) if names is not None else os.path.dirname(os.path.realpath(out))
    try:
        mode = os.stat(folder).st_mode
    except OSError:
        return  # the write itself tells what is wrong
    if mode & 0o002 and not mode & 0o1000:
        raise FileError("refusing to write secrets into a folder that everyone may change", location=Location(folder))


def output_file() -> str | None:
    """Return the file that standard output was redirected into, where the system tells its name."""
    try:
        found = os.fstat(sys.stdout.fileno())
        if not stat.S_ISREG(found.st_mode):
            return None
        path = os.readlink(f"/proc/self/fd/{sys.stdout.fileno()}")
        return path if os.path.samestat(found, os.stat(path)) else None
    except (OSError, ValueError, AttributeError):
        return None
