"""`kcfg history`: what was applied to a kubeconfig, and what can be taken back."""

from __future__ import annotations

from kcfg.cli.planning import target_path


def run(*, kubeconfig: str | None, output: str, no_headers: bool) -> int:
    """Print a row for each time the file was written."""
    from kcfg.apply.history import read_events
    from kcfg.apply.live import open_live
    from kcfg.cli.secret.rows import show_rows

    live = open_live(target_path(kubeconfig))
    rows = [
        {
            "id": event.id,
            "time": event.time,
            "spec": event.spec,
            "environment": event.environment or "",
            "what": _what(event.changes, event.undoes),
            "undo": "yes" if event.pieces is not None else f"no: it would need a secret of {', '.join(event.secrets)}",
            "changes": event.changes,
        }
        for event in read_events(live)
    ]
    if output == "table":
        rows = [{**row, "environment": row["environment"] or "-"} for row in rows]
    show_rows(rows, output, ("ID", "TIME", "SPEC", "ENVIRONMENT", "WHAT", "UNDO"), "events", headings=not no_headers)
    return 0


def _what(changes: list[str], undoes: int | None) -> str:
    if undoes is not None:
        return f"undo of {undoes}"
    counts: dict[str, int] = {}
    for change in changes:
        word = change.rpartition(" ")[2]
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{number} {word}" for word, number in counts.items())
