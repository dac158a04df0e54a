"""What certificates say about themselves. Of the common shape it is read here; what is rare there, `x509` says.

Only for what `certificate` takes: every element is known to be where it is looked for. tests/laws compares each fact
with what `cryptography` says.
"""

from __future__ import annotations

from kcfg.dataclass import dataclass
from kcfg.expiry import element, moment

_SET_NAMES = {3: "CN", 6: "C", 7: "L", 8: "ST", 10: "O", 11: "OU", 5: "2.5.4.5"}  # of 2.5.4, as RFC 4514 names them
_ESCAPED = frozenset('"+,;<>\\\0')
RSA, TRUE = bytes.fromhex("300d06092a864886f70d0101010500"), bytes.fromhex("0101ff")
_CONSTRAINTS = bytes.fromhex("0603551d13")
_STRONG = 2048  # bits of an RSA key


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says about itself; moments as RFC 3339 texts."""

    subject: str
    starts: str
    ends: str
    weakness: str
    is_authority: bool


def common_facts(der: bytes) -> Certificate | None:
    """Return what a certificate of the common shape says; None where a name has escapes, or the key is short."""
    _, at, _ = element(der, 0)
    _, at, _ = element(der, at)
    parts = []
    for _ in ("version", "serialNumber", "signature", "issuer", "validity", "subject", "key", "extensions"):
        _, start, end = element(der, at)
        parts.append((start, end))
        at = end
    (start, _), subject, key, extensions = parts[4:]
    _, _, after = element(der, start)
    name = _name(der, *subject)
    if name is None or _is_short(der[slice(*key)]):
        return None
    return Certificate(name, moment(der, start), moment(der, after), "", _is_authority(der, *extensions))


def _elements(der: bytes, at: int, end: int) -> list[tuple[int, int]]:
    """Return where the content of each element of a part begins and ends."""
    found = []
    while at < end:
        _, start, at = element(der, at)
        found.append((start, at))
    return found


def _name(der: bytes, at: int, end: int) -> str | None:
    """Return a name as RFC 4514 writes it: the last attribute first."""
    written = []
    for start, _ in _elements(der, at, end):
        _, inner, behind = element(der, start)
        (_, kind), value = _elements(der, inner, behind)
        text = der[slice(*value)].decode()
        if text[0] in " #" or text[-1] == " " or not _ESCAPED.isdisjoint(text):
            return None
        written.append(f"{_SET_NAMES[der[kind - 1]]}={text}")
    return ",".join(reversed(written))


def _is_short(key: bytes) -> bool:
    if not key.startswith(RSA):
        return False  # of the others only strong ones are common
    _, at, _ = element(key, len(RSA))
    _, at, _ = element(key, at + 1)  # behind the count of unused bits
    _, start, end = element(key, at)
    return int.from_bytes(key[start:end], "big").bit_length() < _STRONG


def _is_authority(der: bytes, at: int, _end: int) -> bool:
    _, start, end = element(der, at)
    for inside in _elements(der, start, end):
        one = der[slice(*inside)]
        if one.startswith(_CONSTRAINTS):
            value, stop = _elements(one, 0, len(one))[-1]
            return TRUE in one[value:stop]
    return False
