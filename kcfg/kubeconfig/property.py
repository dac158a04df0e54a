"""`set` and `unset`: kubectl's dotted property paths, resolved without reflection.

A name inside a path may hold dots: it ends where the next part is a field of the entry. Fields have client-go's
internal names (`act-as`); the kubeconfig's own (`as`) are understood too.
"""

from __future__ import annotations

import binascii

from kcfg.dataclass import NamedTuple
from kcfg.errors import KubeconfigError
from kcfg.kubeconfig.changes import Changes
from kcfg.kubeconfig.decode import strict_base64
from kcfg.kubeconfig.fields import (
    BOOL,
    BYTES,
    CLUSTERS,
    IMPERSONATION,
    PREFERENCES,
    STRING,
    TOP,
    USERS,
    by_section,
    names,
)
from kcfg.kubeconfig.model import SECTIONS

_INTERNAL = {f"act-{name}": name for name in IMPERSONATION}
_FIELDS = by_section() | {USERS: (*names(USERS), *_INTERNAL)}
_BOOLEANS = {*names(CLUSTERS, BOOL), *names(PREFERENCES, BOOL)}
_SCALARS = {name for each in by_section(STRING, BYTES, BOOL).values() for name in each}
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


class Property(NamedTuple):
    """A parsed path: `clusters` + entry name + field, or a field at the top."""

    section: str
    name: str | None
    field: str | None


def parse_property(path: str) -> Property:
    """Resolve a dotted path. Raises KubeconfigError in kubectl's words."""
    first, *rest = path.split(".")
    if first in SECTIONS:
        if not rest:
            return Property(first, None, None)
        at = next((index for index, part in enumerate(rest[1:], 1) if part in _FIELDS[first]), len(rest))
        name, fields = ".".join(rest[:at]), [_INTERNAL.get(part, part) for part in rest[at:]]
        if len(fields) > 1:
            raise _unparsable(path)
        return Property(first, name, fields[0] if fields else None)
    if first == "preferences" and len(rest) == 1 and rest[0] in names(PREFERENCES):
        return Property(first, None, rest[0])
    if first in names(TOP) and not rest:
        return Property(first, None, None)
    raise _unparsable(path)


def _unparsable(path: str) -> KubeconfigError:
    return KubeconfigError(
        f"unable to parse one or more field values of {path}",
        hint="for example clusters.NAME.server, users.NAME.tokenFile, contexts.NAME.namespace, current-context",
    )


def set_property(changes: Changes, where: Property, value: str, *, raw_bytes: bool = False) -> None:
    """Set one field, creating its entry if needed."""
    if where.section in ("kind", "apiVersion"):
        return  # kubectl says it is set, and writes what it always writes
    if where.section == "current-context":
        changes.set_current_context(value)
    elif where.section == "preferences" and where.field == "colors":
        _set_colors(changes, colors=_boolean(value))
    elif where.field is None or where.field not in _SCALARS:
        raise KubeconfigError("can't set a map or a list to a value", hint="name a single field")
    else:
        assert where.name is not None
        body = changes.body(where.section, where.name) or {}
        body[where.field] = _typed(where.field, value, raw_bytes=raw_bytes)
        changes.put(where.section, where.name, body, tidy_paths=False)


def unset_property(changes: Changes, where: Property) -> None:
    """Remove a field, an entry or a whole section; what is not there is no error, a field of no entry is one."""
    if where.section == "current-context":
        changes.set_current_context("")
    elif where.section in ("preferences", "extensions"):
        _unset_top(changes, where)
    elif where.section not in SECTIONS:
        return
    elif where.name is None:
        for name in changes.config.section(where.section):
            changes.remove(where.section, name)
    elif where.field is None:
        if where.name in changes.config.section(where.section):
            changes.remove(where.section, where.name)
    else:
        body = changes.body(where.section, where.name)
        if body is None:
            raise KubeconfigError(f"current map key `{where.name}` is invalid")
        body.pop(where.field, None)
        changes.put(where.section, where.name, body, tidy_paths=False)


def _set_colors(changes: Changes, *, colors: bool) -> None:
    says = _first_with(changes, Property("preferences", None, "colors"))
    if colors != (says is not None):  # one file that says true is enough, and the one to change
        value = changes.top("preferences", says)
        kept = value if isinstance(value, dict) else {}
        changes.set_top("preferences", {**kept, "colors": colors}, says)


def _unset_top(changes: Changes, where: Property) -> None:
    path = _first_with(changes, where)
    if path is None:
        return
    value = changes.top(where.section, path)
    if isinstance(value, dict) and where.field is not None:
        del value[where.field]
        changes.set_top(where.section, value, path)
    else:
        changes.set_top(where.section, {} if where.section == "preferences" else [], path)


def _first_with(changes: Changes, where: Property) -> str | None:
    """Return the first file that says something there: false, {} and [] say nothing."""

    def says(value: object) -> bool:
        if not isinstance(value, dict):
            return bool(value)
        return any(value.values()) if where.field is None else bool(value.get(where.field))

    return next((path for path in changes.paths() if says(changes.top(where.section, path))), None)


def _typed(field: str, value: str, *, raw_bytes: bool) -> object:
    if field in _BOOLEANS:
        return _boolean(value)
    if not field.endswith("-data"):
        return value
    if raw_bytes:
        return binascii.b2a_base64(value.encode(), newline=False).decode("ascii")
    try:
        decoded = strict_base64(value.replace("\n", "").replace("\r", ""))
    except (binascii.Error, ValueError):
        raise KubeconfigError(
            "error decoding input value: not valid base64", hint="--set-raw-bytes encodes it"
        ) from None
    return binascii.b2a_base64(decoded, newline=False).decode("ascii")


def _boolean(value: str) -> bool:
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise KubeconfigError("expected true or false", hint="Go's spellings: 1, t, true, 0, f, false")
