"""What ends when: certificate authorities, client certificates and tokens of a spec or of kubeconfigs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kcfg.errors import KcfgError
from kcfg.expiry import token_expiry
from kcfg.lint.rules.certificates import certificates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.lint.subject import Item, Subject

_HOURS = {"h": 1, "d": 24, "w": 168}


@dataclass(frozen=True, slots=True, order=True)
class Ending:
    """One thing that ends: when (RFC 3339), what it is, whose, the contexts that stop working, where it stands."""

    ends: str
    kind: str
    name: str
    contexts: tuple[str, ...]
    where: str


def endings(subject: Subject) -> list[Ending]:
    """Return what ends, the first one first; what does not say when is left out."""
    return sorted(set(_found(subject)))


def _found(subject: Subject) -> Iterator[Ending]:
    for item, field, certificate in certificates(subject):
        kind = "certificate-authority" if item.section == "clusters" else "client-certificate"
        yield _ending(subject, item, kind, certificate.ends, field)
    for user, path, token in subject.tokens():
        if ends := token_expiry(token):
            yield _ending(subject, user, "token", ends, *path)


def _ending(subject: Subject, item: Item, kind: str, ends: str, *path: str) -> Ending:
    return Ending(ends, kind, item.name, contexts_of(subject, item), str(item.locate(*path)))


def contexts_of(subject: Subject, item: Item) -> tuple[str, ...]:
    """Return the contexts that refer to a cluster or user."""
    field = item.section.removesuffix("s")
    return tuple(sorted({each.name for each in subject.contexts if each.text(field) == item.name}))


def parse_duration(text: str) -> int:
    """Return the hours of `30d`, `12h` or `4w`."""
    found = re.fullmatch(r"(\d{1,6})([hdw])", text)
    if found is None:
        raise KcfgError(f"--within: not a time: {text!r}", hint="write 30d, 12h or 4w")
    return int(found[1]) * _HOURS[found[2]]
