"""What was applied to a kubeconfig, one record each, with the way back where it holds no secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from kcfg.apply.reverse import Piece, reverse_pieces
from kcfg.apply.spans import secrets_in
from kcfg.kubeconfig.redact import secret_values
from kcfg.state import read_state, state_path, write_state

if TYPE_CHECKING:
    from kcfg.apply.live import Live
    from kcfg.kubeconfig.applied import Key, Record
    from kcfg.kubeconfig.plan import Change, Plan

KEPT = 100  # records of one kubeconfig


@dataclass(frozen=True, slots=True)
class Event:
    """One write: when, by which spec, what changed, and how to take it back."""

    id: int
    time: str
    spec: str
    environment: str | None
    changes: list[str]
    before: str  # digests of the file's bytes; empty where there was no file
    after: str
    pieces: list[tuple[int, int, str]] | None  # None: taking it back would need a copy of a secret
    secrets: list[str] = field(default_factory=list)
    records: list[list[str | None]] = field(default_factory=list)
    undoes: int | None = None


def read_events(live: Live) -> list[Event]:
    """Return what was applied to a kubeconfig, oldest first. A damaged record ends the list's way back, no more.

    A record is written before the file: one of a write that was begun and never made is none.
    """
    found = []
    for number in read_ids(live):
        with suppress(TypeError):
            event = Event(**read_state(f"{_name(live)}/{number}", live.environ))
            if number != live.writing or live.digest(live.file.raw) != event.before:
                found.append(event)
    return found


def next_id(live: Live) -> int:
    """Return the number of the next record, which may be that of a write that was never made."""
    made = {event.id for event in read_events(live)}
    return max((number for number in read_ids(live) if number != live.writing or number in made), default=0) + 1


def drop_event(live: Live, number: int) -> None:
    """Forget the record of a write that was refused."""
    with suppress(OSError):
        os.unlink(state_path(f"{_name(live)}/{number}", live.environ))


def add_event(live: Live, event: Event) -> None:
    """Keep a record; the oldest ones go."""
    write_state(f"{_name(live)}/{event.id}", asdict(event), live.environ)
    for old in read_ids(live)[:-KEPT]:
        with suppress(OSError):
            os.unlink(state_path(f"{_name(live)}/{old}", live.environ))


def read_ids(live: Live) -> list[int]:
    """Return the numbers of all records, oldest first."""
    folder = _folder(live)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name.removesuffix(".json")) for name in names if name.removesuffix(".json").isdigit())


def _name(live: Live) -> str:
    return f"history/{live.identity}"


def _folder(live: Live) -> str:
    return os.path.dirname(state_path(f"{_name(live)}/0", live.environ))


def way_back(plan: Plan, before: bytes | None, after: bytes) -> tuple[list[tuple[int, int, str]] | None, list[str]]:
    """Return the pieces that lead back, or None and the entries whose secrets they would hold."""
    secret = [change.title for change in plan.writes if change.before and _holds_secret(change)]
    if secret:
        return None, secret
    pieces = reverse_pieces(before or b"", after)
    if found := secrets_in(before or b"", _places(pieces)):
        return None, found
    return [(start, end, was.decode("utf-8", "surrogateescape")) for start, end, was in pieces], []


def _places(pieces: list[Piece]) -> list[tuple[int, int]]:
    """Return where the pieces stand in the text before."""
    places, moved = [], 0
    for start, end, was in pieces:
        places.append((start + moved, start + moved + len(was)))
        moved += len(was) - (end - start)
    return places


def pieces_of(event: Event) -> list[Piece]:
    """Return a record's pieces as bytes."""
    return [(start, end, text.encode("utf-8", "surrogateescape")) for start, end, text in event.pieces or []]


def _holds_secret(change: Change) -> bool:
    return bool(list(secret_values(change.before or {})))


def record_rows(before: Mapping[Key, Record], after: Mapping[Key, Record]) -> list[list[str | None]]:
    """Return the records that differ as they were, so that taking back restores them too."""
    rows: list[list[str | None]] = []
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            was = before.get(key)
            rows.append([*key, was.spec, was.digest] if was else [*key, None, None])
    return rows
