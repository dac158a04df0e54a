"""A kubeconfig as data: typed envelopes, opaque bodies. Field names and order are client-go's."""

from __future__ import annotations

from kcfg.kubeconfig.fields import (
    ALWAYS,
    CLUSTERS,
    CONTEXTS,
    EMPTY,
    ENV,
    EXEC,
    EXTENSIONS,
    FIELDS,
    LISTS,
    MAP,
    PREFERENCES,
    PROVIDER,
    USERS,
    names,
)
from kcfg.yaml.lines import read_item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    Body = dict[str, Any]
else:
    Body = dict  # `typing` costs every command two milliseconds

# Each section's entry, and the fields of that.
SECTIONS = {section: (section[:-1], names(section)) for section in (CLUSTERS, USERS, CONTEXTS)}


class Text:
    """The lines of one entry inside a file's bytes: kubectl's own form, so that printing it gives the same lines."""

    __slots__ = ("end", "raw", "section", "start")

    def __init__(self, raw: bytes, section: str, start: int, end: int) -> None:
        self.raw = raw
        self.section = section
        self.start = start
        self.end = end

    def __bytes__(self) -> bytes:
        return self.raw[self.start : self.end]

    def body(self) -> Body:
        """Return the fields."""
        found: Body = read_item(bytes(self).decode())[SECTIONS[self.section][0]]
        return found

    def get(self, field: str) -> str | None:
        """Return the text behind a field of the body (deeper ones with their blanks); None where there is none."""
        key = b"\n    " + field.encode() + b": "
        at = self.raw.find(key, self.start, self.end)
        if at < 0:
            return None
        value = self.raw[at + len(key) : self.raw.find(b"\n", at + 1, self.end)]
        return "" if value == b'""' else value.decode()


class Entry:
    """One named item: its body as plain values, and the file it came from.

    Unknown fields stay in the body; `beside` holds what stands next to `name` without meaning for kubectl. `text` are
    its lines in kubectl's form, if it has any: reading the body keeps them, setting it does not.
    """

    __slots__ = ("_body", "beside", "name", "origin", "text")

    def __init__(
        self,
        name: str,
        body: Body | None = None,
        *,
        origin: str = "",
        beside: Body | None = None,
        text: Text | None = None,
    ) -> None:
        self.name = name
        self.origin = origin
        self.text = text
        self.beside = beside or {}
        self._body = {} if body is None and text is None else body

    @property
    def body(self) -> Body:
        """The fields, not to be changed: whoever wants others sets a body of them."""
        if self._body is None:
            self._body = self.text.body() if self.text is not None else {}
        return self._body

    @body.setter
    def body(self, body: Body) -> None:
        self._body = body
        self.text = None

    def get(self, field: str) -> str:
        """Return a field that holds a text, or "": what only wants to look leaves the entry text."""
        if self.text is not None:
            return self.text.get(field) or ""
        return self.body.get(field) or ""

    def exec_command(self) -> str:
        """Return the command of an exec plugin, or ""."""
        if self.text is not None:
            return self.text.get("  command") or ""
        return (self.body.get("exec") or {}).get("command") or ""

    def set_text(self, text: Text) -> None:
        """Set other lines; what they mean is read from them when somebody asks."""
        self.text = text
        self._body = None

    def copy(self) -> Entry:
        """Return an entry whose name and fields can be set without changing this one's."""
        return Entry(self.name, self._body, origin=self.origin, beside=self.beside, text=self.text)

    def __repr__(self) -> str:
        return f"Entry({self.name!r})"  # never the body: it may hold a secret


class Kubeconfig:
    """Clusters, users and contexts by name; current-context, preferences and extensions beside them."""

    __slots__ = ("clusters", "contexts", "current_context", "extensions", "origin", "preferences", "unknown", "users")

    def __init__(self) -> None:
        self.clusters: dict[str, Entry] = {}
        self.users: dict[str, Entry] = {}
        self.contexts: dict[str, Entry] = {}
        self.current_context = ""
        self.preferences: Body = {}
        self.extensions: list[Body] = []
        self.unknown: Body = {}
        self.origin = ""  # the file, where it is one

    def section(self, name: str) -> dict[str, Entry]:
        """Return the entries of `clusters`, `users` or `contexts`."""
        found: dict[str, Entry] = getattr(self, name)
        return found

    def copy(self) -> Kubeconfig:
        """Return a kubeconfig whose entries can be changed without changing this one's."""
        other = Kubeconfig()
        for section in SECTIONS:
            entries = self.section(section).items()
            setattr(other, section, {name: entry.copy() for name, entry in entries})
        other.current_context = self.current_context
        other.preferences = dict(self.preferences)
        other.extensions = list(self.extensions)
        other.unknown = dict(self.unknown)
        other.origin = self.origin
        return other

    def to_value(self, *, unknown: bool = False) -> Body:
        """Return kubectl's canonical form: known fields in struct order, entries sorted by name.

        With `unknown`, fields that kubectl does not know are kept too.
        """
        value = self.top_value(unknown=unknown)
        for section in SECTIONS:
            value[section] = entries_value(section, self.section(section), unknown=unknown)
        return value

    def top_value(self, *, unknown: bool = False) -> Body:
        """Return the same with nothing in its sections."""
        value: Body = {"kind": "Config", "apiVersion": "v1"}
        preferences = _printed(PREFERENCES, self.preferences)
        if unknown:
            preferences = _with_items(preferences | _foreign(self.preferences, names(PREFERENCES)), self.preferences)
        if preferences:
            value["preferences"] = preferences  # empty ones are written by kubectl up to 1.33 only
        value |= {**dict.fromkeys(SECTIONS), "current-context": self.current_context}
        if self.extensions:
            value["extensions"] = _extensions(self.extensions, unknown=unknown)
        return value | self.unknown if unknown else value


def name_of(item: Body | None) -> str:
    """Return the name of an item of a section's list, as written."""
    return (item or {}).get("name") or ""


def entries_value(section: str, entries: dict[str, Entry], *, unknown: bool = False) -> list[Body] | None:
    """Return a section as kubectl prints it; an empty one is null."""
    return [entry_value(section, entries[name], unknown=unknown) for name in in_order(entries)] or None


def in_order(entries: Collection[str]) -> list[str]:
    """Return names in kubectl's order: by their bytes."""
    if all(map(str.isascii, entries)):
        return sorted(entries)
    return sorted(entries, key=lambda name: name.encode("utf-8", "surrogatepass"))


def entry_value(section: str, entry: Entry, *, unknown: bool = False) -> Body:
    """Return one item of a section's list."""
    wrapper, fields = SECTIONS[section]
    body = _printed(section, entry.body)
    if not unknown:
        return {"name": entry.name, wrapper: body}
    return {"name": entry.name, wrapper: _with_unknown(body, entry.body, fields)} | entry.beside


def _with_unknown(known: Body, body: Body, fields: tuple[str, ...]) -> Body:
    """Return a user's, cluster's or context's fields with those that kubectl drops, at every depth."""
    value = known | _foreign(body, fields)
    for field in known.keys() & {"exec", "auth-provider"}:
        value[field] = _filled_up(known[field], body[field])
    if known.get("exec", {}).get("env"):
        value["exec"]["env"] = list(map(_filled_up, known["exec"]["env"], body["exec"]["env"]))
    return _with_items(value, body)


def _with_items(value: Body, body: Body) -> Body:
    """Return a value whose extensions have what stands beside `name` and `extension`, too."""
    return value | ({"extensions": _extensions(found, unknown=True)} if (found := body.get("extensions")) else {})


def _filled_up(known: Body, body: Body | None) -> Body:
    return known | {key: item for key, item in (body or {}).items() if key not in known}


def _foreign(body: Body, fields: tuple[str, ...]) -> Body:
    return {key: item for key, item in body.items() if key not in fields}


def _printed(part: str, body: Body) -> Body:
    value: Body = {}
    for field, kind, is_always, empty in _ROWS[part]:
        found = body.get(field)
        if found is None:
            if is_always:
                value[field] = empty
        elif found or is_always or kind in _ROWS:  # an empty struct is printed as soon as it is there
            value[field] = _PRINTED[kind](found) if kind in _PRINTED else found
    return value


def _extensions(extensions: list[Body], *, unknown: bool = False) -> list[Body]:
    known = [{"name": each.get("name", ""), "extension": _sorted(each.get("extension"))} for each in extensions]
    found = list(map(_filled_up, known, extensions)) if unknown else known
    return sorted(found, key=lambda each: str(each["name"]).encode())


def _sorted(value: object) -> object:
    """Return a Go map's order: keys by their bytes, at every depth."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: str(key).encode())}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


_ROWS = {part: [(row[0], row[1], ALWAYS in row, EMPTY.get(row[1])) for row in rows] for part, rows in FIELDS.items()}
_PRINTED: dict[str, Callable[[Any], Any]] = {
    EXEC: lambda body: _printed(EXEC, body),
    PROVIDER: lambda body: _printed(PROVIDER, body),
    ENV: lambda items: [_printed(ENV, each or {}) for each in items],
    EXTENSIONS: _extensions,
    LISTS: _sorted,
    MAP: _sorted,
}
