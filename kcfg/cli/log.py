"""`kcfg log on|off|ls|clear`: which stored secret went to which cluster, by the user's own setting."""

from __future__ import annotations

import os

from kcfg.printing import say

_COLUMNS = ("TIME", "ITEM", "STORE", "SPEC", "CLUSTER", "BY")


def run(*, word: str, output: str = "table") -> int:
    """Turn it on or off, list what it has, or remove that."""
    from kcfg.log import clear, is_on, turn_off, turn_on

    if word == "on":
        from kcfg.printing import tell

        say(f"what is handed out is noted in {turn_on(os.environ)}, names only")
        tell("kcfg: note: `kcfg apply` lets kubectl name the cluster")
    elif word == "off":
        was = is_on(os.environ)
        turn_off(os.environ)
        say("nothing is noted any more; `kcfg log ls` has what was" if was else "nothing is noted")
    elif word == "clear":
        from kcfg.errors import count

        say(f"{count(clear(os.environ), 'line')} removed")
    else:
        _ls(output)
    return 0


def _ls(output: str) -> None:
    from kcfg.cli.secret.rows import show_rows
    from kcfg.log import is_on, read
    from kcfg.printing import tell

    show_rows(read(os.environ), output, _COLUMNS, "lines")
    if not is_on(os.environ):
        tell("kcfg: note: nothing is noted: `kcfg log on` does that")
