"""Choosing one of many names on a terminal: with fzf where it is installed, else in a list that typing filters.

Where nothing can be drawn (NO_COLOR, TERM=dumb, a tiny window) it is asked for by number or a part of the name.
"""

from __future__ import annotations

import sys

from kcfg.cli.shared.consent import can_ask
from kcfg.errors import KcfgError
from kcfg.looks import is_dumb
from kcfg.printing import printable, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 30
_NOTHING, _INTERRUPTED = 1, 130  # fzf's exit codes


def choose(names: Sequence[str], what: str, current: str = "") -> str:
    """Let the user choose a name; `what` is the noun for it. Raises KcfgError where nobody can be asked."""
    if not can_ask():
        raise KcfgError(f"no {what} is named, and there is no terminal to ask on", hint=f"name the {what}")
    if not names:
        raise KcfgError(f"there is no {what} to choose from")
    chosen = _by_fzf(names, what, current) if not is_dumb() else None
    if chosen is not None:
        return chosen
    from kcfg.cli.shared.filter_screen import can_draw

    return _by_list(names, what, current) if can_draw() else _by_prompt(names, what, current)


def _nothing(what: str) -> KcfgError:
    error = KcfgError(f"no {what} was chosen")
    error.exit_code = 1
    return error


def _by_fzf(names: Sequence[str], what: str, current: str) -> str | None:
    """Return what is chosen in fzf; None where there is no fzf, or it does not work."""
    from shutil import which

    program = which("fzf")
    if program is None:
        return None
    from subprocess import PIPE, run

    # Its lines begin with a number that it hides: names may hold anything, and are shown without what drives terminals.
    lines = "".join(f"{at}\t{_shown(name)}\n" for at, name in enumerate(names))
    words = ["--delimiter=\t", "--with-nth=2..", "--no-multi", "--reverse", "--preview="]
    words += [f"--prompt={what}> ", *([f"--header=current: {_shown(current)}"] if current else [])]
    done = run([program, *words], input=lines.encode(), stdout=PIPE, check=False)  # noqa: S603 - the user's own fzf
    if done.returncode == _INTERRUPTED:
        raise KeyboardInterrupt
    if done.returncode == _NOTHING:
        raise _nothing(what)
    number = done.stdout.partition(b"\t")[0]
    return names[int(number)] if done.returncode == 0 and number.isdigit() else None


def _by_list(names: Sequence[str], what: str, current: str) -> str:
    from kcfg.cli.shared.filter_list import FilterList
    from kcfg.cli.shared.filter_screen import pick

    chosen = pick(FilterList(names, what, current))
    if chosen is None:
        raise _nothing(what)
    return chosen


def _by_prompt(names: Sequence[str], what: str, current: str) -> str:
    found = list(names)
    while True:
        _list(found, current)
        tell(f"{what} (number, or a part of the name; nothing to leave): ", end="")
        typed = sys.stdin.readline().strip()
        if not typed:
            raise _nothing(what)
        if typed in names:
            return typed
        if typed.isdecimal() and 0 < int(typed) <= min(len(found), _SHOWN):
            return found[int(typed) - 1]
        matching = [name for name in names if typed.casefold() in name.casefold()]
        if len(matching) == 1:
            return matching[0]
        if not matching:
            tell(f"kcfg: no {what} has {typed!r} in its name")
        found = matching or list(names)


def _list(names: Sequence[str], current: str) -> None:
    for number, name in enumerate(names[:_SHOWN], 1):
        tell(f"{'*' if name == current else ' '} {number:>2}  {_shown(name)}")
    if len(names) > _SHOWN:
        tell(f"      and {len(names) - _SHOWN} more")


def _shown(name: str) -> str:
    return printable(name)
