"""What the editing commands share: open the search path, work on Changes, write under the locks."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from kcfg.kubeconfig.changes import Changes
    from kcfg.kubeconfig.document import KubeconfigFile
    from kcfg.kubeconfig.edits import Edits
    from kcfg.kubeconfig.file import SearchPath, Work

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


def edit(kubeconfig: str | None, work: Callable[[Changes], None], *, break_lock: bool) -> list[str]:
    """Let `work` change the kubeconfig (it may run twice: before and under the lock); return the written files."""
    from kcfg.kubeconfig.changes import Changes
    from kcfg.kubeconfig.file import search_path

    search = search_path(kubeconfig, os.environ)

    def change(files: list[KubeconfigFile]) -> dict[str, Edits]:
        changes = Changes(files, search.home())
        work(changes)
        return changes.wanted()

    return change_kubeconfigs(search, change, break_lock=break_lock)


def change_kubeconfigs(search: SearchPath, change: Work, *, break_lock: bool) -> list[str]:
    """Change the files of a search path, and return those that were written; with `--diff` only show what would be."""
    if show_instead is not None:
        from kcfg.kubeconfig.file import would_change

        show_instead(would_change(search, change))
    from kcfg.kubeconfig.file import change_files

    return change_files(search, change, break_lock=break_lock)


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
