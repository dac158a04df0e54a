"""Secrets in the OS keyring: the only module that imports `keyring`. The backend is always named.

Auto-detection would import from the working directory and may choose plain text in silence.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Settings

USERNAME = "kcfg"
_BACKENDS = {
    "linux": ("keyring.backends.SecretService", "Keyring"),
    "darwin": ("keyring.backends.macOS", "Keyring"),
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
}
NO_KEYRING = "use an `env`, `file` or `command` secret store, or start a keyring (`kcfg init` shows a spec)"


def open(settings: Settings) -> KeyringStore:  # noqa: A001
    """Return the store of a `keyring` declaration."""
    return KeyringStore(settings.spec_name, settings.environ)


def service_name(spec_name: str, key: str) -> str:
    """Return the service under which a spec's secret is stored."""
    return f"kcfg/{spec_name}/{key}"


class KeyringStore:
    """Reads items of the platform's own keyring."""

    def __init__(self, spec_name: str, environ: Mapping[str, str]) -> None:
        self._spec_name = spec_name
        self._environ = environ

    def _item(self, ref: SecretRef) -> tuple[str, str]:
        return (ref.service, ref.username) if ref.service else (service_name(self._spec_name, ref.key), USERNAME)

    def read(self, ref: SecretRef) -> Secret:
        """Return the item's value. Raises SecretNotFound; SecretError when there is no keyring."""
        service, username = self._item(ref)
        return read_item(service, username, self._environ)

    def describe(self, ref: SecretRef) -> str:
        """Name the item."""
        return f"keyring item {self._item(ref)[0]!r}"


def read_item(service: str, username: str, environ: Mapping[str, str]) -> Secret:
    """Return one keyring item."""
    if sys.platform == "linux":
        from kcfg.secrets.secretservice import read_secret

        return read_secret(service, username, environ)
    try:
        value = _backend().get_password(service, username)
    except SecretError:
        raise
    except Exception as error:  # the library's backends raise whatever their platform does
        raise SecretError(f"the keyring cannot be read ({type(error).__name__})", hint=NO_KEYRING) from None
    if value is None:
        raise SecretNotFound(f"no keyring item {service!r}", hint="`kcfg secret set` stores one")
    return Secret(value)


def _backend() -> Any:
    from importlib import import_module

    if sys.platform not in _BACKENDS:
        raise SecretError("no OS keyring on this platform", hint=NO_KEYRING)
    module, name = _BACKENDS[sys.platform]
    return getattr(import_module(module), name)()
