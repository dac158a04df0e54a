"""What of a kubeconfig's history holds a secret: in the keyring, an item for each record that has such, no file.

The index names an item before the keyring has it, and whose history it is of. So whatever a kill leaves is found, and
removed by the next kcfg that writes this kubeconfig: all that no record needs which can still be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from kcfg.errors import SecretError, SecretNotFound
from kcfg.expiry import now
from kcfg.secrets.index import forget_item, read_index, record_history
from kcfg.secrets.keyring import KeyringStore
from kcfg.secrets.library import backend_name
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret, check_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.apply.live import Live

KEPT = 20  # items of one kubeconfig; each has at most 64 KiB, as every secret


def obstacle(hidden: Secret, environ: Mapping[str, str]) -> str:
    """Return why the keyring cannot keep this, as far as that is known before it is tried; empty if it can."""
    try:
        check_value(hidden)
        KeyringStore("", environ).require_open()
    except SecretError as error:
        return error.message
    return ""


def keep(live: Live, spec_name: str, hidden: Secret) -> str:
    """Store what a record hides; return the item's name. Raises SecretError, and then nothing is left."""
    check_value(hidden)
    store = KeyringStore(spec_name, live.environ)
    store.require_open()
    name = _free_name(live, spec_name, store)
    try:
        store.write(_ref(name), hidden)
    except SecretError:
        with suppress(SecretError):
            forget(name, live.environ)
        raise
    return name


def _free_name(live: Live, spec_name: str, store: KeyringStore) -> str:
    """Take a name that is neither in the index nor in the keyring: another state folder may have one there."""
    first = 1
    while True:
        name = record_history(
            spec_name, live.identity, first=first, backend=backend_name(), now=now(), environ=live.environ
        )
        try:
            store.read(_ref(name))
        except SecretNotFound:
            return name
        except SecretError:
            forget_item(name, live.environ)
            raise
        forget_item(name, live.environ)
        first = int(name.rpartition("/")[2]) + 1


def read_kept(name: str, environ: Mapping[str, str]) -> Secret:
    """Return what a record hides. Raises SecretNotFound, SecretError."""
    return _store(name, environ).read(_ref(name))


def forget(name: str, environ: Mapping[str, str]) -> None:
    """Remove an item, then its name from the index. Raises SecretError where the keyring is not there."""
    with suppress(SecretNotFound):
        _store(name, environ).delete(_ref(name))
    forget_item(name, environ)


def kept_names(live: Live) -> list[str]:
    """Return the names of the items of a kubeconfig's history, needed or not."""
    return [name for name, entry in read_index(live.environ).items() if entry.get("of") == live.identity]


def require_open(environ: Mapping[str, str]) -> None:
    """Raise SecretError where nothing could be removed."""
    KeyringStore("", environ).require_open()


def _store(name: str, environ: Mapping[str, str]) -> KeyringStore:
    return KeyringStore(name.split("/")[1], environ)


def _ref(name: str) -> SecretRef:
    return SecretRef(name.split("/", 2)[2])
