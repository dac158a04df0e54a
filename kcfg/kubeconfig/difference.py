"""Entries compared field by field, as kubectl understands them: an absent field is an empty one.

Pure. Certificates and keys are equal when their bytes are, however they are wrapped and whatever stands beside them;
what a secret store holds and nobody has read is `NOT_COMPARED`.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterable, Iterator

from kcfg.dataclass import dataclass
from kcfg.kubeconfig.fields import CERTIFICATES
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, entry_value
from kcfg.pem import certificates, private_key
from kcfg.yaml.plain import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EMPTY: tuple[object, ...] = ("", None, False, [], {})


class NotCompared:
    """Stands for a secret that was not read."""

    def __repr__(self) -> str:
        return "NOT_COMPARED"


NOT_COMPARED = NotCompared()


@dataclass(frozen=True, slots=True, repr=False)
class FieldChange:
    """One field that differs: its path in the entry, and both values as they are (they may be secret)."""

    path: tuple[str, ...]
    before: Any
    after: Any


def canonical(section: str, body: Body) -> Body:
    """Return a body in kubectl's order, with nothing that is empty, and unknown fields last."""
    wrapper = SECTIONS[section][0]
    return _filled(entry_value(section, Entry("", body), unknown=True)[wrapper])


def _filled(body: Body) -> Body:
    found = {field: value for field, value in body.items() if value not in _EMPTY}
    if "exec" in found:
        found["exec"] = {field: value for field, value in found["exec"].items() if value not in _EMPTY}
    return found


def compare(before: Body, after: Body) -> Iterator[FieldChange]:
    """Yield what differs between two canonical bodies, in their order."""
    yield from _compare((), before, after)


def equal(before: Body, after: Body) -> bool:
    """Return whether two canonical bodies mean the same."""
    return next(compare(before, after), None) is None


def not_compared(before: Body, after: Body) -> list[str]:
    """Return the fields whose values stayed unread on one side, though both have them."""
    return [
        ".".join(path)
        for path, value in _leaves((), after)
        if value is NOT_COMPARED and value_at(before, path) not in _EMPTY
    ]


def has_unread(body: Body | None) -> bool:
    """Return whether a body has a secret that was not read."""
    return any(value is NOT_COMPARED for _, value in _leaves((), body))


def _compare(path: tuple[str, ...], before: Body, after: Body) -> Iterator[FieldChange]:
    for field in [*after, *(field for field in before if field not in after)]:
        one, other, at = before.get(field), after.get(field), (*path, field)
        if _same_field(field, one, other):
            continue
        if field == "extensions":
            yield from _compare(at, by_name(one), by_name(other))
        elif field == "env" and path == ("exec",):
            yield from _compare(at, by_name(one, "value"), by_name(other, "value"))
        elif isinstance(one, dict) and isinstance(other, dict):
            yield from _compare(at, one, other)
        elif field == "exec":
            yield from _compare(at, one or {}, other or {})
        else:
            yield FieldChange(at, one, other)


def _same_field(field: str, one: object, other: object) -> bool:
    if one is NOT_COMPARED or other is NOT_COMPARED:
        # Whether an item holds a certificate beside the key is known only to who reads it.
        return field == "client-certificate-data" or (one not in _EMPTY and other not in _EMPTY)
    if same(one, other):
        return True
    if field == "client-key-data" and isinstance(one, str) and isinstance(other, str):
        key = _key_in(one)
        return key is not None and key == _key_in(other)
    if field in CERTIFICATES and isinstance(one, str) and isinstance(other, str):
        found = certificates_in(one)
        return bool(found) and found == certificates_in(other)
    return False


def certificates_in(data: str) -> list[bytes]:
    """Return the certificates (DER) in base64 text, as far as kubectl would read them."""
    try:
        return certificates(a2b_base64(data))
    except ValueError:
        return []


def _key_in(data: str) -> bytes | None:
    try:
        return private_key(a2b_base64(data))
    except ValueError:
        return None


def by_name(items: Any, field: str = "extension") -> Body:
    """Return a list of named items as a mapping; what has no name of its own stays apart by its place."""
    found: Body = {}
    for index, item in enumerate(items or []):
        name = item.get("name") if isinstance(item, dict) else None
        key = name if isinstance(name, str) and name not in found else f"[{index}]"
        found[key] = item.get(field) if isinstance(item, dict) and item.keys() <= {"name", field} else item
    return found


def _leaves(path: tuple[str, ...], value: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for field, item in value.items():
            if field == "env" and path == ("exec",):
                item = by_name(item, "value")  # noqa: PLW2901
            yield from _leaves((*path, field), item)
        return
    yield path, value


def value_at(body: Any, path: tuple[str, ...]) -> Any:
    """Return a field by its path, as `FieldChange` names it; None where there is none."""
    for index, field in enumerate(path):
        if field == "env" and path[:index] == ("exec",):
            body = {"env": by_name((body or {}).get("env"), "value")}
        if field == "extensions" and index == 0:
            body = {"extensions": by_name((body or {}).get("extensions"))}
        body = body.get(field) if isinstance(body, dict) else None
    return body
