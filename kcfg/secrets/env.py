"""Secrets in environment variables: prefix, then the key in capitals with `_` for all else."""

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Settings


def open(settings: "Settings") -> "EnvStore":  # noqa: A001
    """Return the store of an `env` declaration."""
    prefix = (settings.declaration.get("env") or {}).get("prefix", "")
    return EnvStore(settings.environ, prefix)


def variable_name(prefix: str, key: str) -> str:
    """Return the variable that holds a key."""
    return prefix + "".join(char if char.isalnum() else "_" for char in key.upper())


class EnvStore:
    """Reads variables of the environment it was given."""

    def __init__(self, environ: "Mapping[str, str]", prefix: str) -> None:
        self._environ = environ
        self._prefix = prefix

    def read(self, ref: "SecretRef") -> Secret:
        """Return the variable's value. Raises SecretNotFound when it is unset or empty."""
        name = variable_name(self._prefix, ref.key)
        value = self._environ.get(name)
        if not value:
            raise SecretNotFound(f"environment variable {name} is not set", hint=f"set {name}")
        return Secret(value)

    def write(self, ref: "SecretRef", secret: Secret) -> None:
        """Refuse: a process cannot change the environment it was started in."""
        raise self._read_only(ref)

    def delete(self, ref: "SecretRef") -> None:
        """Refuse, as `write` does."""
        raise self._read_only(ref)

    def _read_only(self, ref: "SecretRef") -> SecretError:
        name = variable_name(self._prefix, ref.key)
        return SecretError("an `env` store is read-only", hint=f"set or unset {name} where kcfg is started")

    def describe(self, ref: "SecretRef") -> str:
        """Name the variable."""
        return f"environment variable {variable_name(self._prefix, ref.key)}"
