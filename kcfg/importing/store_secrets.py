"""Secrets go into their store: written, read back, compared; only then may the spec refer to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kcfg.errors import SecretError, SecretNotFound
from kcfg.expiry import now
from kcfg.secrets import backend_of
from kcfg.secrets.index import record_items
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret
from kcfg.secrets.value import validity_of
from kcfg.spec.secrets import item_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.importing.draft import Stored
    from kcfg.secrets.stores import Store


def free_in(store: Store | None) -> Callable[[str, Secret], bool]:
    """Return the function that says whether a key is free, or holds this very secret already."""

    def is_free(key: str, secret: Secret) -> bool:
        if store is None:
            return True
        try:
            return store.read(SecretRef(key)).reveal() == secret.reveal()
        except SecretNotFound:
            return True

    return is_free


def keep(
    stored: Sequence[Stored],
    store: Store,
    *,
    spec_name: str,
    provider: str,
    environ: Mapping[str, str],
    replace: bool = False,
    watch: Callable[[Sequence[Stored]], Iterable[Stored]] = iter,
) -> list[Stored]:
    """Store what is not there yet and return it. Raises SecretError, and then nothing may refer to it.

    Another value under the same reference stays, unless it is to be replaced.
    `watch` passes on what is stored, and may tell it.
    """
    written: list[Stored] = []
    kept: list[Stored] = []
    is_free = free_in(store)
    try:
        for each in watch(stored):
            if not replace and not is_free(each.ref.key, each.found.secret):
                raise SecretError(f"{store.describe(each.ref)} was just stored by someone else", hint="try again")
            if _keep_one(each, store):
                written.append(each)
            kept.append(each)
    finally:  # also what was stored before an error
        _remember(kept, spec_name, provider, environ)
    return written


def _keep_one(each: Stored, store: Store) -> bool:
    try:
        if store.read(each.ref).reveal() == each.found.secret.reveal():
            return False
    except SecretNotFound:
        pass
    store.write(each.ref, each.found.secret)
    if store.read(each.ref).reveal() != each.found.secret.reveal():
        raise SecretError(f"{store.describe(each.ref)} does not read back as it was stored", hint="try again")
    return True


def _remember(kept: Sequence[Stored], spec_name: str, provider: str, environ: Mapping[str, str]) -> None:
    rows = []
    for each in kept:
        found = each.found
        validity = validity_of(found.secret, found.kind, found.certificate)
        rows.append((item_name(spec_name, each.ref), found.kind, validity))
    record_items(rows, backend=backend_of(provider), now=now(), environ=environ)
