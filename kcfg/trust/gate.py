"""The one gate: no value of a spec's secrets is read, no program of it is run, and nothing of it is handed to a live
kubeconfig or a child, but with a Permit.

A Permit is given where nothing is new against what the user allowed before. What asks or refuses is its caller's part.
"""

from __future__ import annotations

import os

from kcfg.errors import SecretError
from kcfg.spec.secrets import declared_secrets
from kcfg.trust.endpoint import Endpoint
from kcfg.trust.reach import Reach, reach_of
from kcfg.trust.record import add_to_record, read_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.kubeconfig.plan import Refused
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.spec import Spec


class Permit:
    """The user allowed what this spec reaches. Made by `check_trust`, or by one who knows: never from a spec."""

    __slots__ = ("_look", "_whole", "spec")

    def __init__(self, spec: Spec, look: Look | None = None, *, whole: bool = True) -> None:
        self.spec = spec
        self._look = look
        self._whole = whole

    def remember(self) -> None:
        """Remember what was allowed, as it was looked at: what has changed since then was not."""
        if self._look is not None:
            self._look.remember(whole=self._whole)


class Look:
    """What a spec reaches, and what of it is new: facts by their digest, and endpoints, with words for people.

    `stranger` says that the spec is in another place than those which the user knows by its name: all of it is new.
    """

    __slots__ = ("_environ", "_new", "_spec", "reach", "stranger")

    def __init__(
        self, spec: Spec, reach: Reach, new: dict[str | Endpoint, str], stranger: str, environ: Mapping[str, str]
    ) -> None:
        self._spec = spec
        self._environ = environ
        self._new = new
        self.reach = reach
        self.stranger = stranger

    @property
    def new(self) -> list[str]:
        """What is new, in words, each once."""
        return list(dict.fromkeys(filter(None, [self.stranger, *self._new.values()])))

    def allow(self) -> Permit:
        """Return the Permit: to be called when nothing is new, or the user agreed."""
        return Permit(self._spec, self)

    def allow_known(self) -> tuple[Permit, Refused]:
        """Return a Permit for what is not new, and the entries that it is not for: they are not to be used or written.

        Not to be called for a stranger.
        """
        from kcfg.kubeconfig.plan import Meeting, Refused

        users: dict[str, str] = {}
        meetings: list[Meeting] = []
        for each, shown in self._new.items():
            if isinstance(each, Endpoint):
                meetings += [Meeting(*its, shown) for its in self.reach.meetings.get(each, ())]
            else:
                users |= dict.fromkeys(self.reach.users.get(each, ()), shown)
        return Permit(self._spec, self, whole=False), Refused(users, meetings)

    def remember(self, *, whole: bool = True) -> None:
        """Remember that the user allowed all of it, or what is not new.

        What kcfg-credential may run is remembered as a whole: while some of it is new that stays as it was.
        """
        if self.reach:
            add_to_record(
                self._spec.name,
                self.reach.root,
                self._environ,
                endpoints=[each for each in self.reach.endpoints if whole or each not in self._new],
                facts=[each for each in self.reach.facts if whole or each not in self._new],
                commands=self.reach.commands if whole else None,
                plugins=self.reach.plugins if whole else None,
            )


def check_trust(
    spec: Spec, environ: Mapping[str, str], *, base: Reach | None = None, reach: Reach | None = None
) -> Look:
    """Return what a spec reaches and what is new against the user's record, or against a `base` that is trusted."""
    reach = reach if reach is not None else reach_of(spec)
    record = read_record(spec.name, environ)
    known = [Endpoint(*each) for each in record.get("endpoints", []) if len(each) == len(Endpoint._fields)]
    facts = set(record.get("facts", []))
    if base is not None:
        known += base.endpoints
        facts |= set(base.facts)
    by_place: dict[tuple[str, str], list[Endpoint]] = {}
    servers: dict[str, set[str]] = {}
    for each in known:
        by_place.setdefault((each.credential, each.server), []).append(each)
        servers.setdefault(each.credential, set()).add(each.server)
    new: dict[str | Endpoint, str] = {each: shown for each, shown in reach.facts.items() if each not in facts}
    for endpoint, shown in reach.endpoints.items():
        before = by_place.get((endpoint.credential, endpoint.server), [])
        if not any(each.covers(endpoint) for each in before):
            so_far = {each.otherwise(endpoint) for each in before} or servers.get(endpoint.credential, set())
            new[endpoint] = f"{shown} (allowed so far: {next(iter(so_far))})" if len(so_far) == 1 else shown
    stranger = "" if base is not None or not reach else _stranger(spec.name, reach.root, record)
    return Look(spec, reach, new, stranger, environ)


def _stranger(name: str, root: str, record: Mapping[str, Any]) -> str:
    """Say that a spec is in another place than those which the user knows by its name.

    Where all of those are gone the spec has moved, or it was cloned anew: what it reaches decides, as if it had not.
    """
    known = [each for each in record.get("roots", {}) if each]
    if root in known or not (there := [each for each in known if os.path.isdir(each)]):
        return ""
    return f"the name {name!r} belongs to {there[0]}; this spec is in {root}"


def require_own(spec: Spec, ref: SecretRef, environ: Mapping[str, str]) -> None:
    """Raise SecretError where a secret is not plainly the spec's own and the user has not allowed it."""
    from kcfg.trust.reach import facts_of

    new = [
        shown
        for digest, shown in facts_of(spec, ref).items()
        if digest not in read_record(spec.name, environ).get("facts", [])
    ]
    if new:
        raise SecretError(f"not trusted: this spec {new[0]}", hint="look at it, then `kcfg trust`")


def remember_secret(spec: Spec, ref: SecretRef, environ: Mapping[str, str]) -> None:
    """Remember that the user gave a spec a secret: it may go where the spec sends it now; nothing else is allowed."""
    from kcfg.trust.reach import credential_of, facts_of

    reach = reach_of(spec)
    credential = credential_of(spec, ref)
    endpoints = [each for each in reach.endpoints if each.credential == credential]
    add_to_record(spec.name, reach.root, environ, endpoints=endpoints, facts=facts_of(spec, ref))


def remember_sent(
    spec: Spec,
    ref: SecretRef,
    config: Kubeconfig,
    users: Iterable[str],
    read: Callable[[str], bytes],
    environ: Mapping[str, str],
) -> None:
    """Remember that the user gave a spec a secret out of a kubeconfig: it may go where that kubeconfig sends it.

    The spec may send it elsewhere: that is new, and asked about.
    """
    from kcfg.trust.reach import credential_of, endpoints_of, facts_of

    credential = credential_of(spec, ref)
    endpoints = endpoints_of(config, dict.fromkeys(users, credential), read)
    add_to_record(spec.name, reach_of(spec).root, environ, endpoints=endpoints, facts=facts_of(spec, ref))


def is_gated(spec: Spec) -> bool:
    """Return whether a spec has secrets, or users that run programs, at all: a cheap look without reading files."""
    return bool(declared_secrets(spec)) or any(
        each.entry.exec or each.entry.auth or each.entry.auth_provider or each.entry.token_file or each.entry.client_key
        for each in spec.users.values()
    )
