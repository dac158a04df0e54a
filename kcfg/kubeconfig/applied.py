"""What kcfg last wrote into one kubeconfig: the names of entries and a salted digest of each, never contents.

Pure: `kcfg.apply.live` reads it from the disk. What is about to be written stands in `pending` until the file is
there, so that a kill at any moment leaves the truth: each entry is judged by what it is now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b

from kcfg.dataclass import dataclass, field
from kcfg.kubeconfig.model import SECTIONS, Body, Kubeconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CURRENT = "current-context"
FILE = "file"  # what two whole files say beside their entries
Key = tuple[str, str]
VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """An entry that kcfg wrote: for which spec, the digest of it, and of a context that of all but its namespace."""

    spec: str
    digest: str
    rest: str = ""


@dataclass(slots=True)
class Applied:
    """The managed entries of one kubeconfig, by section and name; current-context has the section of that name."""

    salt: bytes
    entries: dict[Key, Record] = field(default_factory=dict)
    pending: dict[Key, Record | None] = field(default_factory=dict)

    def digest(self, value: Any) -> str:
        """Return the salted digest of a canonical body."""
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
        return self.digest_bytes(text.encode("utf-8", "surrogatepass"))

    def digest_bytes(self, data: bytes) -> str:
        """Return the salted digest of bytes."""
        return blake2b(data, key=self.salt, digest_size=16).hexdigest()

    def settled(self, actual: Mapping[Key, Body]) -> dict[Key, Record]:
        """Return what is managed: a pending write counts where the file shows that it happened."""
        found = dict(self.entries)
        for key, record in self.pending.items():
            if record is None and key not in actual:
                found.pop(key, None)
            elif record is not None and key in actual and self._shows(key, actual[key], record):
                found[key] = record
        return found

    def record(self, spec: str, key: Key, body: Any) -> Record:
        """Return the record of an entry that is written for a spec."""
        return Record(spec, self.digest(body), self.digest(without_namespace(body)) if key[0] == "contexts" else "")

    def is_rest(self, body: Body, record: Record) -> bool:
        """Return whether a context is as kcfg wrote it, but for its namespace."""
        return self.digest(without_namespace(body)) == record.rest

    def _shows(self, key: Key, body: Body, record: Record) -> bool:
        return self.digest(body) == record.digest or (key[0] == "contexts" and self.is_rest(body, record))

    def ended(self) -> Applied:
        """Return what is managed once all that was pending is written."""
        found: dict[Key, Record | None] = {**self.entries, **self.pending}
        return Applied(self.salt, {key: record for key, record in found.items() if record is not None})

    def to_value(self) -> dict[str, Any]:
        """Return it as JSON values."""
        value: dict[str, Any] = {"version": VERSION, "salt": self.salt.hex(), "entries": {}, "pending": {}}
        for group in ("entries", "pending"):
            records: Mapping[Key, Record | None] = getattr(self, group)
            for (section, name), record in records.items():
                stored = (
                    None if record is None else [record.spec, record.digest, *([record.rest] if record.rest else [])]
                )
                value[group].setdefault(section, {})[name] = stored
        return value

    @classmethod
    def from_value(cls, value: Mapping[str, Any], new_salt: bytes) -> Applied:
        """Return it from JSON values; what is not there or damaged counts as never written."""
        try:
            salt = bytes.fromhex(value["salt"])
            blake2b(key=salt)  # as long as a salt can be
            entries = {key: record for key, record in _records(value["entries"]) if record is not None}
            return cls(salt, entries, dict(_records(value["pending"])))
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls(new_salt)


def without_namespace(body: Body) -> Body:
    """Return a context's body without the field that is the user's."""
    return {field: value for field, value in body.items() if field != "namespace"}


def _records(groups: Mapping[str, Mapping[str, Any]]) -> list[tuple[Key, Record | None]]:
    return [
        ((section, name), None if stored is None else Record(*map(str, stored[:3])))
        for section, names in groups.items()
        for name, stored in names.items()
    ]


def canonical_entries(config: Kubeconfig, only: set[Key] | None = None) -> dict[Key, Body]:
    """Return every entry's canonical body, or those of `only`, current-context as an entry of its own."""
    from kcfg.kubeconfig.difference import canonical

    found = {
        (section, name): canonical(section, entry.body)
        for section in SECTIONS
        for name, entry in config.section(section).items()
        if only is None or (section, name) in only
    }
    if config.current_context:
        found[CURRENT, ""] = {CURRENT: config.current_context}
    return found


def whole_entries(config: Kubeconfig) -> dict[Key, Body]:
    """Return the same with all that kubectl does not read, and what stands beside the entries as one of its own."""
    from kcfg.kubeconfig.difference import by_name

    found = canonical_entries(config)
    for section in SECTIONS:
        for name, entry in config.section(section).items():
            if entry.beside:
                found[section, name] = found[section, name] | {"beside name": entry.beside}
    preferences = {key: each for key, each in config.preferences.items() if each and key != "extensions"}
    preferences |= {f"extensions.{name}": each for name, each in by_name(config.preferences.get("extensions")).items()}
    rest = {"preferences": preferences, "extensions": config.extensions, "fields": config.unknown}
    found[FILE, ""] = {key: each for key, each in rest.items() if each}
    return found
