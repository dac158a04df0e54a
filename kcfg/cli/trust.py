"""`kcfg trust`: allow a spec's commands."""

from __future__ import annotations

import os
import sys

from kcfg.printing import say, tell


def run(*, file: str | None, yes: bool) -> int:
    """Show the commands, ask, remember."""
    from kcfg.errors import KcfgError
    from kcfg.spec.load import load_spec
    from kcfg.trust import commands_of, is_trusted, trust

    spec = load_spec(file)
    commands = commands_of(spec)
    if not commands:
        say(f"{spec.root.file}: no command stores, nothing to trust")
        return 0
    if is_trusted(spec, os.environ):
        say(f"{spec.root.file}: unchanged")
        return 0
    for name, command in commands.items():
        tell(f"secret store {name}: {command['argv']!r} in {command['directory']}")
    if not yes and not _agreed():
        raise KcfgError("not trusted", hint="answer `yes`, or pass --yes when nobody can be asked")
    trust(spec, os.environ)
    say(f"{spec.root.file}: trusted")
    return 0


def _agreed() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    tell("Allow these commands? [yes/no] ", end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
