"""The files of a spec onto the disk, all or none of them. Nothing is written over but, if asked, the root."""

from __future__ import annotations

import os
from collections.abc import Mapping

from kcfg.boundary import require_plain
from kcfg.commit import settle
from kcfg.errors import FileError, Location
from kcfg.git.guard import require_private
from kcfg.importing.plan import ROOT
from kcfg.lock import remove_left_over
from kcfg.scan import find_secrets
from kcfg.spec.find import FILE_NAMES
from kcfg.transaction import edit_files


def require_free(directory: str, *, force: bool) -> None:
    """Raise FileError where a spec is already, unless it is to be replaced."""
    settle()
    if os.path.lexists(directory) and not os.path.isdir(directory):
        raise FileError("not a folder", location=Location(directory), hint="--into names a folder")
    found = [name for name in FILE_NAMES if os.path.lexists(os.path.join(directory, name))]
    for name in found:
        remove_left_over(os.path.join(directory, name))
    if found and (not force or found != [ROOT]):
        path = os.path.join(directory, found[0])
        hint = "--unmanaged adds to it; --force replaces it" if found == [ROOT] else "choose another folder"
        raise FileError("a spec is here already", location=Location(path), hint=hint)


def write_spec(directory: str, files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Write files, the root last; return (path, what happened) of each."""
    order = sorted(files, key=lambda path: (path == ROOT, path))
    contents = {os.path.join(directory, path): files[path] for path in order}
    for path, content in contents.items():
        require_plain(path, directory)
        if path.endswith(".yaml") and find_secrets(content, path):
            require_private(path)
    existed = {path for path in contents if os.path.exists(path)}
    wrote = edit_files({path: lambda _, data=data: data for path, data in contents.items()}, mode=0o644)  # type: ignore[misc]
    return [
        (path, "unchanged" if path not in wrote else "configured" if path in existed else "created")
        for path in contents
    ]
