"""A kubeconfig on the disk together with what kcfg remembers of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping

from kcfg.kubeconfig.applied import Applied
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.file import load_file
from kcfg.state import read_state, write_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Kubeconfig


class Live:
    """One kubeconfig as it is: the file, its meaning, and what kcfg last wrote into it."""

    __slots__ = ("applied", "environ", "file", "path", "remembered")

    def __init__(self, path: str, environ: Mapping[str, str]) -> None:
        self.path = path
        self.environ = environ
        self.file: KubeconfigFile = load_file(path)
        self.remembered = read_state(self.state_name, environ)
        self.applied = Applied.from_value(self.remembered, new_salt=os.urandom(16))
        if self.writing is not None and self._is_written():
            self.applied = self.applied.ended()

    @property
    def config(self) -> Kubeconfig:
        """What the file means."""
        return self.file.config

    @property
    def identity(self) -> str:
        """The name of this file's memory: two ways to one file share it."""
        return identity(self.path)

    @property
    def state_name(self) -> str:
        """Where its state is kept."""
        return f"targets/{self.identity}"

    def again(self) -> Live:
        """Read file and memory again."""
        return Live(self.path, self.environ)

    def is_as(self, other: Live) -> bool:
        """Return whether nothing changed between two readings."""
        return self.file.raw == other.file.raw and self.remembered == other.remembered

    def digest(self, raw: bytes | None) -> str:
        """Return the salted digest of a file's bytes; of a missing file it is empty."""
        return "" if raw is None else self.applied.digest_bytes(raw)

    @property
    def writing(self) -> int | None:
        """The number of the record of a write that was begun, and of whose end nobody told."""
        found = self.remembered.get("writing")
        return found if isinstance(found, int) else None

    def _is_written(self) -> bool:
        """Return whether the file is as the write that was begun was to leave it."""
        record = read_state(f"history/{self.identity}/{self.writing}", self.environ)
        return record.get("after") == self.digest(self.file.raw)

    def remember(self, applied: Applied, *, writing: int | None = None) -> None:
        """Keep what was applied; `writing`: what is about to be, by the number of its record."""
        value: dict[str, Any] = {"path": os.path.realpath(self.path), **applied.to_value()}
        if writing is not None:
            value["writing"] = writing
        if value != self.remembered:
            write_state(self.state_name, value, self.environ)
            self.remembered = value
        self.applied = applied


def identity(path: str) -> str:
    """Return a short name for a file, the same for every way to it."""
    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:24]


def open_live(path: str, environ: Mapping[str, str] | None = None) -> Live:
    """Read a kubeconfig (it may not exist yet) and what kcfg applied to it. Raises KcfgError."""
    return Live(path, os.environ if environ is None else environ)
