"""The files of a spec onto the disk. Nothing is written over but, if asked, the root, which goes last and in one step:
killed anywhere, there is the old spec, the new one, or none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from kcfg.adopt.plan import ROOT
from kcfg.boundary import require_plain
from kcfg.errors import FileError, Location
from kcfg.files import make_folder, read_if_exists, write_atomic
from kcfg.spec.root import FILE_NAMES


def require_free(directory: str, *, force: bool) -> None:
    """Raise FileError where a spec is already, unless it is to be replaced."""
    if os.path.lexists(directory) and not os.path.isdir(directory):
        raise FileError("not a folder", location=Location(directory), hint="--into names a folder")
    found = [name for name in FILE_NAMES if os.path.lexists(os.path.join(directory, name))]
    if found and (not force or found != [ROOT]):
        path = os.path.join(directory, found[0])
        hint = "--unmanaged adds to it; --force replaces it" if found == [ROOT] else "choose another folder"
        raise FileError("a spec is here already", location=Location(path), hint=hint)


def write_spec(directory: str, files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Write files, the root last; return (path, what happened) of each."""
    done = []
    for path in files:
        require_plain(os.path.join(directory, path), directory)
    for path in sorted(files, key=lambda path: (path == ROOT, path)):
        full = os.path.join(directory, path)
        before = read_if_exists(full)
        word = "created" if before is None else "unchanged" if before == files[path] else "configured"
        if word != "unchanged":
            make_folder(full)
            write_atomic(full, files[path], mode=0o644)
        done.append((full, word))
    return done
