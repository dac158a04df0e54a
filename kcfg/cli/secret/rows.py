"""Rows of plain values as a table, names, JSON or YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kcfg.cli.shared.output import put_value
from kcfg.printing import say_value


def show_rows(
    rows: Sequence[Mapping[str, object]], output: str, columns: Sequence[str], listed_as: str, *, headings: bool = True
) -> None:
    """Print rows on standard output; columns are the upper-case names of fields."""
    if output == "name":
        for row in rows:
            say_value(str(row["name"]))
    elif output in ("json", "yaml"):
        put_value({listed_as: [dict(row) for row in rows]}, output)
    else:
        from kcfg.cli.shared.tables import show_table

        cells = [[_cell(row[name.lower()]) for name in columns] for row in rows]
        show_table(columns, cells, headings=headings)


def _cell(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
