"""What kubectl's writing commands do to the files of a search path: which file an entry belongs to, and its new value.

Pure: files in, wanted values out. Existing entries change where they are; new ones, and current-context, go to the
first file that exists (the last of the list if none does).
"""

from __future__ import annotations

import os

from kcfg.kubeconfig.fields import PATH_FIELDS
from kcfg.kubeconfig.merge import merge
from kcfg.kubeconfig.model import (
    SECTIONS,
    Body,
    Entry,
    Kubeconfig,
    NeedsMoreError,
    copy_value,
    entry_value,
    same,
)

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kcfg.kubeconfig.file import KubeconfigFile


class Changes:
    """The files of a search path while a command works on them."""

    def __init__(self, files: Sequence[KubeconfigFile], home: str) -> None:
        self._files = {file.path: file for file in files}
        self._values = {file.path: copy_value(file.value) for file in files}
        self._places: dict[tuple[str, str], dict[str, list[int]]] = {}
        self._gone: set[tuple[str, str, str]] = set()
        self._referring: dict[tuple[str, str], list[tuple[str, str]]] | None = None
        self._home = home
        self.config: Kubeconfig = merge(file.config for file in files)

    def wanted(self) -> dict[str, Body]:
        """Return the new value of every file that should differ."""
        self._close()
        return {path: value for path, value in self._values.items() if not same(value, self._files[path].value)}

    def take(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """Read entries (file, section, name) that a command is going to change, together.

        Raises NeedsMoreError, once, where they still are text.
        """
        if [True for path, section, name in entries if self._files[path].need(section, name)]:
            raise NeedsMoreError

    def owner(self, section: str, name: str) -> str:
        """Return the file that an entry lives in, or would go to."""
        return next((path for path in self._files if self.holds(section, name, path)), self._home)

    def holds(self, section: str, name: str, path: str) -> bool:
        """Return whether a file has an entry: it was read there, and neither removed nor renamed since."""
        return name in self._files[path].config.section(section) and (path, section, name) not in self._gone

    def counts(self, section: str, name: str, path: str) -> bool:
        """Return whether a file's entry is the one that the list had before any change: no file before has another."""
        found = self.config.section(section).get(name)
        return found is not None and found.origin == path

    def body(self, section: str, name: str) -> Body | None:
        """Return an entry's fields as written, to be changed and put back; None if there is no such entry."""
        if name not in self.config.section(section):
            return None
        item = self._item(self.owner(section, name), section, name)
        body: Body = copy_value(item.get(SECTIONS[section][0]) or {})
        return body

    def put(self, section: str, name: str, body: Body, *, tidy_paths: bool = True) -> None:
        """Create or change an entry; the paths of a changed one become what kubectl's `set-*` commands write."""
        path = self.owner(section, name)
        wrapper = SECTIONS[section][0]
        existing = self._item(path, section, name) if name in self._files[path].config.section(section) else None
        if existing is not None and same(existing.get(wrapper) or {}, body):
            return
        for field in PATH_FIELDS[section] if tidy_paths else ():
            if body.get(field):
                from kcfg.kubeconfig.paths import near

                body[field] = near(os.path.dirname(os.path.abspath(path)), body[field])
        if existing is None:
            items = self._list(path, section)
            self._found(path, section).setdefault(name, []).append(len(items))
            items.append(entry_value(section, Entry(name, body), unknown=True))
        else:
            existing[wrapper] = body

    def remove(self, section: str, name: str, path: str | None = None) -> str:
        """Remove an entry from a file (default: the one that gives it); return that file."""
        path = path or self.owner(section, name)
        self.take([(path, section, name)])
        self._gone.add((path, section, name))
        for at in self._found(path, section).pop(name):
            self._list(path, section)[at] = None
        return path

    def rename(self, section: str, old: str, new: str) -> None:
        """Rename an entry where it stands."""
        path = self.owner(section, old)
        self._item(path, section, old)["name"] = new
        found = self._found(path, section)
        found.setdefault(new, []).append(found[old].pop(0))
        self._gone.add((path, section, old))

    def set_current_context(self, name: str) -> None:
        """Set current-context in the first file; an empty name clears it in the first file that sets it."""
        if name == self.config.current_context:
            return
        path = self._home
        if not name:
            path = next(path for path, file in self._files.items() if file.config.current_context)
        self._value(path)["current-context"] = name

    def current_context(self) -> str:
        """Return what counts after the changes: that of the first file that sets one."""
        return next((each for path in self._files if (each := self._values[path].get("current-context"))), "")

    def clear_current_context(self, names: Iterable[str]) -> None:
        """Clear it in every file that sets it to one of these contexts, unless a file still has that."""
        for path, current in self.current_contexts():
            if current in names and not any(self.holds("contexts", current, each) for each in self._files):
                self._value(path)["current-context"] = ""

    def rename_current_context(self, path: str, name: str) -> None:
        """Set current-context where a file sets it."""
        self._value(path)["current-context"] = name

    def current_contexts(self) -> list[tuple[str, str]]:
        """Return (file, current-context) of every file that sets one; the first counts."""
        return [(path, current) for path, file in self._files.items() if (current := file.config.current_context)]

    def set_top(self, field: str, value: object, path: str | None = None) -> None:
        """Set a field at the top of a file (default: the first one)."""
        self._close()
        self._value(path or self._home)[field] = value

    def top(self, field: str, path: str | None = None) -> object:
        """Return a field at the top of a file."""
        self._close()
        found: object = copy_value(self._values[path or self._home].get(field))
        return found

    def paths(self) -> list[str]:
        """Return the files, in order."""
        return list(self._files)

    def references(self, section: str, name: str) -> list[tuple[str, str]]:
        """Return (file, context) of every context, shadowed ones too, that refers to a cluster or user."""
        if self._referring is None:
            self._referring = {}
            for path, file in self._files.items():
                for context, entry in file.config.contexts.items():
                    for each in ("clusters", "users"):
                        target = each, str(entry.get(SECTIONS[each][0]))
                        self._referring.setdefault(target, []).append((path, context))
        return self._referring.get((section, name), [])

    def meant(self, section: str, name: str, path: str) -> str:
        """Return the file whose cluster or user a context of a file means: its own before the one that counts."""
        return path if self.holds(section, name, path) else self.owner(section, name)

    def uses(self, section: str, name: str, path: str) -> list[tuple[str, str]]:
        """Return (file, context) of what would lose its meaning, in the list or in its file alone, without an entry.

        A shadowed context of another file does not if that file has an entry of the name.
        """
        counting = path == self.owner(section, name)
        return [
            (file, context)
            for file, context in self.references(section, name)
            if self.holds("contexts", context, file)
            and (
                file == path
                or (counting and (not self.holds(section, name, file) or self.counts("contexts", context, file)))
            )
        ]

    def others(self, section: str, name: str, path: str) -> list[str]:
        """Return the other files that have an entry of this name: shadowed ones, or the next to count."""
        return [other for other in self._files if other != path and self.holds(section, name, other)]

    def refer(self, path: str, context: str, section: str, name: str) -> None:
        """Let a context of one file refer to another cluster or user."""
        item = self._item(path, "contexts", context)
        item["context"] = {**(item.get("context") or {}), SECTIONS[section][0]: name}

    def _value(self, path: str) -> Body:
        if self._files[path].is_empty and not self._values[path]:
            self._values[path] = Kubeconfig().to_value()
        value: Body = self._values[path]
        return value

    def _list(self, path: str, section: str) -> list[Body | None]:
        value = self._value(path)
        if not isinstance(value.get(section), list):
            value[section] = []
        items: list[Body | None] = value[section]
        return items

    def _found(self, path: str, section: str) -> dict[str, list[int]]:
        """Return where in a file's list the items of each name are; what was removed leaves a hole until `_close`."""
        if (path, section) not in self._places:
            items = self._list(path, section)
            items[:] = [item or {} for item in items]
            found = self._places[path, section] = {}
            for at, item in enumerate(items):
                found.setdefault((item or {}).get("name") or "", []).append(at)
        return self._places[path, section]

    def _close(self) -> None:
        for path, section in self._places:
            items = self._list(path, section)
            items[:] = [item for item in items if item is not None]
        self._places.clear()

    def _item(self, path: str, section: str, name: str) -> Body:
        """Return an entry that a file has. Raises NeedsMoreError, once, where it still is text."""
        self.take([(path, section, name)])
        item = self._list(path, section)[self._found(path, section)[name][0]]
        assert item is not None, "a removed item keeps no place"
        return item


def check_value(value: Body, source: str) -> None:
    """Raise KubeconfigError where a value is no kubeconfig."""
    from kcfg.kubeconfig.decode import decode
    from kcfg.yamldoc import Document

    document = Document("", source, None)
    document.value = value
    decode(document)
