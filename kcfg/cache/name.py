"""What an answer is kept under: a keyed digest of everything that the program which gives it gets."""

from __future__ import annotations

import os

from kcfg.plainjson import parse_json, quote_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What differs from terminal to terminal, and has no say in who somebody is.
_TERMINALS = frozenset((
    "_", "SHLVL", "PWD", "OLDPWD", "COLUMNS", "LINES", "TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
    "TERM_SESSION_ID", "WINDOWID", "VTE_VERSION", "TMUX", "TMUX_PANE", "STY", "WINDOW", "SSH_CLIENT", "SSH_CONNECTION",
    "SSH_TTY", "GPG_TTY", "XDG_SESSION_ID",
))  # fmt: skip
_INFO = "KUBERNETES_EXEC_INFO"


def name_of(
    salt: str,
    kind: str,
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    path: str = "",
    pins: Mapping[str, str] | None = None,
    folder: str = "",
) -> str:
    """Return the name of the answer of a command line; "" for one that must not be kept: its program is not found.

    `kind` keeps apart what different askers make of an answer; `path`: the program, where argv only names it; `folder`:
    where it runs, if not here. Two lists of texts never become one: each is quoted.
    """
    try:
        real = os.path.realpath(path or argv[0])
        found = os.stat(real)
        here = folder or (os.getcwd() if _looks_around(argv, env) else "")
    except (OSError, ValueError):
        return ""
    program = (real, *(str(each) for each in (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)))
    asked = _asked(env.get(_INFO, ""))
    if asked is None:
        return ""
    variables = [f"{name}={env[name]}" for name in sorted(env) if name not in _TERMINALS and name != _INFO]
    pinned = [word for each in sorted((pins or {}).items()) for word in each]
    groups = ((kind, str(os.geteuid()), here), program, argv, pinned, variables, (asked,))
    from _blake2 import blake2b  # of hashlib, which loads OpenSSL

    text = "".join(f"[{','.join(map(quote_json, group))}]" for group in groups)
    return blake2b(text.encode(), key=bytes.fromhex(salt), digest_size=32).hexdigest()


def asker_of(env: Mapping[str, str]) -> str:
    """Return which process asks: the client that started this one as its plugin; "" where no client says so."""
    if not env.get(_INFO):
        return ""
    parent = os.getppid()
    try:
        with open(f"/proc/{parent}/stat", "rb") as file:  # proc_pid_stat(5): when it started, for numbers come again
            return f"{parent}:{file.read(4096).rpartition(b')')[2].split()[19].decode()}"
    except (OSError, IndexError):
        return str(parent)


def _looks_around(argv: Sequence[str], env: Mapping[str, str]) -> bool:
    """Return whether a word or a variable names something in the working directory."""
    words = [part for word in argv[1:] for part in (word, word.partition("=")[2])]
    if any("/" in word and "://" not in word and not word.startswith("/") for word in words):
        return True
    values = (value for name, value in env.items() if name not in _TERMINALS and name != _INFO)
    return any(word and not os.path.isabs(word) and os.path.lexists(word) for word in (*words, *values))


def _asked(info: str) -> str | None:
    """Return what of kubectl's question has a say: version and cluster, not whether somebody sits there."""
    if not info:
        return ""
    try:
        found = parse_json(info)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    spec = found.get("spec")
    rest = {name: value for name, value in spec.items() if name != "interactive"} if isinstance(spec, dict) else spec
    return _plain({**found, "spec": rest})


def _plain(value: object) -> str:
    """Return a JSON value in one spelling."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{quote_json(name)}:{_plain(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_plain, value)) + "]"
    return quote_json(value) if isinstance(value, str) else repr(value)


def is_interactive(env: Mapping[str, str]) -> bool:
    """Return whether kubectl says that a plugin may ask somebody."""
    try:
        found = parse_json(env.get(_INFO) or "{}")
    except ValueError:
        return False
    spec = found.get("spec") if isinstance(found, dict) else None
    return isinstance(spec, dict) and spec.get("interactive") is True
