"""How far something is that takes its time: one line on standard error, when that is a terminal, gone at the end."""

from __future__ import annotations

import sys

from kcfg.printing import printable, progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeVar

    _Item = TypeVar("_Item")

_SECONDS = 1.0  # what is over before is not worth a line
_BAR, _SMALL_BAR, _NARROW = 24, 10, 60
_UNKNOWN = 80  # columns of a terminal that does not say


def _can_go_back() -> bool:
    from kcfg.looks import is_dumb

    return not is_dumb()


class Bar:
    """A bar, how many are done, and whose turn it is; `seconds` pass before it is drawn."""

    def __init__(self, total: int, seconds: float = 0.0) -> None:
        self._total = total
        self._shown = ""
        self._on = total > 1 and sys.stderr.isatty() and _can_go_back()
        if self._on:
            from time import monotonic

            self._clock, self._begins = monotonic, monotonic() + seconds

    def show(self, done: int, waiting: list[str]) -> None:
        """Draw how many are done, and for whom it waits."""
        if not self._on or self._clock() < self._begins:
            return
        from kcfg.looks import columns_of, width_of

        width = width_of(sys.stderr) or _UNKNOWN
        bar = _BAR if width >= _NARROW else _SMALL_BAR
        filled = bar * done // self._total
        line = f"[{'#' * filled}{'.' * (bar - filled)}] {done}/{self._total}"
        before = "  "
        for place, name in enumerate(map(printable, waiting), 1):  # whole names, or none
            left = ", …" if place < len(waiting) else ""
            if columns_of(f"{line}{before}{name}{left}") >= width:
                line += f"{before}…"
                break
            line += before + name
            before = ", "
        if line != self._shown and columns_of(line) < width:
            self._shown = line
            progress(line)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            progress("")


def watched(items: Iterable[_Item], names: Sequence[str] | None = None) -> Iterator[_Item]:
    """Yield each of many; whose turn it is, by name, stands on the terminal once that has taken a second."""
    found = list(items)
    bar = Bar(len(found), _SECONDS)
    try:
        for done, item in enumerate(found):
            bar.show(done, [names[done] if names is not None else str(item)])
            yield item
    finally:
        bar.clear()
