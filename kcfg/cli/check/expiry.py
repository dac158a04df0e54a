"""`kcfg check expiry`: what ends, sorted by the day."""

from __future__ import annotations

import os

from kcfg.printing import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.cli.shared.trusting import Trust
    from kcfg.lint.endings import Ending
    from kcfg.lint.subject import Subject
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Spec


def run(
    *,
    file: str | None,
    environment: str | None,
    values: list[str],
    kubeconfig: str | None,
    within: str,
    output: str,
    read_secrets: bool,
    trust: Trust,
) -> int:
    """List what ends; exit 1 if something has ended, ends within the time or has not begun."""
    from kcfg.cli.shared.subjects import open_subjects, require_readable
    from kcfg.lint.endings import endings, parse_duration
    from kcfg.lint.open import real_outside

    outside = real_outside()
    limit = outside.now(parse_duration(within))
    found: list[Ending] = []
    for subject in open_subjects((), file, kubeconfig, outside, environment, values):
        require_readable(subject)
        found += endings(subject)
        if subject.spec is None:
            found += _given(subject) if read_secrets else _named(subject)
        elif read_secrets:
            found += _stored(subject, environment, values, trust=trust)
        else:
            found += _remembered(subject, subject.spec)
    found.sort()
    now = outside.now(0)
    _show(found, output, now=now, limit=limit)
    return 1 if any(ending.status(now, limit) != "ok" for ending in found) else 0


def _stored(subject: Subject, environment: str | None, values: list[str], *, trust: Trust) -> Iterator[Ending]:
    """Yield what ends in the stores of a spec; a missing item has no end. Raises SecretError as `secret check`."""
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.errors import SecretNotFound
    from kcfg.expiry import now
    from kcfg.lint.endings import Ending
    from kcfg.secrets.value import validity_of
    from kcfg.spec.secrets import declared_secrets

    spec = load_valid(subject.root, environment, values, allow_plaintext=True, lenient=environment is None)
    stores = Stores(spec, require_permit(spec, trust) if trust else None)
    for secret in declared_secrets(spec):
        try:
            value = stores.of(secret.ref).read(secret.ref)
        except SecretNotFound:
            continue
        kind = "other" if secret.properties else secret.kind
        found = [validity_of(value, kind, each) for each in secret.certificates(spec.read)]
        starts, ends = max(each[0] for each in found), min(filter(None, (each[1] for each in found)), default="")
        if ends or starts > now():
            yield Ending(ends, "secret", secret.name, _contexts(subject, secret), f"store {secret.ref.store}", starts)


def _contexts(subject: Subject, secret: DeclaredSecret) -> tuple[str, ...]:
    owners = {used.rpartition("/")[0] for used in secret.used_by}
    return tuple(sorted({each for user in subject.users if user.name in owners for each in subject.contexts_of(user)}))


def _remembered(subject: Subject, spec: Spec) -> Iterator[Ending]:
    """Yield the ends that kcfg remembers of what it stored for a spec; a certificate in the spec speaks for itself."""
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.errors import SecretError
    from kcfg.secrets.index import read_index
    from kcfg.spec.secrets import declared_secrets

    index, stores = read_index(os.environ), Stores(spec, None)
    try:
        declared = declared_secrets(spec)
    except SecretError:
        load_valid(subject.root, None, [], allow_plaintext=True, lenient=True)  # says where the reference stands
        raise
    for secret in declared:
        entry = index.get(stores.item_name(secret.ref), {})
        certified = any(user.entry.client_certificate or user.entry.client_certificate_data for user in secret.users)
        if not certified and (ending := _indexed(entry, secret.name, _contexts(subject, secret), secret.ref.store)):
            yield ending


def _indexed(entry: dict[str, str], name: str, contexts: tuple[str, ...], store: str) -> Ending | None:
    from kcfg.lint.endings import Ending

    ends, starts = entry.get("expires", ""), entry.get("starts", "")
    return Ending(ends, "secret", name, contexts, f"store {store}", starts) if ends or starts else None


def _named(subject: Subject) -> Iterator[Ending]:
    """Yield the ends that kcfg remembers of what its own stanzas in kubeconfigs name."""
    from kcfg.exec_stanza import own_options
    from kcfg.lint.endings import Ending
    from kcfg.secrets.index import read_index

    index = read_index(os.environ)
    for user in subject.users:
        options = own_options(user.body.get("exec"))
        _, name = options.get("--keyring", (0, ""))
        ends, starts = (index.get(name, {}).get(each, "") for each in ("expires", "starts"))
        if (ends or starts) and "--certificate-data" not in options:
            yield Ending(ends, "secret", name, subject.contexts_of(user), str(user.locate("exec")), starts)


def _given(subject: Subject) -> Iterator[Ending]:
    """Yield what ends of the credentials that kcfg's own stanzas lead to; the stores are read, as kubectl would."""
    from kcfg.credential import give_secret
    from kcfg.errors import SecretNotFound
    from kcfg.exec_stanza import own_options, plugin_args
    from kcfg.lint.endings import Ending
    from kcfg.secrets.value import validity_of

    for user in subject.users:
        stanza = user.body.get("exec") or {}
        options = own_options(stanza)
        if "--kind" not in options or "--certificate-data" in options:  # a certificate speaks for itself
            continue
        try:
            said, value = give_secret(plugin_args(stanza), os.environ)
        except SecretNotFound:
            continue
        starts, ends = validity_of(value, said["--kind"])
        if ends or starts:
            yield Ending(ends, "secret", user.name, subject.contexts_of(user), str(user.locate("exec")), starts)


def _show(found: list[Ending], output: str, *, now: str, limit: str) -> None:
    if output == "ics":
        from kcfg.cli.check.calendar import dump

        put(
            [dump(found, now).encode(errors="replace")]
        )  # each line was made printable there, and ends as RFC 5545 wants
        return
    from kcfg.cli.secret.rows import show_rows

    rows: list[dict[str, object]] = [
        {
            "ends": ending.ends,
            "starts": ending.starts,
            "status": ending.status(now, limit),
            "kind": ending.kind,
            "name": ending.name,
            "contexts": list(ending.contexts),
            "where": ending.where,
        }
        for ending in found
    ]
    show_rows(rows, output, ("ENDS", "STATUS", "KIND", "NAME", "CONTEXTS", "WHERE"), "endings")
