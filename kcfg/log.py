"""Which stored secret went to which cluster, when, for whom: names alone, in a file of the user's, if the user asks.

The setting is `log.json` in the state folder, the lines are in `log.jsonl` beside it. At 1 MiB that becomes
`log.1.jsonl`, in place of the one before. A line is one write(2) at the end of the file: writers need no lock.
"""

from __future__ import annotations

import os
import stat
import sys

from kcfg.errors import FileError
from kcfg.expiry import now
from kcfg.files import NO_FOLLOW, read_if_exists, remove, unlink
from kcfg.plainjson import parse_json, quote_json
from kcfg.secrets import is_recorded_at, leads, provider_at
from kcfg.state import make_state_folder, state_dir, state_path, write_state
from kcfg.temporaries import flock, is_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STATE = "log"
MOST = 1 << 20  # bytes of a file
FIELDS = ("time", "item", "store", "spec", "cluster", "by")
_LINE = 4096  # bytes: as long as a pipe's, and far below a page of any file system
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_NOTHING = "-"
_told: list[str] = []


def is_on(environ: Mapping[str, str]) -> bool:
    """Return whether the user wants the log: that the setting is there is all it says (`credential` looks alike)."""
    return os.path.lexists(state_path(STATE, environ))


def turn_on(environ: Mapping[str, str]) -> str:
    """Let lines be added; return the file that gets them. Raises FileError."""
    write_state(STATE, {"since": now()}, environ)
    return _paths(environ)[1]


def turn_off(environ: Mapping[str, str]) -> None:
    """Let none be added; those that are there stay. Raises FileError."""
    remove(state_path(STATE, environ))


def clear(environ: Mapping[str, str]) -> int:
    """Remove the lines; return how many there were. Raises FileError."""
    number = len(read(environ))
    for path in _paths(environ):
        unlink(path)
    return number


def read(environ: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the lines, the oldest first; what is no line of ours is passed over. Raises FileError."""
    found = []
    for path in _paths(environ):
        for line in (read_if_exists(path) or b"").splitlines():
            try:
                value = parse_json(line.decode())
            except ValueError:
                continue
            if isinstance(value, dict) and all(isinstance(value.get(name), str) for name in FIELDS):
                found.append({name: value[name] for name in FIELDS})
    return found


def add_placed(options: Mapping[str, str], environ: Mapping[str, str], server: str | None = None) -> None:
    """Add the item that kcfg-credential's options lead to, for the cluster that its caller names if none is given."""
    lead = next((flag for flag in options if leads(flag)), "")
    value, spec = options.get(lead, ""), ""
    if is_recorded_at(lead):
        spec, _, store = value.rpartition("/")
        item = options.get("--key", "")
    else:
        item, store = value, provider_at(lead)
        if store == "keyring" and value.count("/") > 1 and value.startswith("kcfg/"):
            _, spec, item = value.split("/", 2)
    if "--property" in options:
        item += f"#{options['--property']}"
    server = _server(environ.get("KUBERNETES_EXEC_INFO", "")) if server is None else server
    add(item, store, spec, server, environ)


def add(item: str, store: str, spec: str, server: str, environ: Mapping[str, str]) -> None:
    """Add a line. Never raises: who needs a credential gets it, and is told once that the log did not take it."""
    try:
        from kcfg.kubeconfig.secret_patterns import hide_url

        values = (now(), item, store, spec, hide_url(server), _caller())
        _append(_line(values), environ)
    except (OSError, FileError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        if not _told:
            from kcfg.printing import tell

            _told.append("told")
            tell(f"kcfg: note: the log has no line of this: {(reason or 'unknown').lower()}; `kcfg log off` ends it")


def _line(values: tuple[str, ...]) -> bytes:
    most = 1000
    while True:
        cut = [value if len(value) <= most else f"{value[: most - 1]}…" for value in values]
        pairs = (f'"{name}":{quote_json(value or _NOTHING)}' for name, value in zip(FIELDS, cut, strict=True))
        line = ("{" + ",".join(pairs) + "}\n").encode("utf-8", "backslashreplace")
        if len(line) <= _LINE:
            return line
        most //= 2


def _append(line: bytes, environ: Mapping[str, str]) -> None:
    make_state_folder(STATE, environ)
    old, path = _paths(environ)
    handle = _open(path)
    try:
        if os.fstat(handle).st_size >= MOST and flock(handle) is not False:
            if is_at(handle, path):  # else another has moved it
                os.replace(path, old)
            os.close(handle)
            handle = _open(path)
        os.write(handle, line)
    finally:
        os.close(handle)


def _open(path: str) -> int:
    handle = os.open(path, _FLAGS, 0o600)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileError(f"{path} is no regular file")
    return handle


def _paths(environ: Mapping[str, str]) -> tuple[str, str]:
    folder = state_dir(environ)
    return os.path.join(folder, "log.1.jsonl"), os.path.join(folder, "log.jsonl")


def _server(info: str) -> str:
    """Return the server that kubectl says it asks: it does for a stanza with provideClusterInfo."""
    try:
        found: Any = parse_json(info)
        server = found["spec"]["cluster"]["server"]
    except (ValueError, LookupError, TypeError):
        return ""
    return server if isinstance(server, str) else ""


def _caller() -> str:
    """Return the program that asked: this one, or what started kcfg-credential, where the system tells that."""
    own = os.path.basename(sys.argv[0]) if sys.argv else ""
    if own in ("kcfg", "kubectl-kcfg", "__main__.py") and sys.argv[1:2] != ["credential"]:
        return "kcfg"
    try:
        with open(f"/proc/{os.getppid()}/comm", "rb") as file:
            return file.read(64).decode("utf-8", "replace").removesuffix("\n")
    except OSError:
        return ""
