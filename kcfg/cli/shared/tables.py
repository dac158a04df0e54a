"""Tables: kubectl's form in pipes and where it fits; on a narrower terminal a block for each row, with nothing cut."""

from __future__ import annotations

import sys

from kcfg.printing import printable, say_lines, say_spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Spans = list[tuple[str, int]]
_GAP = 2
_STATES = frozenset(("STATUS",))  # columns whose words say how something is


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, headings: bool = True, other: int = 0) -> None:
    """Print rows on standard output. `other` is the colour of states without their own."""
    from kcfg.kubeconfig.table import format_table

    text = format_table([columns, *rows] if headings else rows)
    if not sys.stdout.isatty():
        say_lines(text)
        return
    from kcfg.looks import columns_of, width_of

    width = width_of(sys.stdout)
    cells = [[printable(cell) for cell in row] for row in rows]
    if width and any(columns_of(line.rstrip()) > width for line in text.splitlines()):
        lines = list(_folded(columns, cells, width, other))
    else:
        lines = list(_marked(columns, cells, text.splitlines(), headings=headings, other=other))
    for line in lines:
        say_spans(line, wrap=False)


def _marked(
    columns: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[str], *, headings: bool, other: int
) -> Iterator[Spans]:
    """Yield the lines of a table with the colours of its states."""
    from kcfg.kubeconfig.table import MINIMUM, PADDING
    from kcfg.looks import BOLD, GREEN, color_of

    at = next((place for place, name in enumerate(columns) if name in _STATES), None)
    shown = [columns, *rows] if headings else rows
    before = sum(max(MINIMUM, max(len(row[place]) for row in shown) + PADDING) for place in range(at or 0))
    if headings:
        yield [(lines[0], BOLD)]
    for row, line in zip(rows, lines[headings:], strict=True):
        if columns[0] == "CURRENT" and row[0]:
            yield [(line[:1], GREEN), (line[1:], 0)]
            continue
        if at is None or not (color := color_of(row[at]) or other):
            yield [(line, 0)]
            continue
        yield [(line[:before], 0), (row[at], color), (line[before + len(row[at]) :], 0)]


def _folded(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, other: int) -> Iterator[Spans]:
    """Yield a line for each field of a row, its empty ones left out; the first column begins a row."""
    from kcfg.looks import BOLD, color_of, columns_of, padded, wrapped

    has_mark = columns[0] == "CURRENT"
    names = columns[has_mark:]
    indent = _GAP + 2 * has_mark
    hang = max(map(columns_of, names)) + indent + _GAP
    for row in rows:
        mark = (row[0] or " ") + " " if has_mark else ""
        for place, (name, cell) in enumerate(zip(names, row[has_mark:], strict=True)):
            if not cell and place:
                continue
            head = padded((mark if has_mark else "") + name if not place else " " * indent + name, hang)
            first, *more = wrapped(head + cell, width, hang)
            if len(first) < len(head):  # a long name has a row of its own
                head = first
            color = (color_of(cell) or other) if name in _STATES else 0 if place else BOLD
            yield [(head, 0), (first[len(head) :], color)]
            yield from ([(each, color)] for each in more)
