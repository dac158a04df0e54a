"""`kcfg secret get`: print a secret, only when told so."""

from __future__ import annotations

import sys

from kcfg.printing import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.trusting import Trust


def run(*, key: str, file: str | None, environment: str | None, values: list[str], reveal: bool, trust: Trust) -> int:
    """Print the value as it is stored; on a terminal its line is ended."""
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.errors import SecretError
    from kcfg.spec.secrets import declared_secrets, find_secret

    spec = load_valid(file, environment, values, lenient=True)
    secret = find_secret(declared_secrets(spec), key)
    if not reveal:
        raise SecretError("refusing to print a secret", hint=f"kcfg secret get {key} --reveal")
    value = Stores(spec, require_permit(spec, trust) if trust else None).read(secret.ref).reveal()
    end = "\n" if sys.stdout.isatty() and not value.endswith("\n") else ""
    put([(value + end).encode()])
    return 0
