"""What people and other tools write: entry by entry, as lines without a YAML parser where that is safe.

A file is taken apart at entry borders in one pass. An entry whose lines are of the small YAML of `lines` is read and
edited as these; another one is parsed by itself, and edited as a text of its own. Where that does not settle it
(anchors across entries, several documents, JSON, flow style) the whole file is the YAML parser's.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

from kcfg.errors import KcfgError
from kcfg.kubeconfig.decode import decode_body, decode_value
from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.forms.shapes import Shapes
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig
from kcfg.yaml.lines import (
    FOREIGN,
    edited_item,
    edited_line,
    lines_of_value,
    read_item,
    read_lines,
    says,
)
from kcfg.yaml.plain import NotLines, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Found = dict[str, tuple["Span", Entry]]
    Items = dict[tuple[str, str], Body | None]
    Place = tuple[int, int, str]
    Places = list[Place]

_PLAIN = b"\n" + bytes(range(0x20, 0x7F))


class Span:
    """One entry: from its dash to the next entry's, or to the end of its section."""

    __slots__ = ("_item", "_lines", "end", "has_lines", "name", "section", "start")

    def __init__(
        self, section: str, name: str, lines: list[str], start: int, item: Body | None = None, *, has_lines: bool = True
    ) -> None:
        self.section = section
        self.name = name
        self.start = start
        self.end = start + sum(map(len, lines)) + len(lines)
        self.has_lines = has_lines  # all of them of the small YAML
        self._lines = lines
        self._item = item

    @property
    def item(self) -> Body:
        """What the entry says, as written."""
        if self._item is None:
            self._item = read_lines(self._lines)[0]
        return self._item


class _Unread(Entry):
    """An entry that is right, whose fields are read when somebody asks for them."""

    __slots__ = ("_span",)

    def __init__(self, span: Span, origin: str) -> None:
        super().__init__(span.name, origin=origin)
        self._body = None
        self._span = span

    @property
    def body(self) -> Body:
        """The fields, as they are read."""
        if self._body is None:
            self._body = decode_body(self._span.section, self._span.item)
        return self._body

    @body.setter
    def body(self, body: Body) -> None:
        self._body = body

    def get(self, field: str) -> str:
        """Return a field that holds a text, or ""."""
        return self.body.get(field) or ""

    def copy(self) -> Entry:
        """Return an entry whose name and fields can be set without changing this one's."""
        if self._body is not None:
            return super().copy()
        other = _Unread(self._span, self.origin)
        other.name = self.name
        return other


class ByHand:
    """A text, where its entries stand, and what it means; `beside` are the other lines, with where each begins."""

    __slots__ = ("_raw", "_spans", "_value", "beside", "config", "spans", "text")

    def __init__(
        self, raw: bytes, text: str, spans: list[Span], beside: dict[int, str], value: Body, config: Kubeconfig
    ) -> None:
        self.text = text
        self.spans = spans
        self.beside = beside
        self.config = config
        self._raw = raw
        self._value = value  # of the lines beside
        self._spans = {(span.section, span.name): span for span in spans}

    def item(self, section: str, name: str) -> Body:
        """Return an entry as it is written: an item of its section's list."""
        return self._spans[section, name].item

    def top(self, field: str) -> object:
        """Return a field beside the entries as written."""
        return self._value.get(field)

    def edited(self, edits: Edits) -> bytes | None:
        """Return the bytes with the edits made, each in the text of its own entry; None where more would change.

        That is, where what stands beside the entries comes, goes or is no line, or a section was or becomes empty.
        """
        places = [self._line(field, value) for field, value in edits.top.items()]
        for section in SECTIONS:
            items = {name: item for (where, name), item in edits.entries.items() if where == section}
            places += self._entries(section, items) if items else []
        found = [place for place in places if place is not None]
        return _encoded(self._raw, _replaced(self.text, found)) if len(found) == len(places) else None

    def _entries(self, section: str, items: dict[str, Body | None]) -> list[Place | None]:
        """Return which parts of a section's text become what."""
        spans = [span for span in self.spans if span.section == section]
        names = {span.name for span in spans}
        kept = [at for at, span in enumerate(spans) if items.get(span.name, span) is not None]
        new: Items = {(section, name): item for name, item in items.items() if item is not None and name not in names}
        after = [*(names - items.keys()), *(item["name"] for item in items.values() if item is not None)]
        if not kept or len({*after}) < len(after):
            return [None]
        changed = {at for at, span in enumerate(spans) if span.name in items}
        places = [] if new else [self._in_lines(spans[at], items[spans[at].name]) for at in changed]
        if places and None not in places:
            return places
        for at in changed - {*kept}:  # where one goes, one that stays stands beside it
            changed |= {max(at - 1, 0), min(at + 1, len(spans) - 1)}
        changed |= {kept[-1]} if new else {*()}
        places = []
        for first in sorted(at for at in changed if at - 1 not in changed):
            run = [spans[at] for at in _from(first, changed)]
            part: Items = {(section, span.name): items[span.name] for span in run if span.name in items}
            edits = Edits(part | (new if spans[kept[-1]] in run else {}))
            text = _edited(f"{section}:\n", self.text[run[0].start : run[-1].end], edits)
            places.append(None if text is None else (run[0].start, run[-1].end, text))
        return places

    def _in_lines(self, span: Span, item: Body | None) -> Place | None:
        """Return what an entry's text becomes, without a YAML parser; None where that takes one."""
        text = self.text[span.start : span.end]
        if not span.has_lines:
            return None
        if item is None:
            lines = text.split("\n")
            return span.start, span.end, "\n".join(lines[lines_of_value(lines) :])
        new = edited_item(text, SECTIONS[span.section][0], span.item, item)
        if new is None or decode_value({span.section: [item]}, "") is None:
            return None
        try:
            return (span.start, span.end, new) if same(read_item(new), item) else None
        except NotLines:
            return None

    def _line(self, field: str, value: object) -> Place | None:
        """Return where the line of a field beside the entries stands, and what it becomes."""
        start = next((start for start, line in self.beside.items() if line.startswith(f"{field}:")), None)
        if start is None:
            return None
        line = edited_line(self.beside[start], field, value)
        if line is None and (text := _edited("", self.beside[start] + "\n", Edits(top={field: value}))) is not None:
            line = text.removesuffix("\n")
        if line is None or _beside([*(self.beside | {start: line}).values()]) != self._value | {field: value}:
            return None  # what looks like the line stands inside of something else
        return start, start + len(self.beside[start]), line


def _replaced(text: str, places: Places) -> str:
    parts: list[str] = []
    done = 0
    for start, end, new in sorted(places):
        parts += (text[done:start], new)
        done = end
    return "".join(parts) + text[done:]


def _from(first: int, numbers: set[int]) -> Iterator[int]:
    """Yield a number and those that follow it without a gap."""
    while first in numbers:
        yield first
        first += 1


def _edited(head: str, text: str, edits: Edits) -> str | None:
    """Return what stands below a head edited; None where that cannot be, or would not stand there alone."""
    from kcfg.kubeconfig.forms.any_yaml import edited_text, parsed

    try:
        found = edited_text(parsed(head + text, ""), edits)
    except KcfgError:
        return None
    return found.removeprefix(head) if found.startswith(head) and not any(mark in found for mark in FOREIGN) else None


def read(raw: bytes, source: str) -> ByHand | None:
    """Take a kubeconfig apart at its entries; None where only the YAML parser can say what it is, or what is wrong.

    Raises KcfgError where the bytes are no text.
    """
    text = _decoded(raw, source)
    if any(mark in text for mark in FOREIGN) or not text.endswith("\n"):
        return None
    lines = text.split("\n")[:-1]
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    spans: list[Span] = []
    sections: dict[str, dict[str, Entry]] = {}
    beside: dict[int, str] = {}
    at = 0
    while at < len(lines):
        beside[starts[at]] = lines[at]
        at += 1
        section, colon, rest = lines[at - 1].partition(":")
        if section not in SECTIONS or not colon or rest.partition(" #")[0].strip(" "):
            continue
        borders = _borders(lines, at)
        beside |= {starts[above]: lines[above] for above in range(at, borders[0])}
        parts = [(lines[begin:end], starts[begin]) for begin, end in pairwise(borders)]
        found = _entries(section, parts, source, Shapes()) or _entries(section, parts, source, None)
        if found is None or section in sections:
            return None
        spans += [span for span, _ in found.values()]
        sections[section] = {name: entry for name, (_, entry) in found.items()}
        at = borders[-1]
    around = _beside([*beside.values()])
    if around is None or sections.keys() - around.keys() or any(around.get(section) for section in SECTIONS):
        return None
    config = decode_value(around, source)
    for section, entries in sections.items() if config is not None else ():
        setattr(config, section, entries)
    return None if config is None else ByHand(raw, text, spans, beside, around, config)


def _borders(lines: list[str], at: int) -> list[int]:
    """Return where the items of the list below a line begin, and where it ends; once the same where there is none.

    Comments and blank lines at its end are the list's.
    """
    first = next((at for at in range(at, len(lines)) if says(lines[at])), len(lines))
    if first == len(lines) or not lines[first].lstrip(" ").startswith("- "):
        return [first]
    pad = " " * (len(lines[first]) - len(lines[first].lstrip(" ")))
    dash, deeper = pad + "- ", pad + " "
    found = [first]
    for number, line in enumerate(lines[first + 1 :], first + 1):
        if line.startswith(dash):
            found.append(number)
        elif not line.startswith(deeper) and says(line):
            return [*found, number]
    return [*found, len(lines)]


def _entries(section: str, parts: list[tuple[list[str], int]], source: str, shapes: Shapes | None) -> Found | None:
    """Return the entries that stand at some places; None if one does not stand alone, or a name stands twice.

    With `shapes` an entry that is written like one before is read when somebody asks for it; None if one is wrong.
    """
    found: Found = {}
    for lines, start in parts:
        name = shapes.name(lines) if shapes is not None else None
        if name is not None:
            span = Span(section, name, lines, start)
            entry: Entry = _Unread(span, source)
        else:
            item, has_lines = _item(section, lines)
            config = decode_value({section: [item]}, source) if item is not None else None
            if config is None or item is None:
                return None
            (entry,) = config.section(section).values()
            span = Span(section, entry.name, lines, start, item, has_lines=has_lines)
            if shapes is not None and has_lines and item.keys() == {"name", SECTIONS[section][0]}:
                shapes.learn(lines, entry.name)
        if entry.name in found:
            return None
        found[entry.name] = span, entry
    return found if shapes is None or shapes.are_right() else None


def _item(section: str, lines: list[str]) -> tuple[Body | None, bool]:
    """Return what an entry's lines say, None if they do not stand alone; and whether the small YAML is enough."""
    has_lines = True
    try:
        items = read_lines(lines)
    except NotLines:
        from kcfg.yaml.parse import parse_yaml

        has_lines = False
        try:
            document = parse_yaml("\n".join([f"{section}:", *lines, ""]).encode(), "")
        except KcfgError:
            return None, False
        items = [] if document.duplicate_keys else document.value[section]
    return ((items[0] or {}) if len(items) == 1 and isinstance(items[0] or {}, dict) else None), has_lines


def _beside(lines: list[str]) -> Body | None:
    """Return what lines without entries say; None where that is no mapping, or does not end with them."""
    try:
        value = read_lines(lines)
        return value if isinstance(value, dict) else None
    except NotLines:
        from kcfg.yaml.parse import parse_yaml

    try:
        document = parse_yaml("\n".join([*lines, ""]).encode(), "")
    except KcfgError:
        return None
    root: Any = document.root
    if document.duplicate_keys or not isinstance(document.value, dict) or root.start_mark.column or root.flow_style:
        return None  # flow style ends where a line begins at column 0, and what follows is nothing that kubectl reads
    return document.value


def _decoded(raw: bytes, source: str) -> str:
    if not raw.translate(None, _PLAIN):
        return raw.decode()
    from kcfg.yaml.text import decode_text

    return decode_text(raw, source)


def _encoded(raw: bytes, text: str) -> bytes:
    if raw[:1].isascii():
        return text.encode()
    from kcfg.yaml.text import encode_like

    return encode_like(raw, text)
