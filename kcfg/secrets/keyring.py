"""Secrets in the OS keyring: read over our own socket on Linux, through the library elsewhere; written by the library.

Reading and writing never prompt and never unlock; `unlock` is the one that may.
"""

import sys

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets.secret import Secret, check_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from kcfg.secrets.chunks import Items
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Lead, Setting, Settings

USERNAME = "kcfg"
ABOUT = "Secrets in the OS keyring."
NOUN = "keyring item"
SETTINGS: "tuple[Setting, ...]" = ()
WRITABLE = True
RECORDED = False
FORMS = (("--keyring",), ("--keyring", "--username"))


def open(settings: "Settings") -> "KeyringStore":  # noqa: A001
    """Return the store of a `keyring` declaration."""
    return KeyringStore(settings.spec_name, settings.environ)


def service_name(spec_name: str, key: str) -> str:
    """Return the service under which a spec's secret is stored."""
    return f"kcfg/{spec_name}/{key}"


def place(ref: "SecretRef", spec_name: str, settings: "Mapping[str, Any]") -> list[str]:
    """Return the arguments that name the item, kcfg's own or another tool's."""
    if ref.service:
        return ["--keyring", ref.service, *(["--username", ref.username] if ref.username != USERNAME else [])]
    return ["--keyring", service_name(spec_name, ref.key)]


def read_at(options: "Mapping[str, str]", environ: "Mapping[str, str]") -> Secret:
    """Return the value of the item that is named."""
    return read_item(options["--keyring"], options.get("--username", USERNAME), environ)


def key_at(value: str, spec_name: str, settings: "Mapping[str, Any]") -> str:
    """Return the key of an item of the spec's own."""
    return value.removeprefix(service_name(spec_name, ""))


def settings_at(value: str, likely: "Sequence[str]") -> "dict[str, Any]":
    """Return none: there are none."""
    return {}


def lead(ref: "SecretRef", spec_name: str, settings: "Mapping[str, Any]") -> "Lead":
    """Return the item, which is the spec's own: nobody has to allow it."""
    from kcfg.secrets.stores import Lead

    return Lead("keyring", service_name(spec_name, ref.key), shown=f"secret {ref.key}", asks=False)


def is_there(ref: "SecretRef", settings: "Mapping[str, Any]") -> None:
    """Leave it to the index: a keyring that is locked says nothing."""
    return


def new_settings(spec_name: str) -> "dict[str, Any]":
    """Return none: there are none."""
    return {}


def backend() -> str:
    """Return the platform's keyring."""
    from kcfg.secrets.library import backend_name

    return backend_name()


class KeyringStore:
    """Items of the platform's own keyring."""

    def __init__(self, spec_name: str, environ: "Mapping[str, str]") -> None:
        self._spec_name = spec_name
        self._environ = environ

    def _item(self, ref: "SecretRef") -> tuple[str, str]:
        return (ref.service, ref.username) if ref.service else (service_name(self._spec_name, ref.key), USERNAME)

    def read(self, ref: "SecretRef") -> Secret:
        """Return the item's value. Raises SecretNotFound; SecretError when there is no keyring."""
        service, username = self._item(ref)
        return read_item(service, username, self._environ)

    def write(self, ref: "SecretRef", secret: Secret) -> None:
        """Store an item and read it back. Raises SecretError; a locked keyring stays locked."""
        service, username = self._item(ref)
        check_value(secret)
        if ref.service:
            raise SecretError(f"keyring item {service!r} belongs to another tool", hint="change it with that one")
        self.require_open()
        items = _items(self._environ)
        with self._alone(service, username):
            items.set(service, username, secret.reveal())
            if self._reads_back(service, username, secret):
                return
            # Another tool's item of the same name, with other attributes, hides ours, which is stored by now.
            items.keep_only(service, username, secret.reveal())
            if self._reads_back(service, username, secret):
                return
        raise SecretError(f"keyring item {service!r} does not read back as it was stored", hint="store it again")

    def _alone(self, service: str, username: str) -> "AbstractContextManager[None]":
        """Keep other kcfgs from writing this item: between two writers of one, neither would read back its own."""
        from hashlib import sha256

        from kcfg.state import state_lock

        name = sha256(f"{service}\0{username}".encode()).hexdigest()[:24]
        return state_lock(f"keyring/{name}", self._environ)

    def _reads_back(self, service: str, username: str, secret: Secret) -> bool:
        return read_item(service, username, self._environ).reveal() == secret.reveal()

    def delete(self, ref: "SecretRef") -> None:
        """Delete an item, every copy of it. Raises SecretNotFound when there is none."""
        service, username = self._item(ref)
        if ref.service:
            raise SecretError(f"keyring item {service!r} belongs to another tool", hint="delete it with that one")
        self.require_open()
        with self._alone(service, username):
            found = _items(self._environ).delete(service, username)
        if not found:
            raise SecretNotFound(f"no keyring item {service!r}")

    def describe(self, ref: "SecretRef") -> str:
        """Name the item."""
        return f"keyring item {self._item(ref)[0]!r}"

    def require_open(self) -> None:
        """Raise SecretError where it is known that nothing can be stored now: no keyring, or a locked one."""
        # In front of a locked collection the library would prompt, in front of a hung service wait for ever.
        if sys.platform == "linux":
            from kcfg.secrets.secretservice import check_unlocked

            check_unlocked(self._environ)


def read_item(service: str, username: str, environ: "Mapping[str, str]") -> Secret:
    """Return one keyring item. Raises SecretNotFound, SecretError."""
    if sys.platform == "linux":
        from kcfg.secrets.secretservice import read_secret

        found = read_secret(service, username, environ)
    else:
        value = _items(environ).get(service, username)
        found = None if value is None else Secret(value)
    if found is None:
        raise _missing(service)
    return found


def _missing(service: str) -> SecretNotFound:
    if service.startswith("kcfg/") and service.count("/") > 1:
        hint = f"store it: kcfg secret set {service.split('/', 2)[2]}"
    else:
        hint = "it belongs to another tool: store it with that one"
    return SecretNotFound(f"no keyring item {service!r}", hint=hint)


def unlock(environ: "Mapping[str, str]") -> None:
    """Open the keyring: the only function that may make the desktop prompt. Raises SecretError when it stays locked."""
    from kcfg.secrets.library import Library

    if sys.platform != "linux":
        # Windows has no lock; macOS asks by itself, and `security unlock-keychain` is its command.
        return
    from kcfg.secrets.secretservice import check_present, check_unlocked

    check_present(environ)
    try:
        Library(environ).unlock()
        check_unlocked(environ)
    except SecretError as error:
        raise SecretError(
            f"the keyring stays locked ({error.message})",
            hint="without a desktop there is no prompt: log in with a password, or "
            "gnome-keyring-daemon --replace --unlock, which reads it from standard input",
        ) from None


def _items(environ: "Mapping[str, str]") -> "Items":
    from kcfg.secrets.library import Library

    library = Library(environ)
    if sys.platform != "win32":
        return library
    from kcfg.secrets.chunks import WINDOWS_LIMIT, Chunks

    return Chunks(library, WINDOWS_LIMIT)
