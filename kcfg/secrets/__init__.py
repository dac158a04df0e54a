"""What keeps secrets: the registry of providers, so small that the plugin can ask it with every call."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Placed, Provider, Recorded, Settings, Store

# A provider is a module with what the Protocols of kcfg.secrets.stores say. Its name is what a spec says, the block of
# its settings, and kcfg-credential's flag for it.
PROVIDERS = {
    "keyring": "kcfg.secrets.keyring",
    "env": "kcfg.secrets.env",
    "file": "kcfg.secrets.file",
    "command": "kcfg.secrets.command",
}
_OUTSIDE = "--store"
_found: "dict[str, Provider]" = {}


def find_provider(name: str) -> "Provider":
    """Return the module of a provider, kcfg's own or an installed package's. Raises SecretError for one nobody has."""
    if name not in _found:
        _found[name] = _own(PROVIDERS[name]) if name in PROVIDERS else _outside(name)
    return _found[name]


def _own(module: str) -> "Any":
    """Import a module by its name; `importlib` would cost every kubectl call half a millisecond."""
    from sys import modules

    __import__(module)
    return modules[module]


def _outside(name: str) -> "Recorded":
    from kcfg.errors import SecretError
    from kcfg.outside import STORES, find_names, load_module

    try:
        module = load_module(STORES, name)
    except ImportError as error:
        raise SecretError(
            f"the provider {name!r} cannot be loaded: {error}", hint="install its package again"
        ) from None
    if module is None:
        known = ", ".join([*PROVIDERS, *find_names(STORES)])
        raise SecretError(f"unknown provider {name!r}", hint=f"one of {known}; or install the package that has it")
    if not module.RECORDED:
        raise SecretError(f"the provider {name!r} is not RECORDED", hint="only kcfg's own are found by arguments alone")
    return module


def is_recorded(name: str) -> bool:
    """Return whether the trust record has to say where a provider's secrets are, as for all of other packages."""
    return name not in PROVIDERS or find_provider(name).RECORDED


def find_placed(name: str) -> "Placed | None":
    """Return the module of a provider whose secrets are where argv says; None where the trust record has to say it."""
    return None if is_recorded(name) else find_provider(name)  # type: ignore[return-value]


def new_stores() -> list[str]:
    """Return the providers that a new spec can begin with: those of `new_settings`, which need nothing of the user."""
    return [name for name in PROVIDERS if find_placed(name)]


def find_recorded(name: str) -> "Recorded | None":
    """Return the module of a provider whose settings are in the trust record; None for the others."""
    return find_provider(name) if is_recorded(name) else None  # type: ignore[return-value]


def flag_of(provider: str) -> str:
    """Return kcfg-credential's flag for a provider: that of all other packages is one."""
    return f"--{provider}" if provider in PROVIDERS else _OUTSIDE


def provider_at(flag: str) -> str:
    """Return kcfg's own provider that a flag of kcfg-credential leads to; "" for a flag that leads to none."""
    name = flag.removeprefix("--")
    return name if name in PROVIDERS and flag != name else ""


def leads(flag: str) -> bool:
    """Return whether a flag of kcfg-credential leads to a secret."""
    return flag == _OUTSIDE or bool(provider_at(flag))


def is_recorded_at(flag: str) -> bool:
    """Return whether a flag leads to what only the trust record says."""
    return leads(flag) and is_recorded(provider_at(flag))


def forms_at(flag: str) -> tuple[tuple[str, ...], ...]:
    """Return the flags that lead to a secret, beginning with this one: of each way to say it a tuple."""
    if not leads(flag):
        return ()
    placed = find_placed(provider_at(flag))
    return placed.FORMS if placed else ((flag, "--key"),)


def noun_at(flag: str) -> str:
    """Return what people call the place that a flag names; "" for a flag that names none."""
    name = provider_at(flag)
    return find_provider(name).NOUN if name else "the store" if leads(flag) else ""


def block_of(provider: str) -> str:
    """Return the field of a store that has its settings."""
    return provider if provider in PROVIDERS else "settings"


def settings_of(store: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return the settings of a store, given as plain values."""
    return store.get(block_of(str(store.get("provider", "")))) or {}


def open_store(settings: "Settings") -> "Store":
    """Return the store of a declaration; core dumps are off from here. Raises SecretError for an unknown provider."""
    from kcfg.coredump import forbid_core_dumps

    provider = find_provider(settings.declaration.get("provider", "keyring"))
    forbid_core_dumps()
    return provider.open(settings)


def place_args(ref: "SecretRef", spec_name: str, store: "Mapping[str, Any]") -> list[str]:
    """Return kcfg-credential's arguments that lead to the item of a reference in a store, given as plain values."""
    provider = "keyring" if ref.service else str(store["provider"])
    placed = find_placed(provider)
    if placed is None:
        return [flag_of(provider), f"{spec_name}/{store['name']}", "--key", ref.key]
    return placed.place(ref, spec_name, settings_of(store))


def picks_property(store: "Mapping[str, Any]") -> bool:
    """Return whether a store, given as plain values, is told a reference's property, and gives that field alone."""
    recorded = find_recorded(str(store["provider"]))
    return recorded is not None and recorded.picks_property(settings_of(store))


def backend_of(provider: str) -> str:
    """Return what keeps the secrets of a provider, as the index names it."""
    placed = find_placed(provider)
    return placed.backend() if placed else provider


def settings_of_kind(provider: str, kind: str) -> list[str]:
    """Return the names of a provider's settings of a kind."""
    return [each["name"] for each in find_provider(provider).SETTINGS if each["kind"] == kind]
