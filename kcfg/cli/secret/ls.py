"""`kcfg secret ls`: which secrets a spec refers to, which are there, how old, used by whom. Never a value."""

from __future__ import annotations

import os

from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.shared.trusting import Trust
    from kcfg.secrets.index import Entries
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Spec

Row = dict[str, object]
Failures = dict[str, tuple[str, str]]  # store → message and hint
_COLUMNS = ("NAME", "STORE", "KIND", "STATUS", "AGE", "USED-BY")


def run(*, file: str | None, environment: str | None, values: list[str], output: str, trust: Trust) -> int:
    """List them; exit 2 when a store cannot answer: its rows say what the index remembers."""
    from kcfg.cli.secret.rows import show_rows
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.secrets.index import read_index
    from kcfg.spec.secrets import declared_secrets

    spec = load_valid(file, environment, values, lenient=True, contents=None)
    declared = declared_secrets(spec)
    failures: Failures = {}
    stores = Stores(spec, require_permit(spec, trust) if trust else None)
    index = read_index(os.environ)
    rows = [_row(stores, secret, failures, index) for secret in declared]
    rows += _undeclared(spec, {stores.item_name(secret.ref) for secret in declared}, index)
    show_rows(rows, output, _COLUMNS, "secrets")
    _tell_history(spec, index)
    for message, hint in failures.values():
        tell(f"kcfg: error: {message}")
        if hint:
            tell(f"kcfg: hint: {hint}")
    return 2 if failures else 0


def _row(stores: Stores, secret: DeclaredSecret, failures: Failures, index: Entries) -> Row:
    entry = index.get(stores.item_name(secret.ref), {})
    status = _status(stores, secret, failures, index)
    return {
        "name": secret.name,
        "store": secret.ref.store or "keyring",
        "kind": secret.kind,
        "status": status,
        "age": age(entry.get("changed", "")) if status != "missing" else "",
        "used-by": secret.used_by,
    }


def _status(stores: Stores, secret: DeclaredSecret, failures: Failures, index: Entries) -> str:
    from kcfg.errors import SecretError
    from kcfg.secrets.stores import exists

    if secret.ref.store in failures:
        return _by_index(stores, secret, index)
    try:
        return "present" if exists(stores.of(secret.ref), secret.ref) else "missing"
    except SecretError as error:
        hint = error.hint or error.problems[0].hint
        failures[secret.ref.store] = (error.message, hint)
        return _by_index(stores, secret, index)


def _by_index(stores: Stores, secret: DeclaredSecret, index: Entries) -> str:
    """Return what can be said of a secret whose store does not answer, a locked keyring for one."""
    from kcfg.secrets import find_placed

    provider = find_placed(stores.provider(secret.ref))
    if secret.ref.service or provider is None or provider.is_there(secret.ref, stores.settings(secret.ref)) is not None:
        return "unknown"
    return "recorded" if stores.item_name(secret.ref) in index else "missing"


def _undeclared(spec: Spec, known: set[str], index: Entries) -> list[Row]:
    """Return what kcfg stored for this spec and the spec no longer refers to."""
    from kcfg.secrets.index import HISTORY
    from kcfg.secrets.keyring import service_name

    prefix = service_name(spec.name, "")
    return [
        {
            "name": name.removeprefix(prefix),
            "store": name.removeprefix(prefix).rpartition(":")[0] or "default",
            "kind": entry.get("kind", ""),
            "status": "undeclared",
            "age": age(entry.get("changed", "")),
            "used-by": [],
        }
        for name, entry in sorted(index.items())
        if name.startswith(prefix) and name not in known and entry.get("kind") != HISTORY
    ]


def _tell_history(spec: Spec, index: Entries) -> None:
    """Say that there is more in the keyring that is no secret of the spec."""
    from kcfg.errors import count
    from kcfg.secrets.index import HISTORY
    from kcfg.secrets.keyring import service_name

    prefix = service_name(spec.name, "")
    number = sum(1 for name, entry in index.items() if name.startswith(prefix) and entry.get("kind") == HISTORY)
    if number:
        tell(f"kcfg: note: besides, the keyring has {count(number, 'item')} for `kcfg undo`: see `kcfg history`")


def age(changed: str) -> str:
    """Return how long ago an RFC 3339 time was, in kubectl's short form."""
    from datetime import UTC, datetime

    try:
        seconds = int((datetime.now(UTC) - datetime.fromisoformat(changed)).total_seconds())
    except ValueError:
        return ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"
