"""Where a spec's files are: on the disk, or anything else that can be asked the same."""

from __future__ import annotations

import os

from kcfg.boundary import Bounds
from kcfg.files import read_bytes
from kcfg.spec.globs import Globs, find_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

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
            """Return the names that match, sorted; `**` goes down any number of folders. Raises SpecError."""

        def below(self, root_file: str) -> Tree:
            """Return these files, but none that a spec with this root file may not reach."""


class Disk:
    """The file system; what is outside of the bounds, if there are any, cannot be read."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds
        self._globs = Globs(bounds)

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises FileError."""
        if self.bounds is not None:
            self.bounds.require(path)
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
        return self._globs.matches(pattern) if self.bounds is not None else find_matches(pattern)

    def below(self, root_file: str) -> Disk:
        """Return the files that a spec with this root file may reach."""
        return Disk(Bounds(root_file))


DISK = Disk()
