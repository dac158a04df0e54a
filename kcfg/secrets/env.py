"""Secrets in environment variables: prefix, then the key in capitals with `_` for all else."""

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Lead, Setting, Settings

ABOUT = "Secrets in environment variables: prefix, then the key in capitals."
NOUN = "variable"
SETTINGS: "tuple[Setting, ...]" = (
    {"name": "prefix", "kind": "text", "about": "Stands before the key in capitals.", "default": ""},
)
WRITABLE = RECORDED = False
FORMS = (("--env",),)
_OWN = "KCFG_"  # variables that begin with it are there for kcfg: nobody has to allow them


def open(settings: "Settings") -> "EnvStore":  # noqa: A001
    """Return the store of an `env` declaration."""
    prefix = (settings.declaration.get("env") or {}).get("prefix", "")
    return EnvStore(settings.environ, prefix)


def variable_name(prefix: str, key: str) -> str:
    """Return the variable that holds a key."""
    return prefix + "".join(char if char.isalnum() else "_" for char in key.upper())


def place(ref: "SecretRef", spec_name: str, settings: "Mapping[str, Any]") -> list[str]:
    """Return the argument that names the variable."""
    return ["--env", variable_name(settings.get("prefix", ""), ref.key)]


def read_at(options: "Mapping[str, str]", environ: "Mapping[str, str]") -> Secret:
    """Return the value of the variable that is named."""
    value = environ.get(options["--env"])
    if not value:
        raise SecretError(f"environment variable {options['--env']} is not set")
    return Secret(value)


def key_at(value: str, spec_name: str, settings: "Mapping[str, Any]") -> str:
    """Return a key that has this variable."""
    return value.removeprefix(settings.get("prefix", "")).lower()


def settings_at(value: str, likely: "Sequence[str]") -> "dict[str, Any]":
    """Return the prefix that a likely key has before it; none where none is."""
    ends = next((end for key in likely if value.endswith(end := variable_name("", key))), "")
    return {"prefix": value.removesuffix(ends)} if ends else {}


def lead(ref: "SecretRef", spec_name: str, settings: "Mapping[str, Any]") -> "Lead":
    """Return the variable."""
    from kcfg.secrets.stores import Lead

    name = variable_name(settings.get("prefix", ""), ref.key)
    what = f"the environment variable {name}"
    return Lead("variable", name, what=what, shown=f"${name}", asks=not name.startswith(_OWN))


def is_there(ref: "SecretRef", settings: "Mapping[str, Any]") -> bool:
    """Take it for granted: where kcfg runs later, the environment is another."""
    return True


def new_settings(spec_name: str) -> "dict[str, Any]":
    """Return a prefix that is the spec's name."""
    return {"prefix": variable_name("", spec_name) + "_"}


def backend() -> str:
    """Return `env`."""
    return "env"


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
