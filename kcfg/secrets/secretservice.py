"""Read one item of the Secret Service as the `keyring` library would, but never prompt, unlock, create or start it."""

from kcfg.errors import SecretError
from kcfg.secrets.dbus import Call, Connection, pairs, text
from kcfg.secrets.secret import MAX_BYTES, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kcfg.secrets.dbus import Reply

SECONDS = 5.0
_NAME = "org.freedesktop.secrets"
_ROOT = "/org/freedesktop/secrets"
_IFACE = "org.freedesktop.Secret."
_HELLO = Call(("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"), "Hello")
_ALIAS = Call((_NAME, _ROOT, _IFACE + "Service"), "ReadAlias", "s", text("default"))
# Algorithm "plain", and as input the empty string in a variant.
_SESSION = Call((_NAME, _ROOT, _IFACE + "Service"), "OpenSession", "sv", text("plain") + b"\1s\0" + bytes(3) + text(""))
_GONE = (
    "org.freedesktop.Secret.Error.NoSuchObject",
    "org.freedesktop.DBus.Error.UnknownObject",
    "org.freedesktop.DBus.Error.UnknownMethod",
)
_TAKEN = Secret("")  # found, and deleted before it was read: another copy is there, or a newer one
_TRIES = 5
_ABSENT = ("org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner")
_NO_SERVICE = "start gnome-keyring, KWallet or KeePassXC, or use an `env`, `file` or `command` secret store"


def read_secret(
    service: str, username: str, environ: "Mapping[str, str]", *, seconds: float = SECONDS
) -> Secret | None:
    """Return the item's value, or None when there is none. Raises SecretError naming what is in the way."""
    bus = Connection(bus_addresses(environ), seconds=seconds)
    try:
        collection = _default_collection(bus)
        for _ in range(_TRIES):
            found = _read(bus, collection, service, username)
            if found is not _TAKEN:
                break
        return None if found is _TAKEN else found
    finally:
        bus.close()


def check_unlocked(environ: "Mapping[str, str]", *, seconds: float = SECONDS) -> None:
    """Raise SecretError unless a Secret Service answers and its default collection is open."""
    bus = Connection(bus_addresses(environ), seconds=seconds)
    try:
        if _is_locked(bus, _default_collection(bus)):
            raise _locked()
    finally:
        bus.close()


def check_present(environ: "Mapping[str, str]", *, seconds: float = SECONDS) -> None:
    """Raise SecretError unless a Secret Service answers."""
    bus = Connection(bus_addresses(environ), seconds=seconds)
    try:
        _alias(bus)
    finally:
        bus.close()


def bus_addresses(environ: "Mapping[str, str]") -> list[str]:
    """Return the socket addresses of the session bus; an abstract one begins with NUL."""
    runtime = environ.get("XDG_RUNTIME_DIR")
    beside = [f"{runtime}/bus"] if runtime else []
    written = environ.get("DBUS_SESSION_BUS_ADDRESS")
    if not written:
        # As sd-bus does; the library does not look there.
        return beside
    found: list[str] = []
    for address in written.split(";"):
        transport, _, options = address.partition(":")
        for option in options.split(",") if transport == "unix" else ():
            key, _, value = option.partition("=")
            if key == "path":
                found.append(_unescape(value))
            elif key == "abstract":
                found.append("\0" + _unescape(value))
            elif key == "runtime":
                found += beside
    if not found:
        raise SecretError("DBUS_SESSION_BUS_ADDRESS names no Unix socket", hint="kcfg reads unix:path= and abstract=")
    return found


def _unescape(value: str) -> str:
    first, *rest = value.split("%")
    try:
        raw = _raw(first) + b"".join(bytes.fromhex(part[:2]) + _raw(part[2:]) for part in rest)
        return raw.decode("utf-8", "surrogateescape")
    except ValueError:
        raise SecretError("DBUS_SESSION_BUS_ADDRESS has a broken % escape") from None


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _alias(bus: Connection) -> str:
    # gnome-keyring aborts when a new client's first call races with its registration. ReadAlias, awaited, is safe:
    # the race makes it say "/" (no such collection), and the second call of a client has no race.
    hello, first = bus.call(_HELLO, _ALIAS)
    _check(hello)
    _check(first)
    if (path := first.body.text()) != "/":
        return path
    [second] = bus.call(_ALIAS)
    _check(second)
    return second.body.text()


def _default_collection(bus: Connection) -> str:
    path = _alias(bus)
    if path == "/":
        raise SecretError("the keyring has no default collection", hint="make one: kcfg secret unlock")
    return path


def _is_locked(bus: Connection, collection: str) -> bool:
    where = (_NAME, collection, "org.freedesktop.DBus.Properties")
    name = text(_IFACE + "Collection")
    body = name + bytes(-len(name) % 4) + text("Locked")
    [reply] = bus.call(Call(where, "Get", "ss", body))
    _check(reply)
    reply.body.signature()
    return reply.body.u32() != 0


def _read(bus: Connection, collection: str, service: str, username: str) -> Secret | None:
    # What the library searches by; the item's further attributes (`application`) do not matter.
    wanted = pairs({"username": username, "service": service})
    search = Call((_NAME, collection, _IFACE + "Collection"), "SearchItems", "a{ss}", wanted)
    session, found = bus.call(_SESSION, search)
    _check(session)
    _check(found)
    session.body.signature()
    session.body.text()
    path = session.body.text()
    if not found.body.u32():
        if _is_locked(bus, collection):
            raise _locked()
        return None
    item = (_NAME, found.body.text(), _IFACE + "Item")
    [reply] = bus.call(Call(item, "GetSecret", "o", text(path)))
    if reply.error in _GONE:
        return _TAKEN
    _check(reply)
    return _value(reply, service)


def _value(reply: "Reply", service: str) -> Secret:
    reply.body.text()
    reply.body.blob()
    raw = reply.body.blob()
    if len(raw) > MAX_BYTES:
        raise SecretError(f"keyring item {service!r} is larger than {MAX_BYTES >> 10} KiB")
    try:
        return Secret(raw.decode())
    except UnicodeDecodeError:
        # The exception holds the bytes: nothing may refer to it any more when ours is raised.
        pass
    raise SecretError(f"keyring item {service!r} is not UTF-8 text", hint="store it again")


def _check(reply: "Reply") -> None:
    if not reply.error:
        return
    if reply.error in _ABSENT:
        raise SecretError("no Secret Service on the session bus", hint=_NO_SERVICE)
    if reply.error == "org.freedesktop.Secret.Error.IsLocked":
        raise _locked()
    raise SecretError(f"the keyring refused ({reply.error.rpartition('.')[2]})", hint="try again, or restart it")


def _locked() -> SecretError:
    return SecretError("the keyring is locked", hint="unlock it: kcfg secret unlock")
