"""What keeps secrets: the registry of providers, so small that the plugin can ask it with every call."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.secrets.stores import Placed, Provider, Recorded

# A provider is a module with what the Protocols of kcfg.secrets.stores say. Its name is what a spec says, the block of
# its settings, and kcfg-credential's flag for it.
PROVIDERS = {
    "keyring": "kcfg.secrets.keyring",
    "env": "kcfg.secrets.env",
    "file": "kcfg.secrets.file",
    "command": "kcfg.secrets.command",
}
_found: "dict[str, Provider]" = {}


def find_provider(name: str) -> "Provider":
    """Return the module of a provider. Raises SecretError for one that nobody has."""
    if name not in _found:
        from importlib import import_module

        from kcfg.errors import SecretError

        if name not in PROVIDERS:
            raise SecretError(f"unknown provider {name!r}", hint=f"one of {', '.join(PROVIDERS)}")
        _found[name] = import_module(PROVIDERS[name])
    return _found[name]


def find_placed(name: str) -> "Placed | None":
    """Return the module of a provider whose secrets are where argv says; None where the trust record has to say it."""
    provider = find_provider(name)
    return None if provider.RECORDED else provider  # type: ignore[return-value]


def find_recorded(name: str) -> "Recorded | None":
    """Return the module of a provider whose settings are in the trust record; None for the others."""
    provider = find_provider(name)
    return provider if provider.RECORDED else None  # type: ignore[return-value]


def provider_at(flag: str) -> str:
    """Return the provider that a flag of kcfg-credential leads to; "" for a flag that leads to none."""
    name = flag.removeprefix("--")
    return name if name in PROVIDERS and flag != name else ""


def forms_at(flag: str) -> tuple[tuple[str, ...], ...]:
    """Return the flags that lead to a secret, beginning with this one: of each way to say it a tuple."""
    name = provider_at(flag)
    if not name:
        return ()
    placed = find_placed(name)
    return placed.FORMS if placed else ((flag, "--key"),)


def noun_at(flag: str) -> str:
    """Return what people call the place that a flag names; "" for a flag that names none."""
    name = provider_at(flag)
    return find_provider(name).NOUN if name else ""


def settings_of(store: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return the settings of a store, given as plain values."""
    return store.get(str(store.get("provider", ""))) or {}
