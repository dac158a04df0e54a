"""Edits of text in kubectl's own form: the lines of a changed entry are written anew, all others stay.

The form is closed, so there is one way to write an entry, and what comes out is in the form again.
"""

from __future__ import annotations

from kcfg.kubeconfig.canonical import Split, is_entry
from kcfg.kubeconfig.lines import entry_text
from kcfg.kubeconfig.model import SECTIONS, Body
from kcfg.scalars import is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.edits import Edits

    Places = list[tuple[int, int, bytes]]


def splice(text: Split, edits: Edits) -> bytes | None:
    """Return the bytes with the edits made; None where that leaves the form."""
    places: Places = []
    for key, value in edits.top.items():
        if key != "current-context" or not (isinstance(value, str) and is_plain(value)):
            return None
        places.append((*text.line, b"current-context: " + value.encode()))
    for section in SECTIONS:
        items = {name: item for (where, name), item in edits.entries.items() if where == section}
        found = _section(section, text.entries[section], items) if items else []
        if found is None:
            return None
        places += found
    return _replaced(text.raw, sorted(places, key=lambda place: place[:2]))


def _section(section: str, spans: dict[str, tuple[int, int]], items: dict[str, Body | None]) -> Places | None:
    lines = {name: _entry(section, item) for name, item in items.items()}
    names = [*(spans.keys() - items.keys()), *(item["name"] for item in items.values() if item is not None)]
    if None in lines.values() or len({*names}) < len(names) or not spans or not names:
        return None  # not in the form; or a name twice, or a section that was empty, or is from now on
    end = max(stop for _, stop in spans.values())
    return [(*spans.get(name, (end, end)), text or b"") for name, text in lines.items()]


def _entry(section: str, item: Body | None) -> bytes | None:
    """Return an item's lines, none of one that goes; None unless they are in the form."""
    if item is None:
        return b""
    text = entry_text(item) if item.keys() == {"name", SECTIONS[section][0]} else None
    return text if text is not None and is_entry(section, text) else None


def _replaced(raw: bytes, places: Places) -> bytes:
    parts: list[bytes | memoryview] = []
    view, done = memoryview(raw), 0
    for start, end, new in places:
        parts += (view[done:start], new)
        done = end
    return b"".join([*parts, view[done:]])
