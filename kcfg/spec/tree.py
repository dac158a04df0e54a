"""Where a spec's files are: on the disk, or anything else that can be asked the same."""

from __future__ import annotations

import glob
import os
from typing import Protocol

from kcfg.files import read_bytes

has_magic = glob.has_magic


class Tree(Protocol):
    """Files by the names that a spec and its user give them."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises FileError."""

    def real(self, path: str) -> str:
        """Return the one name that a file has, whatever leads to it."""

    def is_file(self, path: str) -> bool:
        """Return whether there is such a file."""

    def is_dir(self, path: str) -> bool:
        """Return whether there is such a folder."""

    def exists(self, path: str) -> bool:
        """Return whether there is something of this name."""

    def glob(self, pattern: str) -> list[str]:
        """Return the names that match, sorted; `**` goes down any number of folders."""


class Disk:
    """The file system."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises FileError."""
        return read_bytes(path)

    def real(self, path: str) -> str:
        """Return the path without symbolic links."""
        return os.path.realpath(path)

    def is_file(self, path: str) -> bool:
        """Return whether there is such a file."""
        return os.path.isfile(path)

    def is_dir(self, path: str) -> bool:
        """Return whether there is such a folder."""
        return os.path.isdir(path)

    def exists(self, path: str) -> bool:
        """Return whether there is something of this name."""
        return os.path.exists(path)

    def glob(self, pattern: str) -> list[str]:
        """Return the names that match, sorted."""
        return sorted(glob.glob(pattern, recursive=True))


DISK = Disk()
