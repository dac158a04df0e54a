"""What takes a file's place keeps its mode, list and attributes: but what holds a secret is its owner's alone.

What others may read is what the mode's bits say; with an access control list the group's bits are the most that any of
its entries gives (acl(5)).
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # Whether what is written holds a secret: known, or found out from the bytes where it matters.
    Secret = bool | Callable[[bytes], bool]

_ACL = "system.posix_acl_access"


def closes(found: os.stat_result | None, data: bytes, secret: Secret) -> bool:
    """Return whether a file is open to others and may not stay so, with these bytes in it."""
    if found is None or os.name != "posix" or not found.st_mode & 0o077:
        return False
    return secret(data) if callable(secret) else secret


def must_close(path: str, data: bytes, secret: Secret) -> bool:
    """Return the same of a path, through links."""
    try:
        return closes(os.stat(path), data, secret)
    except OSError:
        return False


def keep_list(target: str, handle: int, mode: int) -> int:
    """Give a file's access control list to what takes its place; return the mode that it may have.

    Without the list its group would get what others had.
    """
    try:
        entries = os.getxattr(target, _ACL)
    except (OSError, AttributeError):  # it has none, or this system
        return mode
    try:
        os.setxattr(handle, _ACL, entries)
    except OSError:
        return mode & ~0o070
    return mode


def keep_attributes(path: str, target: str, handle: int) -> None:
    """Give what a user keeps beside a file (`user.*`, xattr(7)) to what takes its place; tell what cannot be kept."""
    for name in [name for name in os.listxattr(target) if name.startswith("user.")]:
        try:
            os.setxattr(handle, name, os.getxattr(target, name))
        except OSError as error:
            from kcfg.printing import tell

            tell(f"kcfg: note: {path} loses its attribute {name}: {(error.strerror or '').lower()}")


def tell_names(path: str, count: int) -> None:
    """Say that a file has other names, which keep what it was."""
    from kcfg.printing import tell

    tell(f"kcfg: note: {path} has {count} names; the others keep the old content")


def tell_closed(path: str, mode: int) -> None:
    """Say that a file is its owner's alone now."""
    from kcfg.printing import tell

    tell(f"kcfg: note: {path} was open to others (mode {stat.S_IMODE(mode):04o}); it holds secrets: mode 0600 now")
