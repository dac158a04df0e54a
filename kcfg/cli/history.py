"""`kcfg history`: what was applied to a kubeconfig, and what can be taken back; `clear` forgets it."""

from __future__ import annotations

import os

from kcfg.cli.shared.planning import target_path
from kcfg.printing import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.apply.history import Event
    from kcfg.apply.live import Live


def run(
    *, action: str | None, kubeconfig: str | None, output: str, no_headers: bool, yes: bool, break_lock: bool
) -> int:
    """Print a row for each time the file was written, or forget them all."""
    from kcfg.apply.live import open_live
    from kcfg.errors import KcfgError

    if action not in (None, "clear"):
        raise KcfgError(f"unknown word {action!r}", hint="`kcfg history`, or `kcfg history clear`")
    path = target_path(kubeconfig)
    if action == "clear":
        return _clear(path, yes=yes, break_lock=break_lock)
    _show(open_live(path), output, no_headers=no_headers)
    return 0


def _show(live: Live, output: str, *, no_headers: bool) -> None:
    from kcfg.apply.history import read_events
    from kcfg.cli.secret.rows import show_rows

    events = read_events(live)
    reasons = obstacles(live, events)
    rows = [
        {
            "id": event.id,
            "time": event.time,
            "spec": event.spec,
            "environment": event.environment or "",
            "what": _what(event.changes, event.undoes),
            "undo": f"no: {reasons[event.id]}" if reasons[event.id] else "yes",
            "changes": event.changes,
        }
        for event in events
    ]
    if output == "table":
        rows = [{**row, "environment": row["environment"] or "-"} for row in rows]
    show_rows(rows, output, ("ID", "TIME", "SPEC", "ENVIRONMENT", "WHAT", "UNDO"), "events", headings=not no_headers)


def obstacles(live: Live, events: list[Event]) -> dict[int, str]:
    """Return for each event why it cannot be taken back, or nothing, as far as that is known without the keyring."""
    from kcfg.apply.back import reach
    from kcfg.apply.history import standing
    from kcfg.secrets.index import read_index

    found = {each.id: "taken back" if each.undoes is None else "an undo is not undone; apply again" for each in events}
    index = read_index(os.environ)
    chain = standing(events)[::-1]
    reached, why = reach(live, chain), ""
    for place, event in enumerate(chain):
        names = ", ".join(event.secrets)
        own = ""
        if place == reached:
            own = (
                f"others changed the file before event {chain[place - 1].id}" if place else "the file was changed since"
            )
        elif event.pieces is None:
            own = f"it would need a secret of {names}"
        elif event.item and event.item not in index:
            own = f"the keyring no longer has the secret of {names}"
        found[event.id] = why or own
        if own and not why:
            why = f"event {event.id} comes first, and cannot be taken back"
    return found


def _clear(path: str, *, yes: bool, break_lock: bool) -> int:
    """Forget what was applied, with the keyring items; the file and what kcfg manages in it stay."""
    from contextlib import nullcontext

    from kcfg.apply.history import clear_events, read_ids
    from kcfg.apply.kept import kept_names
    from kcfg.apply.live import open_live
    from kcfg.cli.shared.consent import require_consent
    from kcfg.errors import count
    from kcfg.lock import lock

    live = open_live(path)
    records, items = len(read_ids(live)), len(kept_names(live))
    if records or items:
        kept = f", and {count(items, 'keyring item')} of them" if items else ""
        question = f"Forget {count(records, 'record')} of {path}{kept}? Nothing of it can be taken back then."
        require_consent(question, yes=yes, refused="nothing was removed")
        has_folder = os.path.isdir(os.path.dirname(os.path.realpath(path)))
        with lock(path, break_lock=break_lock) if has_folder else nullcontext():
            clear_events(live.again())
    say(f"history of {path} cleared")
    return 0


def _what(changes: list[str], undoes: int | None) -> str:
    if undoes is not None:
        return f"undo of {undoes}"
    counts: dict[str, int] = {}
    for change in changes:
        word = change.rpartition(" ")[2]
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{number} {word}" for word, number in counts.items())
