"""What a program prints, kept in memory: for values that no file and no argument may hold."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError
from kcfg.run.child import exit_code, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def output_of(argv: Sequence[str], most: int) -> bytes:
    """Return what a program of the user's prints; it has the terminal for all else.

    Raises KcfgError, which quotes nothing of it, where it fails or prints more than `most` bytes.
    """
    path = find_program(argv[0], os.environ)
    if not hasattr(os, "posix_spawn"):
        raise KcfgError("this system cannot hand a program's output over", hint="pipe it into kcfg")
    here, there = os.pipe()
    try:
        actions = [(os.POSIX_SPAWN_DUP2, there, 1)]
        pid = os.posix_spawn(path, list(argv), os.environ, file_actions=actions)
    except OSError as error:
        os.close(here)
        raise KcfgError(f"{argv[0]!r} cannot be run: {(error.strerror or 'unknown').lower()}") from None
    finally:
        os.close(there)
    with os.fdopen(here, "rb") as pipe:
        found = pipe.read(most + 1)
    code = exit_code(os.waitpid(pid, 0)[1])
    if len(found) > most:
        raise KcfgError(f"{argv[0]!r} prints more than {most >> 10} KiB", hint="is that a credential?")
    if code:
        raise KcfgError(f"{argv[0]!r} failed with exit code {code}", hint="run it by hand to see why")
    if not found.strip():
        raise KcfgError(f"{argv[0]!r} printed nothing", hint="run it by hand to see why")
    return found
