"""Files that are not written yet, over those of the disk: a spec is checked before it touches anything."""

from __future__ import annotations

import os
from collections.abc import Mapping

from kcfg.boundary import Bounds
from kcfg.spec.files import Disk


class Overlay(Disk):
    """The disk as it will be."""

    def __init__(self, files: Mapping[str, bytes], bounds: Bounds | None = None) -> None:
        super().__init__(bounds)
        self._files = {os.path.abspath(path): content for path, content in files.items()}

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises FileError."""
        found = self._files.get(os.path.abspath(path))
        return super().read(path) if found is None else found

    def real(self, path: str) -> str:
        """Return the path without symbolic links."""
        return os.path.abspath(path) if os.path.abspath(path) in self._files else super().real(path)

    def is_file(self, path: str) -> bool:
        """Return whether there is, or will be, such a file."""
        return os.path.abspath(path) in self._files or super().is_file(path)

    def exists(self, path: str) -> bool:
        """Return whether there is, or will be, something of this name."""
        return os.path.abspath(path) in self._files or super().exists(path)

    def below(self, root_file: str) -> Overlay:
        """Return the files that a spec with this root file may reach."""
        return Overlay(self._files, Bounds(root_file))
