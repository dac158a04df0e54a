"""What `render` tells of files that are committed: those of a former rendering, and what a comparison found."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kcfg.errors import count
from kcfg.printing import say, tell


def tell_former(names: Sequence[str]) -> None:
    """Name files of a former rendering that nothing renders now, and how they go away."""
    if names:
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        tell(f"kcfg: {count(len(names), 'file')} of a former rendering ({shown}): --prune deletes them")


def tell_compared(folder: str, found: Sequence[tuple[str, str]]) -> int:
    """Print what differs, as (word, name below the folder); return the exit code, 1 where anything does."""
    for what, name in found:
        say(f"{what}: {os.path.join(folder, name)}")
    if found:
        tell(f"kcfg: {count(len(found), 'difference')}")
        tell("kcfg: hint: render again with --out (and --prune), and commit the result")
    return int(bool(found))
