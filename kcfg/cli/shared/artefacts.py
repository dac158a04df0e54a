"""What `render` tells of files that are committed: those of a former rendering, and what a comparison found."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from kcfg.errors import count, listed
from kcfg.printing import say, tell


def tell_former(names: Sequence[str]) -> None:
    """Name files of a former rendering that nothing renders now, and how they go away."""
    if names:
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        tell(f"kcfg: {count(len(names), 'file')} of a former rendering ({shown}): --prune deletes them")


def tell_compared(folder: str, found: Sequence[tuple[str, str]], *, is_ours: Callable[[str], bool]) -> int:
    """Print what differs, as (word, name below the folder), and the way out; return 1 where anything does.

    `is_ours` says of a name whether a former rendering wrote it: no other file is ever deleted by --prune.
    """
    for what, name in found:
        say(f"{what}: {os.path.join(folder, name)}")
    if not found:
        return 0
    tell(f"kcfg: {count(len(found), 'difference')}")
    left = [name for what, name in found if what in ("extra", "stale")]
    ours = [name for name in left if is_ours(name)]
    if len(left) < len(found) or ours:
        tell(f"kcfg: hint: render again with --out{' and --prune' * bool(ours)}, and commit the result")
    if foreign := [os.path.join(folder, name) for name in left if name not in ours]:
        tell(f"kcfg: hint: kcfg did not write {listed(foreign, 3)}: move or delete what does not belong there")
    return 1
