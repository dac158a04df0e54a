"""`kcfg secret set`: store a value from standard input, or from a prompt that does not echo."""

from __future__ import annotations

import os

from kcfg.cli.secret.given import check_value, read_value
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Spec


def run(*, key: str, missing: bool, file: str | None, environment: str | None, values: list[str]) -> int:
    """Store one secret, or ask for each that is missing; 1 when some still are."""
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.errors import KcfgError
    from kcfg.spec.secrets import declared_secrets, find_secret

    if bool(key) == missing:
        raise KcfgError("name a key, or give --missing", hint="`kcfg secret ls` lists the keys")
    spec = load_valid(file, environment, values, lenient=True)
    declared, stores = declared_secrets(spec), Stores(spec)
    if missing:
        return _set_missing(spec, stores, declared)
    _set(spec, stores, find_secret(declared, key))
    return 0


def _set_missing(spec: Spec, stores: Stores, declared: list[DeclaredSecret]) -> int:
    """Ask for every secret that kcfg could store and nobody did; what is no line is told how to be stored."""
    from kcfg.cli.shared.consent import can_ask
    from kcfg.errors import KcfgError, SecretError, count
    from kcfg.secrets.value import PEM_KINDS

    if not can_ask():
        raise KcfgError("--missing asks, and nobody is here", hint="kcfg secret set KEY < FILE stores one")
    writable = [each for each in declared if stores.is_writable(each.ref)]
    for each in declared:
        if each not in writable:
            tell(f"kcfg: note: {each.name}: not kcfg's to store ({stores.provider(each.ref)} store)")
    wanted = [each for each in writable if stores.stored(each.ref) is None]
    left = 0
    for secret in wanted:
        if secret.kind in PEM_KINDS or secret.properties:
            what = "several values" if secret.properties else "a PEM text"
            tell(f"kcfg: {secret.name}: {what}: kcfg secret set {secret.name} < FILE")
            left += 1
            continue
        try:
            _set(spec, stores, secret)
        except SecretError as error:
            tell(f"kcfg: error: {secret.name}: {error.message}")
            left += 1
    tell(f"kcfg: {count(len(writable), 'secret')}, {len(wanted)} asked for, {left} still missing")
    return int(bool(left))


def _set(spec: Spec, stores: Stores, secret: DeclaredSecret) -> None:
    """Ask the store first, so that nobody types a secret that has no place; check; store; remember."""
    from kcfg.cache.cache import clear_cache
    from kcfg.trust.gate import remember_secret

    before = stores.stored(secret.ref)
    value = read_value(secret)
    validity = check_value(stores, secret, value)
    remember_secret(spec, secret.ref, os.environ)
    if before is not None and before.reveal() == value.reveal():
        if not _is_known(stores, secret):  # a kill, or another tool, kept it out of the index
            stores.remember(secret.ref, secret.kind, validity)
        say(f'secret "{secret.name}" unchanged')
        return
    stores.of(secret.ref).write(secret.ref, value)
    clear_cache(os.environ)
    say(f'secret "{secret.name}" {"created" if before is None else "configured"}')  # true whatever happens to the index
    stores.remember(secret.ref, secret.kind, validity)


def _is_known(stores: Stores, secret: DeclaredSecret) -> bool:
    from kcfg.secrets.index import read_index

    return stores.item_name(secret.ref) in read_index(os.environ)
