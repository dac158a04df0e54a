"""Edits of text in kubectl's own form: the lines of a changed entry are written anew, all others stay.

The form is closed, so there is one way to write an entry, and what comes out is in the form again.
"""

from __future__ import annotations

from kcfg.kubeconfig.canonical import Split, is_entry
from kcfg.kubeconfig.lines import entry_text
from kcfg.kubeconfig.model import SECTIONS, Body, NeedsMoreError
from kcfg.scalars import is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def splice(text: Split, before: Body, after: Body) -> bytes:
    """Return the bytes with a part's value changed. Raises NeedsMoreError where that leaves the form."""
    spans: list[tuple[int, int, bytes]] = []
    if after.keys() != before.keys():
        raise NeedsMoreError
    for key, value in after.items():
        if key in SECTIONS:
            spans += _section(text, key, before[key] or [], value or [])
        elif value != before[key]:
            if key != "current-context":
                raise NeedsMoreError
            spans.append((*text.line, b"current-context: " + _text(value)))
    return _replaced(text.raw, sorted(spans))


def _section(text: Split, section: str, before: list[Body], after: list[Body]) -> list[tuple[int, int, bytes]]:
    places = text.entries[section]
    kept: list[Body | None] = [*after[: len(before)]]
    if len(after) < len(before):
        kept = [item if item in after else None for item in before]
        if [item for item in kept if item is not None] != after:
            raise NeedsMoreError
    names = [item.get("name") for item in after]
    others = places.keys() - {item["name"] for item in before}
    if len({*names}) < len(names) or not others.isdisjoint(names) or not places or not (others or names):
        raise NeedsMoreError  # a name twice, or a section that was empty, or is from now on
    spans: list[tuple[int, int, bytes]] = []
    for item, wanted in zip(before, kept, strict=True):
        if wanted != item:
            spans.append((*places[item["name"]], b"" if wanted is None else _entry(section, wanted)))
    end = max(stop for _, stop in places.values())
    return spans + [(end, end, _entry(section, item)) for item in after[len(before) :]]


def _entry(section: str, item: Body) -> bytes:
    """Return an item's lines. Raises NeedsMoreError unless they are in the form."""
    text = entry_text(item) if item.keys() == {"name", SECTIONS[section][0]} else None
    if text is None or not is_entry(section, text):
        raise NeedsMoreError
    return text


def _text(value: Any) -> bytes:
    if not (isinstance(value, str) and is_plain(value)):
        raise NeedsMoreError
    return value.encode()


def _replaced(raw: bytes, spans: list[tuple[int, int, bytes]]) -> bytes:
    parts: list[bytes | memoryview] = []
    view, done = memoryview(raw), 0
    for start, end, new in spans:
        parts += (view[done:start], new)
        done = end
    return b"".join([*parts, view[done:]])
