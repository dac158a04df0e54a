"""Write a plan: that plan and nothing else, all of it or nothing.

What of the way back holds a secret goes into the keyring. Then memory says what is about to be written, the record with
the way back is kept, the file is replaced, and the memory follows: a kill between any two of them leaves a state that
the next reading understands, and the next write removes from the keyring what no record needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from kcfg import expiry
from kcfg.apply.history import (
    Event,
    Way,
    add_event,
    drop_event,
    left_over,
    next_id,
    record_rows,
    sweep,
    way_back,
)
from kcfg.apply.kept import forget, keep, obstacle
from kcfg.apply.live import Live
from kcfg.dataclass import dataclass
from kcfg.errors import ConflictError, KcfgError, KubeconfigError, Location, Problem, SecretError
from kcfg.files import make_folder, remove, write_atomic
from kcfg.kubeconfig.applied import CURRENT, Applied, Key, Record, canonical_entries
from kcfg.kubeconfig.changes import edited_item
from kcfg.kubeconfig.difference import has_unread
from kcfg.kubeconfig.document import KubeconfigFile, text_holds_secret
from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.model import SECTIONS, Kubeconfig
from kcfg.kubeconfig.plan import Change, Plan
from kcfg.kubeconfig.threeway import FOREIGN, OTHER_SPEC, make_plan, records_after
from kcfg.lock import remove_left_over
from kcfg.transaction import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kcfg.trust.gate import Permit

    Warn = Callable[["Lost"], None]


class StaleError(ConflictError):
    """The file, or what kcfg remembers of it, changed since the plan was made: nothing was written."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What applying did: whether the file was written, the record in its history, and whose secrets the keyring got."""

    written: bool
    event: int | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """The entries that `undo` will not be able to bring back, and why."""

    entries: tuple[str, ...]
    reason: str


def apply_plan(
    plan: Plan,
    live: Live,
    permit: Permit,
    *,
    environment: str | None = None,
    break_lock: bool = False,
    warn: Warn | None = None,
) -> Outcome:
    """Write a plan that `make_plan` made of `live`, under kubectl's lock; return what was done.

    The Permit is the trust gate's: what is written will run programs and send secrets. `warn` is told what cannot be
    taken back, before the file is replaced.

    A conflict holds back its entry, and the plan says which others: they stay as they are (`plan.open`).

    Raises StaleError when the file changed since, KcfgError when the plan was made without reading its secrets.
    """
    if any(has_unread(each.after) for each in plan.changes):
        raise KcfgError("this plan was made without reading its secrets", hint="give `render` a way to read them")
    if not plan.writes and not _remembers_more(plan, live) and not left_over(live):
        remove_left_over(live.path)
        return Outcome(written=False)
    make_folder(live.path)
    with locked([live.path], break_lock=break_lock):
        now = live.again()
        if not now.is_as(live):
            _require_same(plan, now)
        return _write(plan, now, environment, warn)


def find_lost(plan: Plan, live: Live) -> Lost | None:
    """Return what writing a plan would lose for good, as far as that is known before it is tried."""
    if not plan.writes or live.file.raw is None:
        return None
    file = KubeconfigFile(live.path, live.file.raw)
    way = way_back(plan, live, new_text(file, plan))
    reason = obstacle(way.hidden, live.environ) if way.hidden is not None else ""
    return Lost(tuple(way.secrets), reason) if reason else None


def open_problems(plan: Plan, path: str) -> list[Problem]:
    """Return every entry that a plan leaves open, with the reason and what a person can do.

    Entries that the trust gate holds back for one reason are one problem.
    """
    alike: dict[tuple[object, ...], list[Change]] = {}
    for each in plan.open:
        alike.setdefault((each.reason,) if each.cause == "trust" else (each.section, each.name), []).append(each)
    return [
        Problem(
            f"{', '.join(each.title for each in changes)}: {changes[0].reason}",
            location=Location(path),
            hint=conflict_hint(changes[0]),
        )
        for changes in alike.values()
    ]


_HINTS = {
    "others": "`kcfg diff` shows what it waits for; once that is settled, `kcfg apply` writes it",
    "cluster": "let the spec declare that cluster as it is, or remove the context with `kcfg delete-context`",
    "trust": "look at it, then `kcfg trust`; in CI: --trust-from REV (the protected branch)",
}


def conflict_hint(change: Change) -> str:
    """Return what a person can do about a conflict, or what is held back."""
    if change.action == "held":
        return _HINTS[change.cause]
    if change.reason == FOREIGN:
        return "`kcfg diff` shows both; --adopt takes it over, --on-conflict actual leaves it"
    if change.reason == OTHER_SPEC:
        return "give it another name in one of the specs; --adopt takes it over, --on-conflict actual leaves it"
    return "`kcfg diff` shows both; --on-conflict spec writes the spec's, --on-conflict actual leaves it"


def _require_same(plan: Plan, now: Live) -> None:
    assert plan.target is not None
    fresh = make_plan(now.applied, now.config, plan.target, spec=plan.spec, options=plan.options)
    if not fresh.same_as(plan):
        raise StaleError(
            "changed since the plan was made; nothing was written",
            location=Location(now.path),
            hint="run it again and look at the new plan",
        )


def _remembers_more(plan: Plan, live: Live) -> bool:
    actual = canonical_entries(live.config, _keys(plan, live.applied))
    begun = bool(live.applied.pending) or live.writing is not None
    return begun or records_after(plan, live.applied, actual) != live.applied.entries


def _keys(plan: Plan, applied: Applied) -> set[Key]:
    return {*((each.section, each.name) for each in plan.changes), *applied.entries, *applied.pending}


def _write(plan: Plan, live: Live, environment: str | None, warn: Warn | None) -> Outcome:
    applied = live.applied
    before = applied.settled(canonical_entries(live.config, _keys(plan, applied)))
    after = records_after(plan, applied, canonical_entries(live.config, _keys(plan, applied)))
    if not plan.writes:
        live.remember(Applied(applied.salt, after))
        sweep(live)
        return Outcome(written=False)
    text = new_text(live.file, plan)
    way = way_back(plan, live, text)
    event = Event(
        id=next_id(live),
        time=expiry.now(),
        spec=plan.spec,
        environment=environment,
        changes=[f"{each.title} {WORDS[each.action]}" for each in plan.writes],
        before=live.digest(live.file.raw),
        after=live.digest(text),
        secrets=way.secrets,
        records=record_rows(before, after),
        **_kept(way, live, plan.spec, warn),
    )
    replace_file(live, text, event, before, after)
    return Outcome(written=True, event=event.id, kept=tuple(way.secrets) if event.item else ())


def _kept(way: Way, live: Live, spec_name: str, warn: Warn | None) -> dict[str, Any]:
    """Return what a record keeps of a way back; what holds a secret is in the keyring by then, or told to be lost."""
    if way.hidden is None:
        return way.kept
    try:
        return {**way.kept, "item": keep(live, spec_name, way.hidden)}
    except SecretError as error:
        if warn is not None:
            warn(Lost(tuple(way.secrets), error.message))
        return {"pieces": None}


WORDS = {
    "create": "created", "update": "configured", "delete": "pruned", "adopt": "adopted", "conflict": "conflict",
    "held": "held back", "kept": "left as it is", "orphaned": "orphaned", "forget": "forgotten",
    "unselected": "not selected", "unmanaged": "unmanaged", "unchanged": "unchanged",
}  # fmt: skip


def replace_file(
    live: Live,
    text: bytes | None,
    event: Event,
    before: Mapping[Key, Record],
    after: Mapping[Key, Record],
) -> None:
    """Say what is about to be written, keep the way back, then write it; without a text the file goes."""
    keys = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    salt = live.applied.salt
    try:
        live.remember(Applied(salt, dict(before), {key: after.get(key) for key in keys}), writing=event.id)
        add_event(live, event)
    except KcfgError:
        _drop_item(live, event)
        raise
    try:
        if text is not None:
            write_atomic(live.path, text, secret=text_holds_secret)
        else:
            remove(live.path)
    except KcfgError:
        drop_event(live, event.id)
        _drop_item(live, event)
        raise
    # What is pending counts as written where the file shows it: a full disk makes this no failure.
    with suppress(KcfgError):
        live.remember(Applied(salt, dict(after)))
        sweep(live)


def _drop_item(live: Live, event: Event) -> None:
    with suppress(KcfgError):
        if event.item:
            forget(event.item, live.environ)


def new_text(file: KubeconfigFile, plan: Plan) -> bytes:
    """Return a file's bytes with a plan's changes made, and nothing else changed.

    Raises KcfgError where the text is written in a way that cannot be edited in place.
    """
    edits = _edits(file, plan)
    try:
        text = file.edited(edits)
    except KubeconfigError:  # an entry whose fields cannot be edited where they stand is taken out and put back
        gone = Edits(dict.fromkeys(edits.entries), dict.fromkeys(edits.top, ""))
        text = KubeconfigFile(file.path, file.edited(gone)).edited(edits)
    _verify(file, text, plan)
    return text


def _edits(file: KubeconfigFile, plan: Plan) -> Edits:
    edits = Edits()
    for change in plan.writes:
        key = (change.section, change.name)
        if change.section == CURRENT:
            edits.top[CURRENT] = (change.after or {}).get(CURRENT, "")
        elif change.after is None:
            edits.entries[key] = None
        else:
            edits.entries[key] = edited_item(*key, file.item(*key), change.after)
    return edits


def _verify(file: KubeconfigFile, text: bytes, plan: Plan) -> None:
    """Read the new bytes back: every entry is what the plan says, and no other came or went."""
    config = KubeconfigFile(file.path, text).config
    found = canonical_entries(config, {(each.section, each.name) for each in plan.writes})
    expected = _names(file.config)
    for change in plan.writes:
        key = (change.section, change.name)
        if found.get(key) != change.after:
            raise _not_editable(file.path)
        if change.section in SECTIONS:
            (expected.discard if change.after is None else expected.add)(key)
    if _names(config) != expected:
        raise _not_editable(file.path)


def _names(config: Kubeconfig) -> set[Key]:
    return {(section, name) for section in SECTIONS for name in config.section(section)}


def _not_editable(path: str) -> KcfgError:
    return KcfgError(
        "this file is written in a way that cannot be edited in place; nothing was written",
        location=Location(path),
        hint="`kcfg view --raw --kubeconfig FILE` shows the plain form",
    )
