"""The filter list on a terminal: keys one by one, redrawn when the window changes, and left as it was found.

Signals only write to a pipe that is waited for beside the keys: nothing interrupts the way out, and the one that ends
kcfg is sent again when the terminal is as it was. After SIGKILL alone it is not, as with every program: `reset` helps.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager, suppress

from kcfg.looks import is_plain
from kcfg.printing import draw, show_screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    import termios
    from collections.abc import Iterator
    from typing import Any

    from kcfg.cli.shared.filter_list import FilterList
else:
    try:
        import termios
    except ImportError:  # Windows
        termios = None

_ENDS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))
_ESCAPE = 0.1  # seconds in which the rest of a sequence follows an Escape, also on a slow line
_COLUMNS, _ROWS = 10, 2  # less shows nothing that can be read


def can_draw() -> bool:
    """Return whether this terminal can show the list, and shall: NO_COLOR and TERM=dumb are for the plain question."""
    columns, rows = _size()
    return termios is not None and not is_plain() and columns >= _COLUMNS and rows >= _ROWS


def pick(names: FilterList) -> str | None:
    """Return the name that is chosen, None for none; Ctrl-C and Escape raise KeyboardInterrupt."""
    with _signals() as pipe:
        while (ended := _shown(names, pipe)) in ("stop", "again"):
            if ended == "stop":  # as the terminal does it: all of the job, so that its shell has the terminal again
                before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
                os.kill(0, signal.SIGTSTP)
                signal.signal(signal.SIGTSTP, before)
    if ended == "leave":
        raise KeyboardInterrupt
    if isinstance(ended, int):
        os.kill(os.getpid(), ended)  # by the handlers of before: this one ends kcfg
        return None
    return names.chosen


def _shown(names: FilterList, pipe: int) -> str | int:
    """Show the list until a key or a signal ends that; return which. The terminal is as it was then."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, _each_key(before))
        show_screen(on=True)
        return _ask(names, terminal, pipe)
    except OSError:  # the terminal is gone, or its other end
        return "leave"
    finally:
        # A terminal that is gone has nothing to be set back.
        with suppress(OSError, ValueError):
            show_screen(on=False)
        with suppress(OSError, termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, before)


def _each_key(before: list[Any]) -> list[Any]:
    """Return the terminal's settings with keys as they come, none of them shown, and none of them a signal."""
    into, out, control, local, speed_in, speed_out, special = before
    into &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
    local &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
    special = [*special]
    special[termios.VMIN], special[termios.VTIME] = 1, 0
    return [into, out, control, local, speed_in, speed_out, special]


def _ask(names: FilterList, terminal: int, pipe: int) -> str | int:
    from kcfg.cli.shared.filter_list import Keys

    keys = Keys()
    while True:
        draw(*names.screen(*_size()))
        ready = select.select([terminal, pipe], [], [], _ESCAPE if keys.waiting else None)[0]
        for number in os.read(pipe, 512) if pipe in ready else b"":
            if number in _ENDS:
                return number
            if number in (signal.SIGTSTP, signal.SIGCONT):
                return "stop" if number == signal.SIGTSTP else "again"
        data = os.read(terminal, 4096) if terminal in ready else b""
        if terminal in ready and not data:
            return "leave"
        for key, letter in keys.read(data, last=not ready):
            if key in ("choose", "leave", "stop"):
                return key
            names.press(key, letter)


@contextmanager
def _signals() -> Iterator[int]:
    """Let signals be read from a pipe, which is given; and their handlers are as before in the end."""
    pipe, into = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = {}
    waking = signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    try:
        for number in (*_ENDS, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
            before[number] = signal.signal(number, lambda *_: None)
        yield pipe
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(waking)
        os.close(pipe)
        os.close(into)


def _size() -> tuple[int, int]:
    """Return columns and rows of the terminal; one that does not know them has those that most have."""
    try:
        columns, rows = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        columns = rows = 0
    return columns or 80, rows or 24
