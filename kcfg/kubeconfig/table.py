"""Tables as kubectl prints them: Go's tabwriter with a minimum width of 6 and a padding of 3."""

from __future__ import annotations

from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


MINIMUM, PADDING = 6, 3


def format_table(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as aligned lines. A cell is one printable line: in kubectl a newline in a name begins a row."""
    lines = [[printable(cell) for cell in row] for row in rows]
    out: list[str] = []
    _block(lines, 0, len(lines), [], out)
    return "".join(f"{line}\n" for line in out)


def _block(lines: list[list[str]], first: int, last: int, widths: list[int], out: list[str]) -> None:
    """Print lines[first:last]: neighbouring lines that share a column get one width for it."""
    column = len(widths)
    at = first
    while at < last:
        if column >= len(lines[at]) - 1:  # the last cell of a line ends no column
            at += 1
            continue
        _print(lines[first:at], widths, out)
        first = at
        while at < last and column < len(lines[at]) - 1:
            at += 1
        width = max(MINIMUM, *(len(line[column]) + PADDING for line in lines[first:at]))
        _block(lines, first, at, [*widths, width], out)
        first = at
    _print(lines[first:last], widths, out)


def _print(lines: list[list[str]], widths: list[int], out: list[str]) -> None:
    for line in lines:
        cells = [cell.ljust(widths[index]) if index < len(widths) else cell for index, cell in enumerate(line)]
        out.append("".join(cells))
