"""Long values in a keyring of short items (Windows: 1280 characters).

Parts named `SERVICE#GENERATION.NUMBER` are written, read back and compared; then the item itself becomes a header with
count and SHA-256; then the old generation goes. Readers see the old value or the new one, whole.
"""

from hashlib import sha256
from os import urandom

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Items(Protocol):
        """Items by service and username."""

        def get(self, service: str, username: str) -> str | None:
            """Return an item's value, or None."""

        def set(self, service: str, username: str, value: str) -> None:
            """Store an item, replacing its value."""

        def delete(self, service: str, username: str) -> bool:
            """Delete an item; return whether there was one."""

        def keep_only(self, service: str, username: str, value: str) -> None:
            """Delete what other tools stored under the same name, unless it is this value."""


# In UTF-16 code units, which is what Windows counts: 1280 less some room.
WINDOWS_LIMIT = 1200
_MARK = "kcfg-chunks:1"
_MAX_PARTS = 1 << 16


class Chunks:
    """Keeps items of any length in items of at most `limit` UTF-16 code units. Always in this layout.

    So a value never looks like a header, and what Windows copies aside on overwriting is a header without a secret.
    """

    def __init__(self, items: "Items", limit: int) -> None:
        self._items = items
        self._limit = limit

    def get(self, service: str, username: str) -> str | None:
        """Return the value; an item that another tool wrote is returned as it is. Raises SecretError for damage."""
        fault = ""
        # Twice: between header and parts another process may have stored a new generation.
        for _ in range(2):
            header = self._items.get(service, username)
            if header is None or not header.startswith(_MARK + ":"):
                return header
            value, fault = self._assemble(service, username, header)
            if not fault:
                return value
        raise SecretError(f"keyring item {service!r} is damaged ({fault})", hint="store it again")

    def set(self, service: str, username: str, value: str) -> None:
        """Store a value. Raises SecretError when the keyring does not give back what it was given."""
        old = self._items.get(service, username)
        generation = urandom(4).hex()
        parts = split(value, self._limit)
        header = f"{_MARK}:{generation}:{len(parts)}:{sha256(value.encode()).hexdigest()}"
        try:
            for number, part in enumerate(parts, 1):
                self._store(part_name(service, generation, number), username, part)
            self._store(service, username, header)
        except BaseException:
            if self._items.get(service, username) != header:
                self._forget(service, username, header)
            raise
        if old is not None:
            self._forget(service, username, old)

    def keep_only(self, service: str, username: str, value: str) -> None:
        """Leave it: where items are short, a name has one."""

    def delete(self, service: str, username: str) -> bool:
        """Delete a value: the parts first, so that an interrupted delete can be repeated."""
        header = self._items.get(service, username)
        if header is not None:
            self._forget(service, username, header)
        return self._items.delete(service, username)

    def _store(self, service: str, username: str, text: str) -> None:
        self._items.set(service, username, text)
        if self._items.get(service, username) != text:
            raise SecretError("the keyring does not give back what it was given", hint="nothing was changed")

    def _assemble(self, service: str, username: str, header: str) -> tuple[str, str]:
        generation, count, digest = _parse(header)
        if not count:
            return "", "its header cannot be read"
        parts: list[str] = []
        for number in range(1, count + 1):
            part = self._items.get(part_name(service, generation, number), username)
            if part is None:
                return "", f"part {number} of {count} is missing"
            parts.append(part)
        value = "".join(parts)
        same = sha256(value.encode()).hexdigest() == digest
        return (value, "") if same else ("", "its parts do not belong together")

    def _forget(self, service: str, username: str, header: str) -> None:
        generation, count, _ = _parse(header)
        for number in range(1, count + 1):
            self._items.delete(part_name(service, generation, number), username)


def part_name(service: str, generation: str, number: int) -> str:
    """Return the service under which a part is stored."""
    return f"{service}#{generation}.{number}"


def split(value: str, limit: int) -> list[str]:
    """Cut a value into parts of at most `limit` UTF-16 code units; a character is never cut."""
    parts: list[str] = []
    start = size = 0
    for at, char in enumerate(value):
        units = 2 if ord(char) > 0xFFFF else 1
        if size + units > limit:
            parts.append(value[start:at])
            start, size = at, 0
        size += units
    return [*parts, value[start:]]


def _parse(header: str) -> tuple[str, int, str]:
    """Return generation, count and digest; a count of 0 for what is no header."""
    words = header.split(":")
    if not header.startswith(_MARK + ":") or len(words) != 5 or not words[3].isdecimal():
        return "", 0, ""
    count = int(words[3])
    return words[2], count if count <= _MAX_PARTS else 0, words[4]
