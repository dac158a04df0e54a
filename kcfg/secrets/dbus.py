"""The little of D-Bus that reading a secret needs: one AF_UNIX socket, builtin modules, one deadline for everything.

The exec plugin pays for this module on every kubectl call: a D-Bus library costs it four times the interpreter.
"""

import time
from _socket import AF_UNIX, SO_PEERCRED, SOCK_STREAM, SOL_SOCKET, socket
from posix import geteuid

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# An item may hold 64 KiB; whoever answers with much more is not asked to go on.
MAX_MESSAGE = 1 << 20
_RETURN, _ERROR = 2, 3
_NO_AUTO_START = 2
_NO_BUS = "start one, or use an `env`, `file` or `command` secret store; under sudo, cron or ssh there is often none"


class Call:
    """A method call; `body` is marshalled already."""

    __slots__ = ("body", "destination", "interface", "member", "path", "signature")

    def __init__(self, where: tuple[str, str, str], member: str, signature: str = "", body: bytes = b"") -> None:
        self.destination, self.path, self.interface = where
        self.member = member
        self.signature = signature
        self.body = body

    def marshal(self, serial: int) -> bytes:
        """Return the message. It never makes the bus start a service."""
        fields = bytearray()
        for code, kind, value in (
            (1, b"o", self.path),
            (2, b"s", self.interface),
            (3, b"s", self.member),
            (6, b"s", self.destination),
            (8, b"g", self.signature),
        ):
            fields += bytes(-len(fields) % 8) + bytes((code, 1)) + kind + b"\0"
            fields += bytes((len(value),)) + value.encode() + b"\0" if kind == b"g" else text(value)
        head = bytes((ord("l"), 1, _NO_AUTO_START, 1)) + _u32(len(self.body)) + _u32(serial) + _u32(len(fields))
        return head + fields + bytes(-len(fields) % 8) + self.body


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def text(value: str) -> bytes:
    """Marshal a string or an object path that begins at a multiple of four."""
    raw = value.encode()
    return _u32(len(raw)) + raw + b"\0"


def pairs(values: "Mapping[str, str]") -> bytes:
    """Marshal `a{ss}` at the start of a body."""
    out = bytearray()
    for item in values.items():
        out += bytes(-len(out) % 8)
        for value in item:
            out += bytes(-len(out) % 4) + text(value)
    return _u32(len(out)) + bytes(4) + out


class Reader:
    """Takes values out of a message, never beyond its end."""

    def __init__(self, raw: bytes, order: str) -> None:
        self._raw = raw
        self._big = order == "B"
        self.at = 0

    def take(self, count: int, align: int = 1) -> bytes:
        """Return the next bytes after padding."""
        start = self.at + -self.at % align
        self.at = start + count
        if self.at > len(self._raw):
            raise SecretError("the session bus sent a message that cannot be understood")
        return self._raw[start : self.at]

    def u32(self) -> int:
        """Return a number."""
        return int.from_bytes(self.take(4, 4), "big" if self._big else "little")

    def blob(self) -> bytes:
        """Return an array of bytes."""
        return self.take(self.u32())

    def text(self) -> str:
        """Return a string or an object path."""
        value = self.take(self.u32() + 1)
        return value[:-1].decode("utf-8", "replace")

    def signature(self) -> str:
        """Return a signature."""
        return self.take(self.take(1)[0] + 1)[:-1].decode("ascii", "replace")


class Reply:
    """An answer: the name of an error, or a body."""

    __slots__ = ("body", "error")

    def __init__(self, error: str, body: Reader) -> None:
        self.error = error
        self.body = body


class Connection:
    """A conversation with the session bus. Every wait in it ends at `deadline`."""

    def __init__(self, addresses: list[str], *, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._serial = 0
        self._buffer = b""
        self._socket = self._connect(addresses)
        # Sent with the first calls, as sd-bus does: the bus reads one after the other.
        self._greeting = f"\0AUTH EXTERNAL {str(geteuid()).encode().hex()}\r\nBEGIN\r\n".encode()
        self._authenticated = False

    def close(self) -> None:
        """Hang up: the service forgets the session."""
        self._socket.close()

    def call(self, *calls: Call) -> list[Reply]:
        """Send calls in one write and return their replies, in order."""
        first = self._serial + 1
        self._send(self._greeting + b"".join(call.marshal(first + offset) for offset, call in enumerate(calls)))
        self._greeting = b""
        self._serial += len(calls)
        replies: dict[int, Reply] = {}
        while len(replies) < len(calls):
            serial, reply = self._receive()
            if first <= serial <= self._serial and reply is not None:
                replies[serial] = reply
        return [replies[serial] for serial in sorted(replies)]

    def _connect(self, addresses: list[str]) -> socket:
        refused = ""
        for address in addresses:
            try:
                return self._open(address)
            except PermissionError:
                raise _foreign() from None
            except TimeoutError:
                raise self._late() from None
            except OSError as error:
                refused = (error.strerror or type(error).__name__).lower()
        where = addresses[0].replace("\0", "@") if addresses else "DBUS_SESSION_BUS_ADDRESS is not set"
        raise SecretError(f"no session bus ({where}{': ' + refused if refused else ''})", hint=_NO_BUS)

    def _open(self, address: str) -> socket:
        connection = socket(AF_UNIX, SOCK_STREAM)
        while True:
            try:
                connection.settimeout(self._left())
                connection.connect(address)
            except BlockingIOError:
                # The queue of a busy bus is full: many kubectls at once. A Unix socket has no other way to wait.
                time.sleep(0.005)
            except BaseException:
                connection.close()
                raise
            else:
                return connection

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _late(self) -> SecretError:
        return SecretError(
            f"the keyring did not answer within {self._seconds:g} s",
            hint="it may be waiting for a prompt on another screen; else restart it",
        )

    def _send(self, raw: bytes) -> None:
        try:
            self._socket.settimeout(self._left())
            self._socket.sendall(raw)
        except TimeoutError:
            raise self._late() from None
        except OSError:
            raise self._hung_up() from None

    def _more(self) -> None:
        try:
            self._socket.settimeout(self._left())
            raw = self._socket.recv(1 << 16)
        except TimeoutError:
            raise self._late() from None
        except OSError:
            raw = b""
        if not raw:
            raise self._hung_up()
        self._buffer += raw

    def _hung_up(self) -> SecretError:
        owner = self._socket.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)[4:8]
        mine = geteuid() == int.from_bytes(owner, "little") or geteuid() == int.from_bytes(owner, "big")
        return SecretError("the session bus closed the connection", hint="try again") if mine else _foreign()

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._more()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _greet(self) -> None:
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > 512:
                raise SecretError("what listens at the session bus's address is no D-Bus")
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        if not line.startswith(b"OK "):
            raise _foreign()
        self._authenticated = True

    def _receive(self) -> "tuple[int, Reply | None]":
        """Return (serial it answers, reply); None for what is no reply, such as a signal."""
        if not self._authenticated:
            self._greet()
        start = self._take(16)
        order = chr(start[0])
        head = Reader(start[4:], order)
        body_size, _, field_size = head.u32(), head.u32(), head.u32()
        if order not in "lB" or body_size + field_size > MAX_MESSAGE:
            raise SecretError("the keyring's answer is too large to be a secret")
        fields = Reader(self._take(field_size + -field_size % 8)[:field_size], order)
        body = Reader(self._take(body_size), order)
        found = _fields(fields, field_size)
        if start[1] not in (_RETURN, _ERROR):
            return 0, None
        error = str(found.get(4) or "unnamed error") if start[1] == _ERROR else ""
        serial = found.get(5)
        return (serial, Reply(error, body)) if isinstance(serial, int) else (0, None)


def _fields(reader: Reader, size: int) -> "dict[int, str | int]":
    found: dict[int, str | int] = {}
    while reader.at < size:
        code = reader.take(1, 8)[0]
        kind = reader.signature()
        found[code] = reader.u32() if kind == "u" else reader.signature() if kind == "g" else reader.text()
    return found


def _foreign() -> SecretError:
    return SecretError("the session bus belongs to another user", hint="run kubectl as yourself, without sudo")
