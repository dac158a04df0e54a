"""`kcfg secret copy`: the secrets of a spec into another of its stores; the first one keeps them."""

from __future__ import annotations

import os

from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.shared.trusting import Trust
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Spec


def run(
    *,
    keys: list[str],
    to: str | None,
    file: str | None,
    environment: str | None,
    values: list[str],
    dry_run: bool,
    trust: Trust,
) -> int:
    """Copy each secret, read it back and compare; exit 1 when one was not copied."""
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.errors import SecretError
    from kcfg.spec.secrets import declared_secrets

    spec = load_valid(file, environment, values, lenient=True)
    to = _require_store(spec, to)
    declared = declared_secrets(spec)
    chosen = _chosen(declared, keys) if keys else declared
    stores = Stores(spec, require_permit(spec, trust))  # the spec chooses where the values go
    left = 0
    for secret in chosen:
        if secret.ref.service or secret.ref.store == to:
            continue
        try:
            word = _copy(stores, secret, to, dry_run=dry_run)
        except SecretError as error:
            hint = error.hint or error.problems[0].hint
            tell(f"kcfg: error: {secret.name}: {error.message}{f'; {hint}' if hint else ''}")
            left += 1
            continue
        say(f'secret "{_name(secret, to)}" {word}{" (dry run)" if dry_run else ""}')
    if not left and not dry_run:
        tell(
            f"kcfg: next: let the references name store {to!r}, or rebind theirs in an environment; nothing was removed"
        )
    return int(bool(left))


def _chosen(declared: list[DeclaredSecret], keys: list[str]) -> list[DeclaredSecret]:
    """Return the secrets that keys and globs mean. Raises SecretError for one that means none."""
    from kcfg.globs import choose_names
    from kcfg.spec.secrets import find_secret

    names, others = choose_names(keys, [each.name for each in declared])
    short, idle = choose_names(others, [each.ref.key for each in declared])
    names |= {find_secret(declared, key).name for key in idle}
    return [each for each in declared if each.name in names or each.ref.key in short]


def _require_store(spec: Spec, to: str | None) -> str:
    from kcfg.closest import suggest
    from kcfg.errors import KcfgError

    if not to:
        raise KcfgError("--to: which store?", hint=f"one of {', '.join(['default', *spec.secret_stores])}")
    if to != "default" and to not in spec.secret_stores:
        hint = suggest(to, ["default", *spec.secret_stores], "declare it under secretStores")
        raise KcfgError(f"--to: the spec declares no store {to!r}", hint=hint)
    return to


def _copy(stores: Stores, secret: DeclaredSecret, to: str, *, dry_run: bool) -> str:
    """Return what was done, in kubectl's words. Raises SecretError; another value that is there stays."""
    from kcfg.errors import SecretError
    from kcfg.secrets.index import read_index

    goal = _goal(secret, to)
    value, there = stores.read(secret.ref), stores.stored(goal)
    if there is not None and there.reveal() == value.reveal():
        return "unchanged"
    if there is not None:
        place = stores.of(goal).describe(goal)
        raise SecretError(f"{place} has another value", hint="remove one of them: kcfg secret rm")
    if not dry_run:
        stores.of(goal).write(goal, value)  # a store reads back what it writes
        known = read_index(os.environ).get(stores.item_name(secret.ref), {})
        stores.remember(goal, secret.kind, (known.get("starts", ""), known.get("expires", "")))
    return "created"


def _goal(secret: DeclaredSecret, to: str) -> SecretRef:
    from kcfg.secrets.ref import SecretRef

    return SecretRef(secret.ref.key, store=to)


def _name(secret: DeclaredSecret, to: str) -> str:
    return secret.ref.key if to == "default" else f"{to}:{secret.ref.key}"
