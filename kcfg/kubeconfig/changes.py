"""What a command wants of several files, and what kubectl's writing commands do: which file an entry belongs to.

Pure: files in, edits out. Reading never changes an entry. Existing entries change where they are; new ones, and
current-context, go to the first file that exists (the last of the list if none does).
"""

from __future__ import annotations

import os

from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.fields import PATH_FIELDS
from kcfg.kubeconfig.merge import merge
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig, entry_value
from kcfg.yaml.plain import copy_value, same

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kcfg.kubeconfig.document import KubeconfigFile


class Changes:
    """The files of a search path while a command works on them; `written` are those that were, at the end."""

    def __init__(self, files: Sequence[KubeconfigFile], home: str) -> None:
        self.files = files
        self.written: list[str] = []
        self._files = {file.path: file for file in files}
        self._edits = {file.path: Edits() for file in files}
        self._gone: set[tuple[str, str, str]] = set()
        self._referring: dict[tuple[str, str], list[tuple[str, str]]] | None = None
        self._home = home
        self.config: Kubeconfig = files[0].config if len(files) == 1 else merge(file.config for file in files)

    def wanted(self) -> list[tuple[KubeconfigFile, Edits]]:
        """Return every file that should differ, with its edits."""
        return [(file, edits) for file in self.files if (edits := self._edits[file.path]).entries or edits.top]

    def edits(self, path: str) -> Edits:
        """Return the edits of a file, to be added to."""
        return self._edits[path]

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
        item = self._item(self.owner(section, name), section, name)
        body: Body | None = copy_value(item.get(SECTIONS[section][0]) or {}) if item is not None else None
        return body

    def put(self, section: str, name: str, body: Body, *, tidy_paths: bool = True) -> None:
        """Create or change an entry; the paths of a changed one become what kubectl's `set-*` commands write."""
        path = self.owner(section, name)
        existing = self._item(path, section, name)
        if existing is not None and same(existing.get(SECTIONS[section][0]) or {}, body):
            return
        for field in PATH_FIELDS[section] if tidy_paths else ():
            if body.get(field):
                from kcfg.kubeconfig.paths import near

                body[field] = near(os.path.dirname(os.path.abspath(path)), body[field])
        self._edits[path].entries[section, name] = edited_item(section, name, existing, body)

    def remove(self, section: str, name: str, path: str | None = None) -> str:
        """Remove an entry from a file (default: the one that gives it); return that file."""
        path = path or self.owner(section, name)
        self._gone.add((path, section, name))
        self._edits[path].entries[section, name] = None
        return path

    def rename(self, section: str, old: str, new: str) -> None:
        """Rename an entry where it stands."""
        path = self.owner(section, old)
        self._edits[path].entries[section, old] = {**(self._item(path, section, old) or {}), "name": new}
        self._gone.add((path, section, old))

    def set_current_context(self, name: str) -> None:
        """Set current-context in the first file; an empty name clears it in the first file that sets it."""
        if name == self.config.current_context:
            return
        path = self._home
        if not name:
            path = next(path for path, file in self._files.items() if file.config.current_context)
        self._edits[path].top["current-context"] = name

    def current_context(self) -> str:
        """Return what counts after the changes: that of the first file that sets one."""
        tops = ((self._edits[path].top, file.config.current_context) for path, file in self._files.items())
        return next((each for top, before in tops if (each := top.get("current-context", before))), "")

    def clear_current_context(self, names: Iterable[str]) -> None:
        """Clear it in every file that sets it to one of these contexts, unless a file still has that."""
        for path, current in self.current_contexts():
            if current in names and not any(self.holds("contexts", current, each) for each in self._files):
                self._edits[path].top["current-context"] = ""

    def rename_current_context(self, path: str, name: str) -> None:
        """Set current-context where a file sets it."""
        self._edits[path].top["current-context"] = name

    def current_contexts(self) -> list[tuple[str, str]]:
        """Return (file, current-context) of every file that sets one; the first counts."""
        return [(path, current) for path, file in self._files.items() if (current := file.config.current_context)]

    def set_top(self, field: str, value: object, path: str | None = None) -> None:
        """Set a field at the top of a file (default: the first one)."""
        self._edits[path or self._home].top[field] = value

    def top(self, field: str, path: str | None = None) -> object:
        """Return a field at the top of a file."""
        path = path or self._home
        found: object = copy_value(self._edits[path].top.get(field, self._files[path].top(field)))
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
        item = self._item(path, "contexts", context) or {}
        body = {**(item.get("context") or {}), SECTIONS[section][0]: name}
        self._edits[path].entries["contexts", context] = edited_item("contexts", context, item, body)

    def _item(self, path: str, section: str, name: str) -> Body | None:
        """Return an entry of a file as it is by now, not to be changed; None where there is none."""
        edits = self._edits[path].entries
        return edits[section, name] if (section, name) in edits else self._files[path].item(section, name)


def edited_item(section: str, name: str, item: Body | None, body: Body) -> Body:
    """Return an item with other fields: what stands beside them stays. A new one is written as kubectl writes it."""
    if item is None:
        return entry_value(section, Entry(name, body), unknown=True)
    return {**item, SECTIONS[section][0]: body}


def check_value(value: Body, source: str) -> None:
    """Raise KubeconfigError where a value is no kubeconfig."""
    from kcfg.kubeconfig.decode import decode
    from kcfg.yaml.parse import Document

    document = Document("", source, None)
    document.value = value
    decode(document)
