"""The bytes that taking back leads to: through the records' pieces, or by what they mean where others wrote it anew.

`kubectl config use-context` writes the whole file: of a file that people wrote, the style is gone then.
"""

from __future__ import annotations

from itertools import pairwise, takewhile

from kcfg.apply.history import Event, meaning, pieces_of
from kcfg.apply.live import Live
from kcfg.apply.reverse import restored
from kcfg.apply.write import new_text
from kcfg.errors import ConflictError, KcfgError, KubeconfigError, Location
from kcfg.kubeconfig.applied import CURRENT, Key
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.forms import kubectl
from kcfg.kubeconfig.model import Body
from kcfg.kubeconfig.plan import Change, Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KIND, _WITH_PREFERENCES = b"\nkind: Config\n", b"\nkind: Config\npreferences: {}\n"  # kubectl before 1.35 writes these
Back = tuple[bytes | None, str, bool]  # the bytes (None: no file), the user's current-context, whether bytes of before


def back(live: Live, events: list[Event]) -> Back:
    """Return where the events, newest first, lead back to. Raises ConflictError when more than that was changed."""
    raw, stays = live.file.raw, ""
    for event in events:
        found = _as_written(live, event, raw)
        if found is None:
            if event is events[0] and (other := _by_meaning(live, events)) is not None:
                return other
            raise _changed(live, event, first=event is events[0])
        if found != raw:
            stays = stays or _current(live.path, raw)
        raw = _before(live, event, found)
    return raw, stays, True


def reach(live: Live, events: list[Event]) -> int:
    """Return how many of the events, newest first, the file still leads back through, as far as that is known.

    The keyring is not asked: below an event with an item there, nobody knows the bytes of before.
    """
    raw = live.file.raw
    for place, event in enumerate(events):
        found = _as_written(live, event, raw)
        if found is None:
            return place or _reach_by_meaning(live, events)
        if event.item or event.pieces is None:
            break
        raw = _before(live, event, found)
    return len(events)


def with_stay(path: str, raw: bytes, name: str) -> tuple[bytes, str]:
    """Return a text with a current-context and its name, or as it is where it has no such context."""
    config = KubeconfigFile(path, raw).config
    if name not in config.contexts or config.current_context == name:
        return raw, ""
    found = _with_current(path, raw, name)
    return (found, name) if found is not None else (raw, "")


def _changed(live: Live, event: Event, *, first: bool) -> ConflictError:
    if first:
        return ConflictError(
            "changed since kcfg wrote it; nothing was taken back",
            location=Location(live.path),
            hint="`kcfg status` and `kcfg diff` show what is different",
        )
    return ConflictError(
        f"the file was changed by others between events; {event.id} cannot be taken back",
        location=Location(live.path),
        hint="`kcfg history` lists what was applied",
    )


def _as_written(live: Live, event: Event, raw: bytes | None) -> bytes | None:
    """Return the text that an event wrote: this one, or this one with the current-context of that time."""
    if live.digest(raw) == event.after:
        return raw
    if raw is None or event.current is None:
        return None
    for text in _variants(raw):
        names = [event.current, None] if not event.current else [event.current]
        for name in names:
            found = _with_current(live.path, text, name)
            if found is not None and live.digest(found) == event.after:
                return found
    return None


def _variants(raw: bytes) -> list[bytes]:
    """Return a text, and what it is in the form of other kubectls: with empty preferences or without."""
    if kubectl.read(raw, "") is None:
        return [raw]
    old, new = (_WITH_PREFERENCES, _KIND) if _WITH_PREFERENCES in raw else (_KIND, _WITH_PREFERENCES)
    return [raw, raw.replace(old, new, 1)]


def _with_current(path: str, raw: bytes, name: str | None) -> bytes | None:
    """Return a text with another current-context, or with none; None where that cannot be edited."""
    try:
        return KubeconfigFile(path, raw).edited(Edits(top={CURRENT: name}))
    except KubeconfigError:
        return None


def _current(path: str, raw: bytes | None) -> str:
    return KubeconfigFile(path, raw).config.current_context


def _before(live: Live, event: Event, raw: bytes | None) -> bytes | None:
    if not event.before:
        return None
    try:
        found = restored(raw or b"", pieces_of(event))
    except ValueError:
        found = b""
    if live.digest(found) != event.before:
        raise KcfgError(f"the record of event {event.id} is damaged", location=Location(live.path))
    return found


def _by_meaning(live: Live, events: list[Event]) -> Back | None:
    """Return where events lead whose text was written anew by others, who changed nothing but current-context."""
    if _reach_by_meaning(live, events) < len(events):
        return None
    if not events[-1].before:
        return None, "", True
    wanted: dict[Key, Body | None] = {}
    for event in events:
        wanted |= {(section, name): body for section, name, body in event.bodies}
    current = live.config.current_context
    switched = current != events[0].current
    contexts = dict.fromkeys(live.config.contexts, True)
    contexts |= {name: body is not None for (section, name), body in wanted.items() if section == "contexts"}
    stays = switched and contexts.get(current, False)
    if stays:
        wanted.pop((CURRENT, ""), None)
    elif switched and (CURRENT, "") not in wanted:
        old = events[0].current or ""
        wanted[CURRENT, ""] = {CURRENT: old} if contexts.get(old) else None
    changes = tuple(_change(section, name, body) for (section, name), body in wanted.items())
    text = new_text(KubeconfigFile(live.path, live.file.raw), Plan(changes))
    return text, current if stays else "", False


def _reach_by_meaning(live: Live, events: list[Event]) -> int:
    """Return how many events lead back from a file that means what the newest wrote, each to the one before."""
    if live.file.raw is None or events[0].meaning != meaning(live, live.config):
        return 0
    followed = (older.meaning and newer.before == older.after for newer, older in pairwise(events))
    return 1 + sum(1 for _ in takewhile(bool, followed))


def _change(section: str, name: str, body: Any) -> Change:
    return Change(section, name, "delete" if body is None else "update", after=body)
