"""What the editing commands share: the files to change, under their locks; and what is put into them."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import NoReturn

    from kcfg.kubeconfig.changes import Changes
    from kcfg.kubeconfig.file import SearchPath

# What shows what this command would write, and ends it: `preview` sets it for `--diff`.
show_instead: Callable[[Mapping[str, tuple[bytes | None, bytes]]], NoReturn] | None = None


def shows_only() -> bool:
    """Return whether this command only shows what it would write."""
    return show_instead is not None


_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", '"': '"'}


def quoted(name: str) -> str:
    """Return a name as Go's %q prints it: whatever a file calls an entry, a terminal shows it and obeys nothing."""
    return '"' + "".join(char if char.isprintable() and char not in '"\\' else _escape(char) for char in name) + '"'


def _escape(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def edit(kubeconfig: str | None, *, break_lock: bool) -> Iterator[Changes]:
    """Yield the kubeconfig to be changed: before its locks and again under them, and it is written after that."""
    from kcfg.kubeconfig.file import search_path

    return edit_files(search_path(kubeconfig, os.environ), break_lock=break_lock)


def edit_files(search: SearchPath, *, break_lock: bool) -> Iterator[Changes]:
    """Yield the files of a search path to be changed, as `edit` does; with `--diff` only show what would be."""
    from kcfg.kubeconfig.file import changing

    return changing(search, break_lock=break_lock) if show_instead is None else _shown(search)


def _shown(search: SearchPath) -> Iterator[Changes]:
    from kcfg.kubeconfig.file import read_to_change, would_write

    yield (changes := read_to_change(search))
    if show_instead is not None:
        show_instead(would_write(changes))


def put(body: dict[str, object], field: str, value: str | bool | None) -> None:
    """Set a field; an empty text or false removes it, None leaves it."""
    if value:
        body[field] = value
    elif value is not None:
        body.pop(field, None)


def secret_input(value: str | None, flag: str, what: str) -> str | None:
    """Return the secret for a `-`, asked for without echo or read from standard input; "" and None as they are.

    Anything else on the command line is refused: every user of the machine could read it there.
    """
    if not value:
        return value
    if value != "-":
        from kcfg.errors import KcfgError

        raise KcfgError(
            f"{flag}: a secret on the command line can be read by everyone on this machine",
            hint=f"{flag} - reads it from standard input, or asks",
        )
    import sys

    if sys.stdin.isatty():
        from getpass import getpass

        from kcfg.printing import printable

        return _checked(getpass(f"{printable(what)}: ").strip(), flag)
    return _checked(read_input(flag), flag)


def read_input(flag: str) -> str:
    """Return the text on standard input, without the end of its last line. Raises KcfgError for what is no text."""
    import sys

    from kcfg.errors import KcfgError

    try:
        return sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise KcfgError(f"{flag} -: standard input is not UTF-8 text") from None


def _checked(secret: str, flag: str) -> str:
    from kcfg.errors import KcfgError, SecretError
    from kcfg.secrets.value import check_form

    if not secret:
        raise KcfgError(f"{flag} -: standard input is empty", hint=f"{flag} '' removes the field")
    if not secret.isprintable():
        raise KcfgError(f"{flag} -: the secret has several lines or control characters", hint="one line is read")
    try:
        check_form(secret, "token" if flag.endswith("token") else "")
    except SecretError as error:
        raise KcfgError(f"{flag} -: {error.message}", hint=error.hint or error.problems[0].hint) from None
    return secret


def url_input(value: str | None, flag: str) -> str | None:
    """Return a URL: one with a secret is refused on the command line, `-` reads it."""
    from kcfg.kubeconfig.secret_patterns import hide_url

    return value if value and value != "-" and hide_url(value) == value else secret_input(value, flag, "URL")
