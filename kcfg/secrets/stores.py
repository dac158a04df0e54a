"""Where secrets live: one Protocol, a module for each provider, loaded when asked for."""

from kcfg.errors import SecretError, SecretNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret

    Show = Callable[[list[str], Callable[[str], str]], str]

    class Store(Protocol):
        """A place that keeps secrets under the keys of references. None of its methods prompts."""

        def read(self, ref: SecretRef) -> Secret:
            """Return the secret. Raises SecretNotFound, or SecretError when the store cannot answer."""

        def write(self, ref: SecretRef, secret: Secret) -> None:
            """Keep a secret, replacing an older one. Raises SecretError; a read-only store says what to do."""

        def delete(self, ref: SecretRef) -> None:
            """Remove a secret, every copy. Raises SecretNotFound when there is none."""

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

    __slots__ = ("declaration", "directory", "environ", "show", "spec_name", "trusted")

    def __init__(
        self,
        declaration: "Mapping[str, Any]",
        *,
        spec_name: str = "",
        directory: str = ".",
        environ: "Mapping[str, str] | None" = None,
        trusted: bool = False,
        show: "Show | None" = None,
    ) -> None:
        self.declaration = declaration
        self.spec_name = spec_name
        self.directory = directory
        self.environ = environ or {}
        self.trusted = trusted
        self.show = show  # a command line as people may see it, its words filled in


def open_store(settings: Settings) -> "Store":
    """Return the store of a declaration; core dumps are off from here. Raises SecretError for an unknown provider."""
    from importlib import import_module

    from kcfg.coredump import forbid_core_dumps

    provider = settings.declaration.get("provider", "keyring")
    if provider not in PROVIDERS:
        raise SecretError(f"unknown provider {provider!r}", hint=f"one of {', '.join(PROVIDERS)}")
    forbid_core_dumps()
    store: Store = import_module(PROVIDERS[provider]).open(settings)
    return store


def exists(store: "Store", ref: "SecretRef") -> bool:
    """Return whether a store has a secret. Raises SecretError when it cannot tell."""
    try:
        store.read(ref)
    except SecretNotFound:
        return False
    return True
