"""What ends when: certificate authorities, client certificates and tokens of a spec or of kubeconfigs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kcfg.errors import KcfgError
from kcfg.expiry import token_validity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.lint.subject import Item, Subject

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Ending(NamedTuple):
    """One thing that ends: when (RFC 3339), what it is, whose, the contexts that stop working, where it stands.

    `starts` is when it begins to be valid; `ends` is empty for what never ends, and has not begun.
    """

    ends: str
    kind: str
    name: str
    contexts: tuple[str, ...]
    where: str
    starts: str = ""

    def status(self, now: str, limit: str) -> str:
        """Return `ended`, `early` (it is not valid yet), `soon` (it ends by `limit`) or `ok`."""
        if self.ends and self.ends <= now:
            return "ended"
        if self.starts > now:
            return "early"
        return "soon" if self.ends and self.ends <= limit else "ok"


def endings(subject: Subject) -> list[Ending]:
    """Return what ends, the first one first; what does not say when is left out, but where it has not begun."""
    return sorted(set(_found(subject)))


def _found(subject: Subject) -> Iterator[Ending]:
    for item, path, certificate in subject.certificates:
        kind = "certificate-authority" if item.section == "clusters" else "client-certificate"
        yield _ending(subject, item, kind, (certificate.starts, certificate.ends), *path)
    for user, steps, token in subject.tokens():
        starts, ends = token_validity(token)
        if ends or starts > subject.outside.now(0):
            yield _ending(subject, user, "token", (starts, ends), *steps)


def _ending(subject: Subject, item: Item, kind: str, validity: tuple[str, str], *path: str | int) -> Ending:
    starts, ends = validity
    return Ending(ends, kind, item.name, subject.contexts_of(item), str(item.locate(*path)), starts)


def parse_duration(text: str) -> int:
    """Return the seconds of `30d`, `12h`, `4w`, `30m`, `90s` or `1h30m`."""
    if re.fullmatch(r"([0-9]{1,6}[smhdw])+", text) is None:
        raise KcfgError(f"--within: not a time: {text!r}", hint="write 30d, 12h, 4w or 30m")
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9]+)([smhdw])", text))
