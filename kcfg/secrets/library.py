"""Items through the `keyring` library: the only module that imports it. The backend is always named.

Auto-detection would import from the working directory, run compilers found on PATH, and may choose plain text.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Thread

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

_BACKENDS = {
    "linux": ("keyring.backends.SecretService", "Keyring"),
    "darwin": ("keyring.backends.macOS", "Keyring"),
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
}
# Elsewhere the platform itself may be asking the user something.
_SECONDS = 10.0 if sys.platform == "linux" else 60.0
_PROMPT_SECONDS = 180.0
_MAX_COPIES = 100
NO_KEYRING = "use an `env`, `file` or `command` secret store, or start a keyring (`kcfg init` shows a spec)"
# What the platforms' own error numbers mean to people.
_KNOWN = {
    -25308: ("macOS refused without a window session", "security unlock-keychain, then try again"),
    1312: ("Windows has no credential set in this logon session (ssh?)", "use a console or RDP session"),
}


def backend_name(platform: str = sys.platform) -> str:
    """Return the name of the platform's backend, as the index keeps it."""
    return _BACKENDS.get(platform, ("none", ""))[0].rpartition(".")[2]


class Library:
    """Items by service and username; every call ends within a deadline."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, service: str, username: str) -> str | None:
        """Return an item's value, or None."""
        value = self._call(lambda backend: backend.get_password(service, username))
        return value if isinstance(value, str) else None

    def set(self, service: str, username: str, value: str) -> None:
        """Store an item, replacing its value."""
        self._call(lambda backend: backend.set_password(service, username, value))

    def delete(self, service: str, username: str) -> bool:
        """Delete an item and every copy that another tool left beside it; return whether there was one."""
        return bool(self._call(lambda backend: _delete_all(backend, service, username)))

    def keep_only(self, service: str, username: str, value: str) -> None:
        """Delete what other tools stored under the same name, with other attributes, unless it is this value."""
        self._call(lambda backend: _keep_only(backend, service, username, value))

    def unlock(self) -> None:
        """Open the default collection; the platform may prompt."""
        self._call(_open_collection, seconds=_PROMPT_SECONDS)

    def _call(self, action: Callable[[Any], object], *, seconds: float = _SECONDS) -> object:
        from keyring.errors import InitError

        with _bus_of(self._environ):
            answer = _within(seconds, lambda: action(_backend()))
            if isinstance(answer, InitError):
                # gnome-keyring's first-call race, about once in a thousand calls; nothing has been done.
                answer = _within(seconds, lambda: action(_backend()))
        if isinstance(answer, Exception):
            raise _explained(answer)
        return answer


def _backend() -> Any:
    from importlib import import_module

    if sys.platform not in _BACKENDS:
        raise SecretError("no OS keyring on this platform", hint=NO_KEYRING)
    module, name = _BACKENDS[sys.platform]
    backend = getattr(import_module(module), name)
    # Its __init__ would let KEYRING_PROPERTY_* set any attribute.
    return backend.__new__(backend)


def _delete_all(backend: Any, service: str, username: str) -> bool:
    from keyring.errors import PasswordDeleteError

    for copies in range(_MAX_COPIES):
        try:
            backend.delete_password(service, username)
        except PasswordDeleteError:
            return copies > 0
    raise SecretError(f"keyring item {service!r} keeps coming back", hint="another program writes it")


def _keep_only(backend: Any, service: str, username: str, value: str) -> None:
    if not hasattr(backend, "get_preferred_collection"):  # only the Secret Service has several of one name
        return
    from contextlib import closing

    collection = backend.get_preferred_collection()
    with closing(collection.connection):
        for item in list(collection.search_items({"username": username, "service": service})):
            if item.get_secret() != value.encode():
                item.delete()


def _open_collection(backend: Any) -> None:
    if hasattr(backend, "get_preferred_collection"):
        backend.get_preferred_collection().connection.close()


def _within(seconds: float, action: Callable[[], object]) -> object:
    """Return what the action returns or raises; SecretError when it does not end: the library has no deadlines."""
    done: list[object] = []

    def run() -> None:
        try:
            done.append(action())
        except Exception as error:
            # Its frames hold the secret.
            done.append(error.with_traceback(None))

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not done:
        return SecretError(f"the keyring did not answer within {seconds:g} s", hint="is a prompt open somewhere?")
    return done[0]


def _explained(error: Exception) -> SecretError:
    from keyring.errors import InitError, KeyringLocked

    if isinstance(error, SecretError):
        return error
    if isinstance(error, InitError | KeyringLocked):
        return SecretError("the keyring is locked", hint="unlock it: kcfg secret unlock")
    for number in (getattr(error, "status", None), getattr(error, "winerror", None)):
        if number in _KNOWN:
            return SecretError(_KNOWN[number][0], hint=_KNOWN[number][1])
    return SecretError(f"the keyring refused ({type(error).__name__})", hint=NO_KEYRING)


@contextmanager
def _bus_of(environ: Mapping[str, str]) -> Iterator[None]:
    """Let the library, which looks at the process's environment only, find the bus that kcfg reads from."""
    name = "DBUS_SESSION_BUS_ADDRESS"
    runtime = environ.get("XDG_RUNTIME_DIR")
    address = environ.get(name) or (f"unix:path={runtime}/bus" if runtime else "")
    before = os.environ.get(name)
    if address:
        os.environ[name] = address
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
