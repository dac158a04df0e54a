"""What was applied to a kubeconfig, one record each, with the way back; what of it holds a secret is in the keyring."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from kcfg.apply.kept import KEPT as KEPT_ITEMS
from kcfg.apply.kept import forget, kept_names, require_open
from kcfg.apply.reverse import Piece, reverse_pieces
from kcfg.apply.spans import secrets_in
from kcfg.dataclass import asdict, dataclass, field, replace
from kcfg.errors import KcfgError
from kcfg.kubeconfig.applied import CURRENT, canonical_entries
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.forms import kubectl
from kcfg.kubeconfig.redact import secret_values
from kcfg.secrets.secret import Secret
from kcfg.state import read_state, state_path, write_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.apply.live import Live
    from kcfg.kubeconfig.applied import Key, Record
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.kubeconfig.plan import Change, Plan

KEPT = 100  # records of one kubeconfig
Row = tuple[int, int, str | None]  # a piece; its text stands in the keyring where it is None


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
    pieces: list[Row] | None  # None: taking it back would need a secret that is kept nowhere
    secrets: list[str] = field(default_factory=list)
    records: list[list[str | None]] = field(default_factory=list)
    undoes: int | None = None
    item: str = ""  # the keyring's, with the texts that pieces without one and `bodies` had
    current: str | None = None  # current-context as it was written; None: not noted
    meaning: str = ""  # digest of what was written but current-context, where another writer changes its style
    bodies: list[Any] = field(default_factory=list)  # with `meaning`: section, name, the entry before


def read_events(live: Live) -> list[Event]:
    """Return what was applied to a kubeconfig, oldest first. A damaged record ends the list's way back, no more.

    A record is written before the file: one of a write that was begun and never made is none.
    """
    found = []
    for number in read_ids(live):
        event = _event(read_state(f"{_name(live)}/{number}", live.environ))
        if event is not None and (number != live.writing or live.digest(live.file.raw) != event.before):
            found.append(event)
    return found


def _event(value: Mapping[str, Any]) -> Event | None:
    """Return a record; None for one that is damaged."""
    try:
        event = Event(**value)
    except TypeError:
        return None
    return event if all(sound(getattr(event, name)) for name, sound in _SOUND.items()) else None


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _rows(value: object, least: int) -> bool:
    return isinstance(value, list) and all(isinstance(each, list) and len(each) >= least for each in value)


def _is_piece(start: object, end: object, text: object) -> bool:
    return type(start) is int and type(end) is int and isinstance(text, str | None)


_SOUND: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("time", "spec", "before", "after", "item", "meaning"), lambda value: isinstance(value, str)),
    **dict.fromkeys(("environment", "current"), lambda value: isinstance(value, str | None)),
    **dict.fromkeys(("changes", "secrets"), _texts),
    "id": lambda value: type(value) is int,
    "undoes": lambda value: value is None or type(value) is int,
    "pieces": lambda value: (
        value is None or (_rows(value, 3) and all(len(row) == 3 and _is_piece(*row) for row in value))
    ),
    "records": lambda value: _rows(value, 4) and all(isinstance(each, str | None) for row in value for each in row),
    "bodies": lambda value: _rows(value, 3),
}


def next_id(live: Live) -> int:
    """Return the number of the next record, which may be that of a write that was never made."""
    made = {event.id for event in read_events(live)}
    return max((number for number in read_ids(live) if number != live.writing or number in made), default=0) + 1


def drop_event(live: Live, number: int) -> None:
    """Forget the record of a write that was refused."""
    with suppress(OSError):
        os.unlink(state_path(f"{_name(live)}/{number}", live.environ))


def standing(events: list[Event]) -> list[Event]:
    """Return the events that can be taken back, as far as it is about their order: what was taken back is over."""
    found: list[Event] = []
    for event in events:
        if event.undoes is None:
            found.append(event)
        else:
            found = [each for each in found if each.id < event.undoes]
    return found


def left_over(live: Live) -> list[str]:
    """Return the keyring items that no record needs: what a kill left, what was taken back, what is too old."""
    names = kept_names(live)
    if not names:
        return []
    needed = [event.item for event in standing(read_events(live)) if event.item]
    return [name for name in names if name not in needed[-KEPT_ITEMS:]]


def sweep(live: Live) -> None:
    """Remove the items that no record needs, under the kubeconfig's lock; a keyring that is locked is for next time."""
    with suppress(KcfgError):
        for name in left_over(live):
            forget(name, live.environ)


def add_event(live: Live, event: Event) -> None:
    """Keep a record; the oldest ones go."""
    write_state(f"{_name(live)}/{event.id}", asdict(event), live.environ)
    for old in read_ids(live)[:-KEPT]:
        with suppress(OSError):
            os.unlink(state_path(f"{_name(live)}/{old}", live.environ))


def clear_events(live: Live) -> None:
    """Forget everything, keyring items first, under the lock. Raises SecretError where nothing could be forgotten."""
    names = kept_names(live)
    if names:
        require_open(live.environ)
    for name in names:
        forget(name, live.environ)
    for number in read_ids(live):
        drop_event(live, number)


def read_ids(live: Live) -> list[int]:
    """Return the numbers of all records, oldest first."""
    folder = _folder(live)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name.removesuffix(".json")) for name in names if name.removesuffix(".json").isdigit())


def _name(live: Live) -> str:
    return f"history/{live.identity}"


def _folder(live: Live) -> str:
    return os.path.dirname(state_path(f"{_name(live)}/0", live.environ))


@dataclass(frozen=True, slots=True, repr=False)
class Way:
    """A way back: what a record keeps of it, what only the keyring may, and the entries whose secrets that holds."""

    kept: dict[str, Any]
    hidden: Secret | None = None
    secrets: list[str] = field(default_factory=list)


def way_back(plan: Plan, live: Live, after: bytes) -> Way:
    """Return what leads back from the text that a plan makes of a kubeconfig."""
    before = live.file.raw or b""
    pieces = reverse_pieces(before, after)
    found = secrets_in(before, places_before(pieces))
    rows: list[Row] = [(start, end, was.decode("utf-8", "surrogateescape")) for start, end, was in pieces]
    whole = [change.title for change in plan.writes if change.before and _holds_secret(change)]
    secrets = list(dict.fromkeys([*whole, *(title for titles in found.values() for title in titles)]))
    hidden = set(found) or (set(range(len(rows))) if whole else set())
    kept: dict[str, Any] = {"pieces": rows, **_meaning_kept(plan, live, after)}
    if not secrets:
        return Way(kept)
    texts = [rows[at][2] for at in sorted(hidden)]
    kept["pieces"] = [(start, end, None if at in hidden else was) for at, (start, end, was) in enumerate(rows)]
    of = [live.digest(live.file.raw), live.digest(after)]
    text = json.dumps({"of": of, "pieces": texts, "bodies": kept.pop("bodies", [])}, separators=(",", ":"))
    return Way(kept, Secret(text), secrets)


def _meaning_kept(plan: Plan, live: Live, after: bytes) -> dict[str, Any]:
    """Return what taking back needs where others write the file anew; kubectl's own form they leave as it is."""
    config = KubeconfigFile(live.path, after).config
    if kubectl.read(after, "") is not None:
        return {"current": config.current_context}
    bodies = [[each.section, each.name, each.before] for each in plan.writes]
    return {"current": config.current_context, "meaning": meaning(live, config), "bodies": bodies}


def meaning(live: Live, config: Kubeconfig) -> str:
    """Return a digest of what kubectl reads in a kubeconfig, current-context apart."""
    found = canonical_entries(config)
    return live.applied.digest([[*key, found[key]] for key in sorted(found) if key[0] != CURRENT])


def places_before(pieces: list[Piece]) -> list[tuple[int, int]]:
    """Return where pieces stand in the text before."""
    places, moved = [], 0
    for start, end, was in pieces:
        places.append((start + moved, start + moved + len(was)))
        moved += len(was) - (end - start)
    return places


def with_hidden(event: Event, hidden: Secret) -> Event:
    """Return a record with what the keyring kept of it. Raises ValueError for what does not belong to it.

    The name of an item that was removed is taken again: what another record hides must not come back for this one.
    """
    value: Any = json.loads(hidden.reveal())
    try:
        if value.get("of", of := [event.before, event.after]) != of:
            raise ValueError("of another record")
        texts = iter(value["pieces"])
        pieces = [(start, end, next(texts) if was is None else was) for start, end, was in event.pieces or []]
        return replace(event, pieces=pieces, bodies=value["bodies"] or event.bodies)
    except (StopIteration, KeyError, TypeError, AttributeError):
        raise ValueError("of another record") from None


def pieces_of(event: Event) -> list[Piece]:
    """Return a record's pieces as bytes."""
    return [(start, end, (text or "").encode("utf-8", "surrogateescape")) for start, end, text in event.pieces or []]


def _holds_secret(change: Change) -> bool:
    return bool(list(secret_values(change.before or {})))


def record_rows(before: Mapping[Key, Record], after: Mapping[Key, Record]) -> list[list[str | None]]:
    """Return the records that differ as they were, so that taking back restores them too."""
    rows: list[list[str | None]] = []
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            was = before.get(key)
            rows.append([*key, was.spec, was.digest, was.rest] if was else [*key, None, None])
    return rows
