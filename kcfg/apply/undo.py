"""Take back what was applied: the bytes of before, or nothing where that is not possible."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from kcfg.apply.history import Event, next_id, pieces_of, read_events, record_rows, way_back
from kcfg.apply.live import Live
from kcfg.apply.reverse import restored
from kcfg.apply.write import StaleError, replace_file
from kcfg.errors import ConflictError, KcfgError, Location
from kcfg.kubeconfig.applied import Key, Record, canonical_entries
from kcfg.kubeconfig.file import KubeconfigFile
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.kubeconfig.plan import Plan
from kcfg.kubeconfig.threeway import make_plan
from kcfg.lock import lock


@dataclass(frozen=True, slots=True, repr=False)
class Undo:
    """What taking back would do: the events, newest first, the bytes that come back (None: no file), and the plan."""

    events: list[Event]
    raw: bytes | None
    records: dict[Key, Record]
    plan: Plan


def plan_undo(live: Live, number: int | None = None) -> Undo:
    """Return the way back to before an event (default: the last one that is not taken back).

    Raises ConflictError when the file changed since, or when a copy of a secret would have been needed.
    """
    events = _chosen(read_events(live), number, live.path)
    raw = live.file.raw
    if live.digest(raw) != events[0].after:
        raise ConflictError(
            "changed since kcfg wrote it; nothing was taken back",
            location=Location(live.path),
            hint="`kcfg status` and `kcfg diff` show what is different",
        )
    records = live.applied.settled(canonical_entries(live.config))
    for event in events:
        raw = _before(live, event, raw)
        records = _with_rows(records, event)
    config = KubeconfigFile(live.path, raw).config if raw is not None else Kubeconfig()
    return Undo(events, raw, records, make_plan(None, live.config, config))


def undo(planned: Undo, live: Live, *, break_lock: bool = False) -> int:
    """Write what `plan_undo` found, under kubectl's lock; return the number of the new record in the history."""
    with lock(live.path, break_lock=break_lock):
        now = live.again()
        if not now.is_as(live):
            raise StaleError("changed since; nothing was taken back", location=Location(live.path), hint="try again")
        before = now.applied.settled(canonical_entries(now.config))
        last = planned.events[-1]
        pieces, secrets = way_back(planned.plan, now.file.raw, planned.raw or b"")
        event = Event(
            id=next_id(now),
            time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            spec=last.spec,
            environment=last.environment,
            changes=[f"{each.title} {_WORDS[each.action]}" for each in planned.plan.writes],
            before=now.digest(now.file.raw),
            after=now.digest(planned.raw),
            pieces=pieces,
            secrets=secrets,
            records=record_rows(before, planned.records),
            undoes=last.id,
        )
        replace_file(now, planned.raw, event, before, planned.records)
        return event.id


_WORDS = {"create": "restored", "update": "restored", "delete": "removed"}


def _chosen(events: list[Event], number: int | None, path: str) -> list[Event]:
    """Return the events to take back, newest first: all since `number`; what an undo took back is passed over."""
    standing: list[Event] = []
    for event in events:
        if event.undoes is None:
            standing.append(event)
        else:
            standing = [each for each in standing if each.id < event.undoes]
    if not standing:
        raise KcfgError("nothing to take back", location=Location(path), hint="`kcfg history` lists what was applied")
    if number is None:
        return standing[-1:]
    if number not in [event.id for event in standing]:
        raise KcfgError(
            f"no event {number} that could be taken back",
            location=Location(path),
            hint="`kcfg history` lists what was applied",
        )
    return [event for event in reversed(standing) if event.id >= number]


def _before(live: Live, event: Event, raw: bytes | None) -> bytes | None:
    if event.pieces is None:
        raise ConflictError(
            f"event {event.id} cannot be taken back: that would need a secret of {', '.join(event.secrets)}, "
            "and kcfg keeps no copy of a secret",
            location=Location(live.path),
            hint="change the spec and apply it",
        )
    if live.digest(raw) != event.after:
        raise ConflictError(
            f"the file was changed by others between events; {event.id} cannot be taken back",
            location=Location(live.path),
            hint="`kcfg history` lists what was applied",
        )
    if not event.before:
        return None
    try:
        found = restored(raw or b"", pieces_of(event))
    except ValueError:
        found = b""
    if live.digest(found) != event.before:
        raise KcfgError(f"the record of event {event.id} is damaged", location=Location(live.path))
    return found


def _with_rows(records: Mapping[Key, Record], event: Event) -> dict[Key, Record]:
    found = dict(records)
    for section, name, spec, digest in event.records:
        key = (str(section), str(name))
        if spec is None or digest is None:
            found.pop(key, None)
        else:
            found[key] = Record(spec, digest)
    return found
