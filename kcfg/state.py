"""What kcfg remembers between runs: JSON files below $XDG_STATE_HOME/kcfg, 0700. Never a secret."""

from __future__ import annotations

import os

from kcfg.errors import FileError
from kcfg.files import make_folders, read_if_exists, write_atomic
from kcfg.lock import lock
from kcfg.plainjson import parse_json, quote_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def state_dir(environ: Mapping[str, str]) -> str:
    """Return the state folder for this environment (it may not exist yet)."""
    base = environ.get("XDG_STATE_HOME") or ""
    if not os.path.isabs(base):
        base = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "kcfg")


def read_state(name: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return a remembered JSON object; an absent or damaged one is empty."""
    try:
        return _parse(read_if_exists(state_path(name, environ)) or b"")
    except FileError:
        return {}


def write_state(name: str, value: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Remember a JSON object."""
    make_state_folder(name, environ)
    write_atomic(state_path(name, environ), _text(value), secret=True)


def edit_state(name: str, change: Callable[[dict[str, Any]], dict[str, Any]], environ: Mapping[str, str]) -> None:
    """Replace a remembered object by what `change` makes of it, alone: two kcfgs lose nothing of one another's."""
    with state_lock(name, environ):
        path = state_path(name, environ)
        before = read_if_exists(path)
        after = _text(change(_parse(before or b"")))
        if after != before:
            write_atomic(path, after, secret=True)


def state_lock(name: str, environ: Mapping[str, str]) -> lock:
    """Return the lock of something that stands elsewhere: one kcfg after the other changes it."""
    make_state_folder(name, environ)
    return lock(state_path(name, environ))


def state_path(name: str, environ: Mapping[str, str]) -> str:
    """Return the file that a name stands for; a name may have folders."""
    return os.path.join(state_dir(environ), f"{name}.json")


def _parse(text: bytes) -> dict[str, Any]:
    try:
        value = parse_json(text.decode())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: dict[str, Any]) -> bytes:
    if value and all(isinstance(each, str) for each in value.values()):
        lines = (f" {quote_json(name)}: {quote_json(each)}" for name, each in sorted(value.items()))
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    import json

    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def make_state_folder(name: str, environ: Mapping[str, str]) -> str:
    """Make the folder that a name stands in, and return it. Raises FileError."""
    folder = state_dir(environ)
    for step in ("", *name.split("/")[:-1]):  # makedirs would give the folders between the ends an open mode
        folder = os.path.join(folder, step) if step else folder
        if os.path.isdir(folder):
            continue
        try:
            make_folders(folder, 0o700)
        except OSError as error:
            raise FileError(f"{folder}: {(error.strerror or 'cannot be made').lower()}") from None
    return folder
