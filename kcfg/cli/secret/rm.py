"""`kcfg secret rm`: delete a stored secret, every copy of it."""

from __future__ import annotations

import os
from contextlib import suppress

from kcfg.printing import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.spec import Spec


def run(*, key: str, file: str | None, environment: str | None, values: list[str], yes: bool) -> int:
    """Ask on a terminal, delete, forget."""
    from kcfg.cache.cache import clear_cache
    from kcfg.cli.shared.consent import require_consent
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.errors import SecretNotFound
    from kcfg.secrets.index import forget_item
    from kcfg.spec.secrets import DeclaredSecret

    spec = load_valid(file, environment, values, lenient=True)
    stores = Stores(spec)
    ref = _find(spec, stores, key)
    store = stores.of(ref)
    _require_there(stores, ref)
    require_consent(f"Delete {store.describe(ref)}?", yes=yes, refused="nothing was removed")
    with suppress(SecretNotFound):  # a kill left the name in the index alone
        store.delete(ref)
    say(f'secret "{DeclaredSecret(ref, "").name}" deleted')  # true whatever happens to the index
    forget_item(stores.item_name(ref), os.environ)
    clear_cache(os.environ)
    return 0


def _require_there(stores: Stores, ref: SecretRef) -> None:
    """Raise SecretNotFound for a secret that is neither in its store nor in the index."""
    from kcfg.errors import SecretNotFound
    from kcfg.secrets.index import read_index

    try:
        stores.of(ref).read(ref)
    except SecretNotFound as error:
        if stores.item_name(ref) not in read_index(os.environ):
            raise SecretNotFound(
                error.message, hint="nothing to remove: `kcfg secret ls` shows what is there"
            ) from None


def _find(spec: Spec, stores: Stores, key: str) -> SecretRef:
    """Return the reference of a declared secret, or of one that kcfg stored before the spec forgot it."""
    from kcfg.errors import SecretError
    from kcfg.secrets.index import read_index
    from kcfg.secrets.ref import SecretRef, is_history, key_fault
    from kcfg.spec.secrets import declared_secrets, find_secret

    try:
        return find_secret(declared_secrets(spec), key).ref
    except SecretError:
        store, _, name = key.rpartition(":")
        if is_history(name):
            raise SecretError(
                f"{key} is no secret of the spec: the keyring keeps it for `kcfg undo`",
                hint="`kcfg history clear` removes it, with the history of its kubeconfig",
            ) from None
        ref = SecretRef(name, store=store or "default")
        if key_fault(name) or stores.item_name(ref) not in read_index(os.environ):
            raise
        return ref
