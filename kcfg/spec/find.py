"""Where a spec begins: the file that is named, or the nearest kcfg.yaml upward."""

from __future__ import annotations

import os
import re

from kcfg.errors import KcfgError, Location, SpecError
from kcfg.spec.files import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.files import Tree

FILE_NAMES = ("kcfg.yaml", "kcfg.yml", "kcfg.json")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")


def spec_name(name: str | None, folder: str) -> str:
    """Return what a new spec is called: as asked for, or after its folder."""
    from kcfg.secrets.ref import slug_key

    if name is None:
        slug = slug_key(os.path.basename(os.path.abspath(folder))).replace("_", "-")[:63].strip("-.")
        return slug or "kubeconfig"
    if not _NAME.fullmatch(name):
        raise KcfgError(f"--name {name!r}: use small letters, digits, dots and dashes", hint="for example `acme`")
    return name


def find_root(start: str | None, directory: str, tree: Tree = DISK) -> str:
    """Return the root file: of `-f FILE|DIR|-`, else the nearest kcfg.yaml upward from `directory`."""
    if start is not None:
        return in_directory(start, tree) if tree.is_dir(start) else start
    at = os.path.abspath(directory)
    while True:
        for name in FILE_NAMES:
            if tree.is_file(found := os.path.join(at, name)):
                if tree is DISK:
                    _require_own(found)
                return os.path.relpath(found, directory)
        if at == (parent := os.path.dirname(at)):
            raise SpecError("no kcfg.yaml here or in a folder above", hint="`kcfg init` writes one; or say -f FILE")
        at = parent


def in_directory(directory: str, tree: Tree) -> str:
    """Return the spec file that a folder stands for. Raises SpecError."""
    for name in FILE_NAMES:
        if tree.is_file(found := os.path.join(directory, name)):
            return found
    raise SpecError("the folder has no kcfg.yaml", location=Location(directory), hint="`kcfg init` writes one")


def _require_own(path: str) -> None:
    """Refuse a spec that somebody else put into a folder above, such as /tmp: name it, and it is read."""
    user = getattr(os, "geteuid", lambda: 0)()
    if user and os.stat(path).st_uid not in (user, 0):
        raise SpecError(
            "this spec belongs to another user", location=Location(path), hint=f"if you trust it: -f {path}"
        )
