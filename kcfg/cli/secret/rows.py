"""Rows of plain values as a table, names, JSON or YAML."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence


def show_rows(
    rows: Sequence[Mapping[str, object]], output: str, columns: Sequence[str], listed_as: str, *, headings: bool = True
) -> None:
    """Print rows on standard output; columns are the upper-case names of fields."""
    if output == "name":
        text = "".join(f"{row['name']}\n" for row in rows)
    elif output in ("json", "yaml"):
        from kcfg.kubeconfig.emit_json import dump_json
        from kcfg.kubeconfig.emit_yaml import dump_yaml

        value: dict[str, object] = {listed_as: [dict(row) for row in rows]}
        text = dump_json(value) if output == "json" else dump_yaml(value)
    else:
        from kcfg.kubeconfig.table import format_table

        cells = [[_cell(row[name.lower()]) for name in columns] for row in rows]
        text = format_table([columns, *cells] if headings else cells)
    sys.stdout.write(text)


def _cell(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
