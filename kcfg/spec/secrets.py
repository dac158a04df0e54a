"""Which secrets a spec refers to, what kind each is and who uses it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from kcfg.closest import closest
from kcfg.dataclass import dataclass, field
from kcfg.errors import SecretError
from kcfg.secrets import block_of, find_placed, is_recorded, picks_property, settings_of, settings_of_kind
from kcfg.secrets.ref import SecretRef, is_ref, parse_ref
from kcfg.spec.references import is_reference, reference, secret_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared, Spec

_KINDS = {"token": "token", "password": "password", "client-key-data": "client-key"}


@dataclass(slots=True)
class DeclaredSecret:
    """One item of a store; `used_by` are `user/field`, `users` those whose client key it is."""

    ref: SecretRef
    kind: str
    used_by: list[str] = field(default_factory=list)
    users: list[Declared[User]] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What people call it: the key in the default store, `store:key` elsewhere; `#property` of its own item."""
        if self.ref.service:
            return self.ref.service
        key = f"{self.ref.key}#{self.ref.property}" if self.ref.property else self.ref.key
        return key if self.ref.store == "default" else f"{self.ref.store}:{key}"

    def certificates(self, read_file: Callable[[str], bytes]) -> list[str | None]:
        """Return what the spec's users have beside this key, once each; None where it is no certificate."""
        return list(dict.fromkeys(certificate_of(declared, read_file) for declared in self.users)) or [None]


def declared_secrets(spec: Spec) -> list[DeclaredSecret]:
    """Return the secrets that users of a spec refer to, sorted by name; plain texts are left out."""
    found: dict[SecretRef, DeclaredSecret] = {}
    for declared in spec.users.values():
        for path, value in secret_fields(declared.entry):
            if is_reference(value):
                ref = reference(value)
                picked = bool(ref.property) and picks_property(store_declaration(spec, ref.store))
                shown = str(path[-2] if path[-1] == "value" else path[-1])
                _add(found, declared, shown, path[0], ref, is_item=picked)
    return sorted(found.values(), key=lambda each: each.name)


def _add(
    found: dict[SecretRef, DeclaredSecret],
    declared: Declared[User],
    shown: str,
    top: str | int,
    ref: SecretRef,
    *,
    is_item: bool,
) -> None:
    """Add a reference; `is_item`: its property is an item of its own, no field of a JSON object."""
    item = ref if is_item else SecretRef(ref.key, store=ref.store, service=ref.service, username=ref.username)
    kind = _KINDS.get(shown, "other") if shown == top else "other"
    secret = found.setdefault(item, DeclaredSecret(item, kind))
    if secret.kind != kind:
        secret.kind = "other"
    secret.used_by.append(f"{declared.entry.name}/{shown if shown == top else top}")
    if kind == "client-key" and (is_item or not ref.property):
        secret.users.append(declared)
    if ref.property and not is_item:
        secret.properties.append(ref.property)


def item_name(spec_name: str, ref: SecretRef) -> str:
    """Return the name of a reference's item in the index."""
    from kcfg.secrets.keyring import service_name

    return service_name(spec_name, ref.key if ref.store == "default" else f"{ref.store}:{ref.key}")


def is_stored(spec_name: str, ref: SecretRef, store: Mapping[str, Any], index: Mapping[str, object]) -> bool:
    """Return whether a secret is there, as far as can be told without opening a keyring or running anything.

    `store` is what the spec declares of the secret's store.
    """
    if ref.service:
        return True  # another tool's item: the index has never heard of it
    provider = find_placed(store["provider"])
    found = provider.is_there(ref, settings_of(store)) if provider else True
    return item_name(spec_name, ref) in index if found is None else found


def find_secret(secrets: list[DeclaredSecret], text: str) -> DeclaredSecret:
    """Return the secret called `text`: its name, its key if only one has it, or ref+STORE://KEY. Raises SecretError."""
    wanted = parse_ref(text) if is_ref(text) else None
    exact = [each for each in secrets if each.name == text or each.ref == wanted]
    by_key = [each for each in secrets if text in (each.ref.key, f"{each.ref.key}#{each.ref.property}")]
    if len(exact or by_key) == 1:
        return (exact or by_key)[0]
    if by_key:
        names = " or ".join(repr(each.name) for each in by_key)
        raise SecretError(f"several stores have the key {text!r}", hint=f"write {names}")
    raise SecretError(f"the spec refers to no secret {text!r}", hint=_guess(secrets, text))


def _guess(secrets: list[DeclaredSecret], text: str) -> str:
    guesses = {used: each.name for each in secrets for used in each.used_by}
    guesses |= {each.name: each.name for each in secrets}
    if close := closest(text, guesses):
        return f"did you mean {guesses[close]!r}?"
    return "`kcfg secret ls` lists them" if secrets else "refer to it in a user: token: ref+default://NAME/token"


def certificate_of(declared: Declared[User], read_file: Callable[[str], bytes]) -> str | None:
    """Return the certificates that a spec gives a user, PEM, without what else stands in that field."""
    from base64 import b64decode

    from kcfg.pem import chain_only

    user = declared.entry
    if user.client_certificate is not None:
        content = read_file(declared.file(user.client_certificate))
    elif user.client_certificate_data is not None:
        content = b64decode(user.client_certificate_data)
    else:
        return None
    return chain_only(content).decode()


def store_declaration(spec: Spec, name: str, directory: str | None = None) -> dict[str, Any]:
    """Return a store as plain values; a relative folder is placed where the plugin will find it."""
    if name not in spec.secret_stores:
        return {"name": name, "provider": "keyring"}
    declared = spec.secret_stores[name]
    store = declared.entry.plain()
    if is_recorded(store["provider"]) and declared.path[0] == "environments":
        store["name"] = f"{name}@{declared.source.model.environments[int(declared.path[1])].name}"
    return placed_store(store, declared.source.directory)


def placed_store(store: dict[str, Any], directory: str) -> dict[str, Any]:
    """Return a store whose relative folders are those of a directory."""
    settings = settings_of(store)
    for name in settings_of_kind(store["provider"], "folder"):
        if name in settings:
            joined = os.path.join(directory, os.path.expanduser(settings[name]))
            settings = {**settings, name: os.path.abspath(joined)}
    return {**store, block_of(store["provider"]): settings} if settings else store
