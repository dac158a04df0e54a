"""Which secrets kcfg stored: names, backend, kind, dates, in $XDG_STATE_HOME/kcfg/index.json. No value, no hash of one.

Keyrings cannot be listed through their library, so kcfg remembers. The stores stay the truth: an entry may be stale.
"""

from __future__ import annotations

from kcfg.state import edit_state, read_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

_STATE = "index"
KINDS = ("token", "client-certificate", "client-key", "password", "other")
HISTORY = "history"  # of a kubeconfig, what `kcfg undo` needs: no secret of a spec
Entries = dict[str, dict[str, str]]


def read_index(environ: Mapping[str, str]) -> Entries:
    """Return what is remembered: item name → backend, kind, created, changed, perhaps expires and starts."""
    return _entries(read_state(_STATE, environ))


def record_item(
    name: str,
    *,
    backend: str,
    kind: str,
    now: str,
    environ: Mapping[str, str],
    validity: tuple[str, str] = ("", ""),
) -> None:
    """Remember an item that was stored at `now`, an RFC 3339 time; `validity` is when it begins and ends."""
    record_items([(name, kind, validity)], backend=backend, now=now, environ=environ)


def record_items(
    items: Iterable[tuple[str, str, tuple[str, str]]], *, backend: str, now: str, environ: Mapping[str, str]
) -> None:
    """Remember items (name, kind, begin and end) that were stored at `now`, in one write."""
    rows = list(items)
    if unknown := next((kind for _, kind, _ in rows if kind not in KINDS), None):
        raise ValueError(f"unknown kind {unknown!r}")

    def change(entries: Entries) -> None:
        for name, kind, (starts, ends) in rows:
            created = entries.get(name, {}).get("created", now)
            entry = {"backend": backend, "kind": kind, "created": created, "changed": now}
            early = {"starts": starts} if starts > now else {}
            entries[name] = {**entry, **early, **({"expires": ends} if ends else {})}

    if rows:
        _edit(change, environ)


def record_history(spec_name: str, of: str, *, first: int, backend: str, now: str, environ: Mapping[str, str]) -> str:
    """Take the next free number, `first` or later, for an item of a kubeconfig's history; return the item's name.

    The name is here before the item is in the keyring: what a kill leaves there can be found. `of`: whose history.
    """
    taken = ""

    def change(entries: Entries) -> None:
        nonlocal taken
        number = first
        while (taken := f"kcfg/{spec_name}/{HISTORY}/{number}") in entries:
            number += 1
        entries[taken] = {"backend": backend, "kind": HISTORY, "created": now, "changed": now, "of": of}

    _edit(change, environ)
    return taken


def forget_item(name: str, environ: Mapping[str, str]) -> None:
    """Drop an item that was deleted."""

    def change(entries: Entries) -> None:
        entries.pop(name, None)

    _edit(change, environ)


def _edit(change: Callable[[Entries], None], environ: Mapping[str, str]) -> None:
    def edit(state: dict[str, Any]) -> dict[str, Any]:
        entries = _entries(state)
        change(entries)
        return {"version": 1, "items": entries}

    edit_state(_STATE, edit, environ)


def _entries(state: Mapping[str, Any]) -> Entries:
    items = state.get("items")
    if not isinstance(items, dict):
        return {}
    return {str(name): _texts(entry) for name, entry in items.items() if isinstance(entry, dict)}


def _texts(entry: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in entry.items() if isinstance(value, str)}
