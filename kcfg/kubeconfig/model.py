"""A kubeconfig as data: typed envelopes, opaque bodies. Field names and order are client-go's."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]

# (field, always printed) in the order of client-go's v1 structs.
CLUSTER_FIELDS = (
    "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data",
    "proxy-url", "disable-compression", "extensions",
)  # fmt: skip
USER_FIELDS = (
    "client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "as",
    "as-uid", "as-groups", "as-user-extra", "username", "password", "auth-provider", "exec", "extensions",
)  # fmt: skip
CONTEXT_FIELDS = ("cluster", "user", "namespace", "extensions")
EXEC_FIELDS = ("command", "args", "env", "apiVersion", "installHint", "provideClusterInfo", "interactiveMode")
_ALWAYS = frozenset(("server", "cluster", "user"))
_EXEC_ALWAYS: Body = {"command": "", "args": None, "env": None, "provideClusterInfo": False}
SECTIONS = {
    "clusters": ("cluster", CLUSTER_FIELDS),
    "users": ("user", USER_FIELDS),
    "contexts": ("context", CONTEXT_FIELDS),
}


class Entry:
    """One named item: its body as plain values, and the file it came from."""

    __slots__ = ("body", "name", "origin")

    def __init__(self, name: str, body: Body, *, origin: str = "") -> None:
        self.name = name
        self.body = body
        self.origin = origin

    def __repr__(self) -> str:
        return f"Entry({self.name!r})"  # never the body: it may hold a secret


class Kubeconfig:
    """Clusters, users and contexts by name; current-context, preferences and extensions beside them."""

    __slots__ = ("clusters", "contexts", "current_context", "extensions", "preferences", "users")

    def __init__(self) -> None:
        self.clusters: dict[str, Entry] = {}
        self.users: dict[str, Entry] = {}
        self.contexts: dict[str, Entry] = {}
        self.current_context = ""
        self.preferences: Body = {}
        self.extensions: list[Body] = []

    def section(self, name: str) -> dict[str, Entry]:
        """Return the entries of `clusters`, `users` or `contexts`."""
        found: dict[str, Entry] = getattr(self, name)
        return found

    def copy(self) -> Kubeconfig:
        """Return a kubeconfig whose entries can be changed without changing this one's."""
        other = Kubeconfig()
        for section in SECTIONS:
            entries = {n: Entry(n, dict(e.body), origin=e.origin) for n, e in self.section(section).items()}
            setattr(other, section, entries)
        other.current_context = self.current_context
        other.preferences = dict(self.preferences)
        other.extensions = list(self.extensions)
        return other

    def to_value(self) -> Body:
        """Return kubectl's canonical form: known fields in struct order, entries sorted by name."""
        value: Body = {"kind": "Config", "apiVersion": "v1", "preferences": self.preferences}
        for section in SECTIONS:
            value[section] = entries_value(section, self.section(section))
        value["current-context"] = self.current_context
        if self.extensions:
            value["extensions"] = _extensions(self.extensions)
        return value


def entries_value(section: str, entries: dict[str, Entry]) -> list[Body] | None:
    """Return a section as kubectl prints it; an empty one is null."""
    wrapper, fields = SECTIONS[section]
    names = sorted(entries, key=lambda name: name.encode("utf-8", "surrogatepass"))
    return [{"name": name, wrapper: _body(entries[name].body, fields)} for name in names] or None


def _body(body: Body, fields: tuple[str, ...]) -> Body:
    value: Body = {}
    for field in fields:
        found = body.get(field)
        if field in _ALWAYS:
            value[field] = found or ""
        elif field == "exec" and found is not None:
            value[field] = _exec(found)
        elif field == "extensions" and found:
            value[field] = _extensions(found)
        elif found:
            value[field] = found
    return value


def _exec(body: Body) -> Body:
    value: Body = {}
    for field in EXEC_FIELDS:
        if field in _EXEC_ALWAYS:
            value[field] = body.get(field, _EXEC_ALWAYS[field])
        elif body.get(field):
            value[field] = body[field]
    return value


def _extensions(extensions: list[Body]) -> list[Body]:
    return sorted(extensions, key=lambda each: str(each.get("name", "")).encode())
