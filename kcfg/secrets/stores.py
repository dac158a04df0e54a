"""Where secrets live: one Protocol, a module for each provider, loaded when asked for."""

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret

    class Store(Protocol):
        """A place that keeps secrets under the keys of references."""

        def read(self, ref: SecretRef) -> Secret:
            """Return the secret. Raises SecretNotFound, or SecretError when the store cannot answer."""

        def describe(self, ref: SecretRef) -> str:
            """Name the item for people, for example `environment variable KCFG_TOKEN`."""


# A provider is a module with `open(settings) -> Store`.
PROVIDERS = {
    "keyring": "kcfg.secrets.keyring",
    "env": "kcfg.secrets.env",
    "file": "kcfg.secrets.file",
    "command": "kcfg.secrets.command",
}


class Settings:
    """What a store is opened with: its declaration, the spec it belongs to, the outside it may see."""

    __slots__ = ("declaration", "directory", "environ", "spec_name", "trusted")

    def __init__(
        self,
        declaration: "Mapping[str, Any]",
        *,
        spec_name: str = "",
        directory: str = ".",
        environ: "Mapping[str, str] | None" = None,
        trusted: bool = False,
    ) -> None:
        self.declaration = declaration
        self.spec_name = spec_name
        self.directory = directory
        self.environ = environ or {}
        self.trusted = trusted


def open_store(settings: Settings) -> "Store":
    """Return the store of a declaration. Raises SecretError for an unknown provider."""
    from importlib import import_module

    provider = settings.declaration.get("provider", "keyring")
    if provider not in PROVIDERS:
        raise SecretError(f"unknown provider {provider!r}", hint=f"one of {', '.join(PROVIDERS)}")
    store: Store = import_module(PROVIDERS[provider]).open(settings)
    return store
