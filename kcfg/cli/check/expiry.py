"""`kcfg check expiry`: what ends, sorted by the day."""

from __future__ import annotations

from kcfg.printing import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.cli.trusting import Trust
    from kcfg.lint.endings import Ending
    from kcfg.lint.subject import Subject


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
    from kcfg.cli.subjects import open_subjects, require_readable
    from kcfg.lint.endings import endings, parse_duration
    from kcfg.lint.open import real_outside

    outside = real_outside()
    limit = outside.later(parse_duration(within))
    found: list[Ending] = []
    for subject in open_subjects((), file, kubeconfig, outside, environment, values):
        require_readable(subject)
        found += endings(subject)
        if subject.kind == "spec" and read_secrets:
            found += _stored(subject, environment, values, trust=trust)
    found.sort()
    now = outside.now()
    _show(found, output, now=now, limit=limit)
    return 1 if any(ending.status(now, limit) != "ok" for ending in found) else 0


def _stored(subject: Subject, environment: str | None, values: list[str], *, trust: Trust) -> Iterator[Ending]:
    """Yield what ends in the stores of a spec; a missing item has no end. Raises SecretError as `secret check`."""
    from kcfg.cli.stores import Stores, load_valid
    from kcfg.cli.trusting import require_permit
    from kcfg.errors import SecretNotFound
    from kcfg.expiry import now
    from kcfg.lint.endings import Ending, contexts_of
    from kcfg.secrets.value import validity_of
    from kcfg.spec.secrets import declared_secrets

    spec = load_valid(subject.root, environment, values, allow_plaintext=True, lenient=environment is None)
    stores = Stores(spec, require_permit(spec, trust) if trust else None)
    users = {item.name: item for item in subject.users}
    for secret in declared_secrets(spec):
        try:
            value = stores.of(secret.ref).read(secret.ref)
        except SecretNotFound:
            continue
        kind = "other" if secret.properties else secret.kind
        found = [validity_of(value, kind, each) for each in secret.certificates(spec.read)]
        starts, ends = max(each[0] for each in found), min(filter(None, (each[1] for each in found)), default="")
        owners = {used.rpartition("/")[0] for used in secret.used_by}
        contexts = sorted({each for name in owners for each in contexts_of(subject, users[name])})
        if ends or starts > now():
            yield Ending(ends, "secret", secret.name, tuple(contexts), f"store {secret.ref.store}", starts)


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
