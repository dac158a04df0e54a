"""Take back what was applied: the bytes of before, or nothing where that is not possible."""

from __future__ import annotations

from collections.abc import Mapping

from kcfg import expiry
from kcfg.apply.back import back, with_stay
from kcfg.apply.history import Event, next_id, places_before, read_events, record_rows, standing, with_hidden
from kcfg.apply.kept import read_kept
from kcfg.apply.live import Live
from kcfg.apply.reverse import reverse_pieces
from kcfg.apply.spans import secrets_in
from kcfg.apply.write import StaleError, replace_file
from kcfg.dataclass import dataclass
from kcfg.errors import ConflictError, KcfgError, Location, SecretError, SecretNotFound
from kcfg.kubeconfig.applied import Key, Record, canonical_entries
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.kubeconfig.plan import Plan
from kcfg.kubeconfig.redact import secret_values
from kcfg.kubeconfig.threeway import make_plan
from kcfg.transaction import locked


@dataclass(frozen=True, slots=True, repr=False)
class Undo:
    """What taking back would do.

    The events, newest first; the bytes that come back (None: no file); the plan; the entries that come back with a
    secret in plain text; the user's current-context where it stays; whether the bytes are those of before.
    """

    events: list[Event]
    raw: bytes | None
    records: dict[Key, Record]
    plan: Plan
    secrets: tuple[str, ...] = ()
    stays: str = ""
    exact: bool = True


def plan_undo(live: Live, number: int | None = None) -> Undo:
    """Return the way back to before an event (default: the last one that is not taken back).

    Another current-context is none: the user's stays, unless it is gone then. Raises ConflictError when anything else
    changed since, or when a secret would be needed that the keyring does not have.
    """
    events = [_whole(live, event) for event in _chosen(read_events(live), number, live.path)]
    records = live.applied.settled(canonical_entries(live.config))
    for event in events:
        records = _with_rows(records, event)
    raw, stays, exact = back(live, events)
    if stays and exact:  # by meaning the text has it already
        raw, stays = with_stay(live.path, raw, stays) if raw is not None else (None, "")
    config = KubeconfigFile(live.path, raw).config if raw is not None else Kubeconfig()
    plan = make_plan(None, live.config, config)
    return Undo(events, raw, records, plan, _plain(plan, live.file.raw, raw), stays, exact)


def _plain(plan: Plan, now: bytes | None, raw: bytes | None) -> tuple[str, ...]:
    """Return what holds a secret and comes back, whole or in part, comments too."""
    titles = [each.title for each in plan.writes if next(secret_values(each.after or {}), None) is not None]
    if raw is not None:
        found = secrets_in(raw, places_before(reverse_pieces(raw, now or b"")))
        titles += [title for its in found.values() for title in its]
    return tuple(dict.fromkeys(titles))


def undo(planned: Undo, live: Live, *, break_lock: bool = False) -> int:
    """Write what `plan_undo` found, under kubectl's lock; return the number of the new record in the history."""
    with locked([live.path], break_lock=break_lock):
        now = live.again()
        if not now.is_as(live):
            raise StaleError("changed since; nothing was taken back", location=Location(live.path), hint="try again")
        before = now.applied.settled(canonical_entries(now.config))
        last = planned.events[-1]
        event = Event(
            id=next_id(now),
            time=expiry.now(),
            spec=last.spec,
            environment=last.environment,
            changes=[f"{each.title} {_WORDS[each.action]}" for each in planned.plan.writes],
            before=now.digest(now.file.raw),
            after=now.digest(planned.raw),
            pieces=None,  # what takes back is not taken back: it is applied again
            records=record_rows(before, planned.records),
            undoes=last.id,
        )
        replace_file(now, planned.raw, event, before, planned.records)
        return event.id


_WORDS = {"create": "restored", "update": "restored", "delete": "removed"}


def _chosen(events: list[Event], number: int | None, path: str) -> list[Event]:
    """Return the events to take back, newest first: all since `number`; what an undo took back is passed over."""
    found = standing(events)
    if not found:
        raise KcfgError("nothing to take back", location=Location(path), hint="`kcfg history` lists what was applied")
    if number is None:
        return found[-1:]
    if number not in [event.id for event in found]:
        raise KcfgError(
            f"no event {number} that could be taken back",
            location=Location(path),
            hint="`kcfg history` lists what was applied",
        )
    return [event for event in reversed(found) if event.id >= number]


def _whole(live: Live, event: Event) -> Event:
    """Return a record with what the keyring kept of it."""
    names = ", ".join(event.secrets)
    where = Location(live.path)
    if event.pieces is None:
        raise ConflictError(
            f"event {event.id} cannot be taken back: that would need a secret of {names}, "
            "and kcfg keeps no copy of a secret where there is no keyring",
            location=where,
            hint="change the spec and apply it",
        )
    if not event.item:
        return event
    try:
        return with_hidden(event, read_kept(event.item, live.environ))
    except SecretNotFound:
        message, hint = f"the keyring no longer has the secret of {names}", "change the spec and apply it"
    except SecretError as error:
        message, hint = f"the secret of {names} cannot be read: {error.message}", error.hint
    except ValueError:
        message, hint = f"keyring item {event.item!r} is of something else", "change the spec and apply it"
    raise ConflictError(f"event {event.id} cannot be taken back: {message}", location=where, hint=hint)


def _with_rows(records: Mapping[Key, Record], event: Event) -> dict[Key, Record]:
    found = dict(records)
    for section, name, spec, digest, *rest in event.records:
        key = (str(section), str(name))
        if spec is None or digest is None:
            found.pop(key, None)
        else:
            found[key] = Record(spec, digest, *(each or "" for each in rest))
    return found
