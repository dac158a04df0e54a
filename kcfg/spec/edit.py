"""Edits of spec files that change only the lines they concern: comments, order and style of all else stay.

Pure: sources in, bytes out. An entry changes in the file that declares it; a new one goes to the file that declares
most of its kind.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kcfg.closest import suggest
from kcfg.errors import KcfgError, Location, SpecError
from kcfg.spec.json6902 import spoken
from kcfg.spec.parse import fields_at
from kcfg.yaml.edit import edit_text
from kcfg.yaml.parse import parse_yaml_documents
from kcfg.yaml.plain import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kcfg.spec.spec import Declared, Source, Spec

WRAPPERS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_VIA = ("auth", "service-account", "via")
_MARKER = re.compile(r"(?m)^---(?=\s|$)")
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
Value = dict[str, Any]


class SpecEdit:
    """The documents of a spec while a command works on them."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._values: dict[int, Value] = {}

    def value(self, source: Source) -> Value:
        """Return a document's value, to be changed."""
        return self._values.setdefault(id(source), _copied(source.document.value))

    def find(self, section: str, name: str) -> Declared[Any]:
        """Return an entry that stands in a file. Raises SpecError where there is none, or a matrix makes it."""
        entries: Mapping[str, Declared[Any]] = getattr(self.spec, section)
        kind = WRAPPERS[section]
        if name not in entries:
            raise SpecError(f"the spec declares no {kind} {name!r}", hint=suggest(name, list(entries), ""))
        declared = entries[name]
        if declared.path[0] == "generate":
            raise SpecError(
                f"{kind} {name!r} is made by a matrix",
                location=declared.source.locate(declared.path),
                hint="change the template or the matrix there",
            )
        return declared

    def body(self, declared: Declared[Any]) -> Value:
        """Return the mapping that holds an entry's fields as written: its wrapper's, if it has one."""
        item: Value = self.item(declared)
        wrapper = item.get(WRAPPERS[str(declared.path[0])])
        return wrapper if isinstance(wrapper, dict) else item

    def item(self, declared: Declared[Any]) -> Value:
        """Return an entry's mapping, its name included."""
        section, index = declared.path
        found: Value = self.value(declared.source)[str(section)][int(index)]
        return found

    def add(self, section: str, entry: Value) -> Source:
        """Add an entry to the document that declares most of its kind; return that document."""
        source = self.home(section)
        value = self.value(source)
        value[section] = [*(value.get(section) or []), entry]
        return source

    def home(self, section: str) -> Source:
        """Return the document that declares most entries of a section; the root where none does."""
        counts = Counter(id(each.source) for each in getattr(self.spec, section).values() if each.path[0] == section)
        most = max(counts.values(), default=0)
        return next((each for each in self.spec.sources if counts[id(each)] == most and most), self.spec.root)

    def remove(self, declared: Declared[Any]) -> None:
        """Remove an entry; the places of the others are as before until the edit is done."""
        section, index = declared.path
        self.value(declared.source)[str(section)][int(index)] = None

    def references(self, section: str, name: str) -> Iterator[tuple[Source, Value | list[Any], Any]]:
        """Yield (document, mapping or list, its key) of everything that names an entry literally."""
        kind = WRAPPERS[section]
        for source in self.spec.sources:
            for at, key in _places(self.value(source), section, kind):
                if at[key] == name:
                    yield source, at, key

    def changed(self) -> list[Source]:
        """Return the documents that differ, in the order of the spec."""
        return [
            source
            for source in self.spec.sources
            if id(source) in self._values
            and not same(_without_removed(self._values[id(source)]), source.document.value)
        ]

    def files(self, read: Any) -> dict[str, bytes]:
        """Return the new bytes of every file that differs; `read` gives its bytes as they are."""
        wanted: dict[str, dict[int, Value]] = {}
        for source in self.changed():
            if source.file == "-":
                raise KcfgError("standard input cannot be changed", hint="name the spec with -f")
            siblings = [each for each in self.spec.sources if each.file == source.file]
            wanted.setdefault(source.file, {})[siblings.index(source)] = _without_removed(self._values[id(source)])
        return {path: edit_documents(read(path), path, values) for path, values in wanted.items()}


def _copied(value: Any) -> Value:
    found: Value = copy.deepcopy(value)
    return found


def _without_removed(value: Value) -> Value:
    return {
        key: [each for each in item if each is not None] if key in WRAPPERS and isinstance(item, list) else item
        for key, item in value.items()
    }


def _places(value: Value, section: str, kind: str) -> Iterator[tuple[Any, Any]]:
    """Yield every place where a document may name an entry of a section."""
    environments = [each for each in value.get("environments") or [] if isinstance(each, dict)]
    if section == "contexts":
        yield from ((at, "current-context") for at in (value, *environments) if "current-context" in at)
        for each in environments:
            names = (each.get("select") or {}).get("names") or []
            yield from ((names, index) for index in range(len(names)))
    else:
        contexts = [each for each in value.get("contexts") or [] if isinstance(each, dict)]
        templates = [each.get("context") for each in value.get("generate") or [] if isinstance(each, dict)]
        for each in (*contexts, *(one for one in templates if isinstance(one, dict))):
            inner = each.get("context")
            at = inner if isinstance(inner, dict) else each
            if kind in at:
                yield at, kind
    if section == "users":
        yield from _vias(value)
    for each in environments:
        for patch in each.get("patches") or []:
            target = patch.get("target") if isinstance(patch, dict) else None
            if isinstance(target, dict):
                if "name" in target and str(target.get("kind")).lower() == kind:
                    yield target, "name"
                yield from _patched(patch, str(target.get("kind")), kind)


def _patched(patch: dict[str, Any], changes: str, kind: str) -> Iterator[tuple[Any, Any]]:
    """Yield every place where a patch of an entry sets a field that names one of a kind."""
    for path in [(kind,)] if changes == "Context" else [_VIA] if changes == "User" and kind == "user" else []:
        yield from _at(patch.get("merge"), path)
        for each in patch.get("json6902") or []:
            steps = tuple(spoken(str(each.get("path")))) if isinstance(each, dict) else ()
            if steps == path[: len(steps)]:
                yield from _at(each, ("value", *path[len(steps) :]))


def _at(value: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """Yield the mapping that has a path's last field, with that field, if there is one."""
    for key in path[:-1]:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict) and path[-1] in value:
        yield value, path[-1]


def _vias(value: Value) -> Iterator[tuple[Any, Any]]:
    """Yield every place where a user that is a service account says by whose credential."""
    users: list[Any] = list(value.get("users") or [])
    users += [each.get("user") for each in value.get("generate") or [] if isinstance(each, dict)]
    for each in users:
        inner = each.get("user") if isinstance(each, dict) else None
        yield from _at(inner if isinstance(inner, dict) else each, _VIA)


def edit_documents(raw: bytes, path: str, wanted: dict[int, Value]) -> bytes:
    """Return a file's bytes with documents (by their number) changed to what is wanted."""
    if raw.startswith(_UTF16):
        raise KcfgError("only UTF-8 files can be changed", location=Location(path), hint="convert the file")
    text = raw.removeprefix(_BOM).decode()
    chunks = _chunks(text, path)
    for index, value in wanted.items():
        chunks[index] = _edited(chunks[index], path, value)
    return (_BOM if raw.startswith(_BOM) else b"") + "".join(chunks).encode()


def _chunks(text: str, path: str) -> list[str]:
    """Split a text at its document markers."""
    documents = parse_yaml_documents(text.encode(), path)
    if len(documents) <= 1:
        return [text]
    starts = [found.start() for found in _MARKER.finditer(text)]
    if len(starts) == len(documents):
        starts[0] = 0  # what stands before the first marker belongs to the first document
    else:
        starts.insert(0, 0)
    chunks = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    values = [each.value for each in documents]
    if len(chunks) != len(values) or [_first(chunk, path) for chunk in chunks] != values:
        raise SpecError("the documents of this file cannot be told apart", location=Location(path))
    return chunks


def _first(chunk: str, path: str) -> object:
    found = parse_yaml_documents(chunk.encode(), path)
    return found[0].value if len(found) == 1 else None


def _edited(text: str, path: str, wanted: Value) -> str:
    """Edit in steps, so that a new entry gets its fields in the models' order: one more of them in each step."""
    (document,) = parse_yaml_documents(text.encode(), path)
    before: Any = document.value
    known = {section: len(before.get(section) or []) for section in WRAPPERS}  # new entries stand behind these
    longest = max((len(each) for section, at in known.items() for each in (wanted.get(section) or [])[at:]), default=1)
    for size in range(1, longest + 1):
        step = dict(wanted)
        for section, at in known.items():
            if items := wanted.get(section):
                step[section] = [*items[:at], *(_head(section, each, size) for each in items[at:])]
        text = edit_text(text, path, step, with_comments=True)
    return text


def _head(section: str, entry: Value, size: int) -> Value:
    order = {name: index for index, name in enumerate(fields_at((section,)))}
    keys = sorted(entry, key=lambda key: order.get(key, len(order)))
    return {key: entry[key] for key in keys[:size]}
