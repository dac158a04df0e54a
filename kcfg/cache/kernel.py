"""The kernel's keyring of this user (keyrings(7)): memory that is never swapped, and gone with the machine's power.

Python has no word for it: add_key(2) and keyctl(2) are asked by their numbers, through what `ctypes` is made of:
loading `ctypes` itself costs a call of kubectl as much as the answer. Many containers forbid both.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_GENERIC = (217, 219)  # <asm-generic/unistd.h>
_CALLS = {
    "x86_64": (248, 250),
    "aarch64": _GENERIC,
    "riscv64": _GENERIC,
    "loongarch64": _GENERIC,
    "ppc64le": (269, 271),
    "s390x": (278, 280),
}
_PROCESS, _USER = -2, -4  # KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_USER_KEYRING
_SETPERM, _DESCRIBE, _LINK, _UNLINK, _SEARCH, _READ, _TIMEOUT = 5, 6, 8, 9, 10, 11, 15
# Its possessor and this user may do everything, nobody else anything: a session whose keyring does not link to the
# user's possesses nothing of it, so a possessor's rights alone would shut out the next terminal.
_OURS = 0x3F3F0000
_KIND = b"user"
_MOST = 32767  # bytes, of a key of this kind


class KernelKeyring:
    """Entries as keys `PREFIX…` of the user's keyring."""

    name = "the kernel's keyring"
    folder = ""

    def __init__(
        self, prefix: str, add: Callable[..., int], control: Callable[..., int], buffer: Callable[[int], Any]
    ) -> None:
        self._prefix = prefix
        self._add = add
        self._control = control
        self._buffer = buffer

    def get(self, name: str) -> bytes | None:
        """Return an entry; None where there is none, or the kernel does not give it."""
        key = self._find(name)
        return self._text(_READ, key, _MOST) if key > 0 else None

    def put(self, name: str, data: bytes, seconds: int) -> bool:
        """Keep an entry for so long; False where the kernel does not: its quota is small."""
        if len(data) > _MOST:
            return False
        self.drop(name)  # an update would keep another's rights and time
        key = self._add(_KIND, self._described(name), data, len(data), _PROCESS)
        if key < 0:
            return False
        done = (
            self._control(_SETPERM, key, _OURS) >= 0
            and self._control(_TIMEOUT, key, max(seconds, 1)) >= 0
            and self._control(_LINK, key, _USER) >= 0
        )
        self._control(_UNLINK, key, _PROCESS)
        return done

    def drop(self, name: str) -> None:
        """Remove an entry."""
        key = self._find(name)
        if key > 0:
            self._control(_UNLINK, key, _USER)

    def names(self) -> list[str]:
        """Return the names of all entries."""
        ring = self._text(_READ, _USER, 1 << 16) or b""
        found = []
        for at in range(0, len(ring) - 3, 4):
            key = int.from_bytes(ring[at : at + 4], sys.byteorder, signed=True)
            kind, *_, described = (self._text(_DESCRIBE, key, 4096) or b";").decode("utf-8", "replace").split(";", 4)
            described = described.rstrip("\0")
            if kind == "user" and described.startswith(self._prefix):
                found.append(described.removeprefix(self._prefix))
        return found

    def _find(self, name: str) -> int:
        return self._control(_SEARCH, _USER, _KIND, self._described(name), 0)

    def _described(self, name: str) -> bytes:
        return f"{self._prefix}{name}".encode()

    def _text(self, what: int, key: int, size: int) -> bytes | None:
        buffer = self._buffer(size)
        length = self._control(what, key, buffer, size)
        return buffer.raw[:length] if 0 <= length <= size else None


def open_kernel(prefix: str) -> KernelKeyring | None:
    """Return the user's keyring; None where the system has none that answers."""
    numbers = _CALLS.get(os.uname().machine) if sys.platform == "linux" and sys.maxsize > 1 << 32 else None
    if numbers is None:
        return None
    try:
        from _ctypes import Array, _SimpleCData, call_function, dlopen, dlsym

        call = dlsym(dlopen(None, os.RTLD_NOW), "syscall")  # type: ignore[arg-type]
    except (ImportError, OSError):
        return None

    class Char(_SimpleCData):  # type: ignore[type-arg]
        _type_ = "c"

    def buffer(size: int) -> object:
        return type("Buffer", (Array,), {"_type_": Char, "_length_": size})()

    def ask(number: int) -> Callable[..., int]:
        return lambda *words: int(call_function(call, (number, *words)))  # all of them fit an int, as what is returned

    keyring = KernelKeyring(prefix, ask(numbers[0]), ask(numbers[1]), buffer)
    # KEYCTL_GET_KEYRING_ID, made if need be: the cheapest question that a seccomp filter refuses.
    return keyring if ask(numbers[1])(0, _USER, 1) > 0 else None
