"""`kcfg secret check`: are the stored secrets whole, do keys and certificates match, when do they end."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.shared.trusting import Trust
    from kcfg.errors import SecretError
    from kcfg.spec.secrets import DeclaredSecret


def run(*, file: str | None, environment: str | None, values: list[str], output: str, trust: Trust) -> int:
    """Check every secret that the spec refers to; exit 1 on findings, 2 when a store cannot answer for one."""
    from kcfg.cli.secret.rows import show_rows
    from kcfg.cli.shared.report import show_error
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.spec.secrets import declared_secrets

    spec = load_valid(file, environment, values, lenient=True)
    stores = Stores(spec, require_permit(spec, trust) if trust else None)
    failures: dict[str, SecretError] = {}
    rows = [_row(stores, secret, failures) for secret in declared_secrets(spec)]
    show_rows(rows, output, ("NAME", "KIND", "EXPIRES", "STATUS"), "secrets")
    for error in failures.values():
        show_error(error)
    return 2 if failures else 1 if any(row["status"] != "ok" for row in rows) else 0


def _row(stores: Stores, secret: DeclaredSecret, failures: dict[str, SecretError]) -> dict[str, str]:
    from kcfg.errors import SecretError

    try:
        expires, status = _look(stores, secret)
    except SecretError as error:
        failures.setdefault(error.message, error)
        expires, status = "", "unknown"
    return {"name": secret.name, "kind": secret.kind, "expires": expires, "status": status}


def _look(stores: Stores, secret: DeclaredSecret) -> tuple[str, str]:
    """Return when it ends and what is wrong (`ok` if nothing is). Raises SecretError when the store cannot answer."""
    from kcfg.cli.secret.given import check_value
    from kcfg.errors import SecretError, SecretNotFound
    from kcfg.expiry import now
    from kcfg.secrets import is_recorded

    try:
        value = stores.of(secret.ref).read(secret.ref)
    except SecretNotFound:
        return "", "missing"
    except SecretError as error:
        if not is_recorded(stores.provider(secret.ref)):
            raise
        # Signed out, locked and no such item are one to a command: it says nothing of the others.
        return "", f"{error.message}; {error.hint}"
    try:
        starts, expires = check_value(stores, secret, value)
    except SecretError as error:
        return "", error.message
    return expires, "expired" if expires and expires <= now() else "not yet valid" if starts > now() else "ok"
