"""The secret references of a spec: where they may stand, what they lead to, what is wrong with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from kcfg.closest import suggest
from kcfg.errors import Problem, SecretError
from kcfg.secrets import find_placed, settings_of
from kcfg.secrets.ref import SecretRef, is_ref, parse_ref, ref_from_mapping, slug_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.models import SecretRefBox, User
    from kcfg.spec.spec import Declared, Spec

Step = tuple[str | int, ...]


def secret_fields(user: User) -> Iterator[tuple[Step, str | SecretRefBox]]:
    """Yield every field of a user that may hold a secret, with its path inside the entry."""
    fields = {"token": user.token, "password": user.password, "client-key-data": user.client_key_data}
    yield from (((name,), value) for name, value in fields.items() if value is not None)
    for index, variable in enumerate((user.exec and user.exec.env) or []):
        # A literal is allowed here: most variables of a plugin are no secrets.
        if is_reference(variable.value):
            yield ("exec", "env", index, "value"), variable.value
    for key, value in ((user.auth_provider and user.auth_provider.config) or {}).items():
        if is_reference(value):
            yield ("auth-provider", "config", key), value


def is_reference(value: object) -> bool:
    """Return whether a field's value is a reference, in either spelling."""
    return is_ref(value) if isinstance(value, str) else value is not None


def references_of(user: User) -> Iterator[SecretRef]:
    """Yield the references of a user; one that cannot be understood is told by `check_secret`."""
    for _, value in secret_fields(user):
        if is_reference(value):
            with contextlib.suppress(SecretError):
                yield reference(value)


def reference(value: str | SecretRefBox) -> SecretRef:
    """Return the reference in a secret field. Raises SecretError when it cannot be understood."""
    if not isinstance(value, str):
        written = value.secret_ref.model_dump(exclude_unset=True)
        return ref_from_mapping(written)
    return parse_ref(value)


def check_secret(
    spec: Spec, declared: Declared[User], path: Step, value: str | SecretRefBox, *, allow_plaintext: bool
) -> Iterator[Problem]:
    """Yield what is wrong with the value of a secret field; the value is never quoted."""
    if isinstance(value, str) and not is_ref(value):
        if not allow_plaintext:
            yield declared.problem(
                "plain-text secret: only a reference may stand here",
                *path,
                rule="KCFG201",
                hint=_store_hint(declared.entry.name, str(path[-1])),
            )
        return
    try:
        found = reference(value)
    except SecretError as error:
        yield declared.problem(error.message, *path, rule="KCFG202", hint=error.problems[0].hint)
        return
    if not found.service and not _is_store(spec, found.store):
        known = [*spec.secret_stores, *(["default"] if found.store.startswith("def") else [])]
        yield declared.problem(
            f"secret store {found.store!r} is not declared",
            *path,
            rule="KCFG102",
            hint=suggest(found.store, known, "declare it under secretStores"),
        )


def _is_store(spec: Spec, name: str) -> bool:
    return name == "default" or name in spec.secret_stores or spec.excuses("secretStores", name)


def check_collisions(spec: Spec) -> Iterator[Problem]:
    """Yield keys of `env` stores that share a variable: `a.b` and `a/b` would silently get the same secret."""
    keys: dict[str, str] = {}
    for declared, path, ref in _references(spec):
        store = spec.secret_stores.get(ref.store)
        provider = find_placed(store.entry.provider) if store else None
        if store is None or provider is None:
            continue
        settings = settings_of(store.entry.plain())
        if any(each.get("needed") and each["name"] not in settings for each in provider.SETTINGS):
            continue  # told where the store is declared
        lead = provider.lead(ref, spec.name, settings)
        if lead.kind != "variable":
            continue
        name = lead.name
        if keys.setdefault(name, ref.key) != ref.key:
            yield declared.problem(
                f"the keys {keys[name]!r} and {ref.key!r} both read the environment variable {name}",
                *path,
                rule="KCFG203",
                hint="rename one of the keys, or give its store another prefix",
            )


def _references(spec: Spec) -> Iterator[tuple[Declared[User], Step, SecretRef]]:
    for declared in spec.users.values():
        for path, value in secret_fields(declared.entry):
            if is_reference(value):
                with contextlib.suppress(SecretError):  # told by check_secret
                    yield declared, path, reference(value)


def _store_hint(name: str, field: str) -> str:
    key = f"{slug_key(name)}/{field}"
    return f"`kcfg secret set {key}`, then write ref+default://{key} (--allow-plaintext for throwaway clusters)"
