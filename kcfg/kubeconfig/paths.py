"""Paths inside a kubeconfig: relative ones start at the folder of the file that names them."""

from __future__ import annotations

import os

from kcfg.kubeconfig.fields import PATH_FIELDS
from kcfg.kubeconfig.model import Entry, Kubeconfig


def near(directory: str, path: str) -> str:
    """Return a path as kubectl writes it into a changed entry: relative at or below `directory`, else absolute.

    kubectl does the same to `exec.command`, where `./plugin` becomes `plugin` and is looked up in PATH; kcfg does not.
    """
    absolute = os.path.normpath(os.path.join(directory, path))
    relative = os.path.relpath(absolute, directory)
    return absolute if relative == ".." or relative.startswith("../") else relative


def relocate(config: Kubeconfig, directory: str | None) -> Kubeconfig:
    """Return a copy whose relative paths are right in another folder; absolute if that is not known."""
    result = config.copy()
    for section, fields in PATH_FIELDS.items():
        for entry in result.section(section).values():
            _relocate(entry, fields, directory)
    return result


def _relocate(entry: Entry, fields: tuple[str, ...], directory: str | None) -> None:
    origin = os.path.dirname(os.path.abspath(entry.origin)) if entry.origin else os.getcwd()
    if origin == directory:
        return
    for field in fields:
        if path := entry.get(field):
            entry.body = {**entry.body, field: _moved(path, origin, directory)}
    command = entry.exec_command()
    if "/" in command:  # a bare name is looked up in PATH
        moved = _moved(command, origin, directory)
        stanza = {**entry.body["exec"], "command": moved if "/" in moved else f"./{moved}"}
        entry.body = {**entry.body, "exec": stanza}


def _moved(path: str, origin: str, directory: str | None) -> str:
    if os.path.isabs(path):
        return path
    absolute = os.path.normpath(os.path.join(origin, path))
    return absolute if directory is None else os.path.relpath(absolute, directory)
