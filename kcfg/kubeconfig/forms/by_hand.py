"""What people and other tools write, entry by entry: those of a closed line grammar stay text until somebody asks.

A file is taken apart at entry borders in one pass. An entry that the grammar knows cannot be wrong, so nothing parses
it before it is needed; another one is parsed by itself, and each is edited as a text of its own. Where that does not
settle it (anchors across entries, several documents, JSON, flow style) the whole file is the YAML parser's.
"""

from __future__ import annotations

import re
from functools import partial

from kcfg.errors import KcfgError
from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.forms.grammar import BLANK, TEXT, entry_pattern
from kcfg.kubeconfig.lines import read_item, unquoted
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.yamldoc import Document

    Items = dict[tuple[str, str], Body | None]
    Place = tuple[int, int, str]
    Places = list[Place]

# These begin with a line break of their own: `^` would look at every character of a megabyte.
_FIRST_HEADER = re.compile(r"(clusters|users|contexts): *(?:#.*)?(?=\n)")
_HEADER = re.compile(r"\n(clusters|users|contexts): *(?:#.*)?(?=\n)")
# What only a YAML parser can judge: other line breaks, further documents, directives.
_FOREIGN = ("\r", "\x85", "\u2028", "\u2029", "\n---", "\n...", "\n%")
_FIRST_ITEM = re.compile(r"(?: *(?:#.*)?\n)*( *)-( +)(?=\S)")
_BODY = re.compile(r"^[ -]*(?:cluster|user|context):\n( +)", re.MULTILINE)

_DATA_LINE = re.compile(r"-data: \"?([A-Za-z0-9+/=]*)")
_PLAIN_REST = re.compile(
    rf"(?:{BLANK}|apiVersion: v1\n|kind: Config\n|preferences: \{{\}}\n|current-context: {TEXT}\n"
    r"|(?:clusters|users|contexts):(?: null| \[\])?\n)*"
)
_TOP_LINE = re.compile(r"^([A-Za-z-]+): ?(.*)$", re.MULTILINE)


class Span:
    """One entry's text: from its dash to the next entry's, or to the end of its section."""

    __slots__ = ("end", "is_known", "name", "section", "start")

    def __init__(self, section: str, name: str, start: int, end: int, *, is_known: bool) -> None:
        self.section = section
        self.name = name
        self.start = start
        self.end = end
        self.is_known = is_known  # by the line grammar


class ByHand:
    """A text, where its entries stand, and what it means; `beside` is what stands beside the entries, as written."""

    __slots__ = ("_beside", "_items", "_raw", "config", "spans", "text")

    def __init__(self, raw: bytes, text: str, spans: list[Span], config: Kubeconfig, beside: Body) -> None:
        self.text = text
        self.spans = spans
        self.config = config
        self._raw = raw
        self._beside = beside
        self._items: dict[tuple[str, str], Span] = {}

    def item(self, section: str, name: str) -> Body:
        """Return an entry as it is written: an item of its section's list."""
        if not self._items:
            self._items = {(span.section, span.name): span for span in self.spans}
        span = self._items[section, name]
        chunk = self.text[span.start : span.end]
        item: Body = read_item(chunk) if span.is_known else _alone(section, chunk, "").value[section][0] or {}
        return item

    def top(self, field: str) -> object:
        """Return a field beside the entries as written."""
        return self._beside.get(field)

    def edited(self, edits: Edits) -> bytes | None:
        """Return the bytes with the edits made, each in the text of its own entry; None where more would change.

        That is, where what stands beside the entries comes, goes or is no line, or a section was or becomes empty.
        """
        from kcfg.yamltext import encode_like

        places = [self._line(field, value) for field, value in edits.top.items()]
        for section in SECTIONS:
            items = {name: item for (where, name), item in edits.entries.items() if where == section}
            places += self._entries(section, items) if items else []
        found = [place for place in places if place is not None]
        return encode_like(self._raw, _replaced(self.text, found)) if len(found) == len(places) else None

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
        for at in changed - {*kept}:  # where one goes, one that stays stands beside it
            changed |= {max(at - 1, 0), min(at + 1, len(spans) - 1)}
        changed |= {kept[-1]} if new else {*()}
        places: list[Place | None] = []
        for first in sorted(at for at in changed if at - 1 not in changed):
            run = [spans[at] for at in _from(first, changed)]
            part: Items = {(section, span.name): items[span.name] for span in run if span.name in items}
            edits = Edits(part | (new if spans[kept[-1]] in run else {}))
            text = _edited(f"{section}:\n", self.text[run[0].start : run[-1].end], edits)
            places.append(None if text is None else (run[0].start, run[-1].end, text))
        return places

    def _line(self, field: str, value: object) -> Place | None:
        """Return where the line of a field beside the entries stands, and what it becomes."""
        rest = _replaced(self.text, [(span.start, span.end, "") for span in self.spans])
        found = re.search(rf"^{re.escape(field)}:.*\n", rest, re.MULTILINE)
        line = _edited("", found[0], Edits(top={field: value})) if found else None
        if found is None or line is None:
            return None
        sections = list(dict.fromkeys(span.section for span in self.spans))
        again = _rest(_replaced(rest, [(*found.span(), line)]), sections, "")
        if again is None or again[1] != self._beside | {field: value}:
            return None  # what looks like the line stands inside of something else
        at = found.start()
        for span in self.spans:
            at += span.end - span.start if span.start <= at else 0
        return (at, at + len(found[0]), line)


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
    return found.removeprefix(head) if found.startswith(head) and not any(mark in found for mark in _FOREIGN) else None


def read(raw: bytes, source: str) -> ByHand | None:
    """Take a kubeconfig apart at its entries; None where only the YAML parser can say what it is, or what is wrong.

    Raises KcfgError where the bytes are no text.
    """
    from kcfg.yamltext import decode_text

    text = decode_text(raw, source)
    if any(mark in text for mark in _FOREIGN) or not text.endswith("\n"):
        return None
    first = _FIRST_HEADER.match(text)
    headers = [*([first] if first else []), *_HEADER.finditer(text)]
    if not headers or len({header[1] for header in headers}) < len(headers):
        return None
    if any(len(found[1]) % 4 for found in _DATA_LINE.finditer(text)):
        return None
    sections: dict[str, dict[str, Entry]] = {}
    spans: list[Span] = []
    for header in headers:
        found = _section(text, header[1], header.end() + 1, source)
        if found is None:
            return None
        sections[header[1]] = found[0]
        spans += found[1]
    rest = _rest(_replaced(text, [(span.start, span.end, "") for span in spans]), list(sections), source)
    if rest is None:
        return None
    config, beside = rest
    for section, entries in sections.items():
        setattr(config, section, entries)
    return ByHand(raw, text, spans, config, beside)


def _rest(text: str, sections: list[str], source: str) -> tuple[Kubeconfig, Body] | None:
    """Return what a text without its entries means, and says: every section of theirs must be there, and empty."""
    if (plain := _plain_rest(text, sections)) is not None:
        return plain
    from kcfg.kubeconfig.decode import decode
    from kcfg.yamldoc import parse_yaml

    try:
        document = parse_yaml(text.encode(), source)
        config = decode(document)
    except (KcfgError, UnicodeEncodeError):
        return None
    value = document.value
    root: Any = document.root
    if document.duplicate_keys or not isinstance(value, dict):
        return None
    if root is None or root.start_mark.column or root.flow_style:
        return None  # it ends where a line begins at column 0, and what follows is nothing that kubectl reads
    return (config, value) if all(section in value and value[section] is None for section in sections) else None


def _plain_rest(text: str, sections: list[str]) -> tuple[Kubeconfig, Body] | None:
    """Return the same of the common form, without a YAML parser."""
    if not _PLAIN_REST.fullmatch(text):
        return None
    found = _TOP_LINE.findall(text)
    values = dict(found)
    if len(values) < len(found) or any(values.get(section) != "" for section in sections):
        return None
    config = Kubeconfig()
    if "current-context" not in values:
        return config, {}  # nothing that one could ask for
    config.current_context = unquoted(values["current-context"])
    return config, {"current-context": config.current_context}


def _section(text: str, section: str, start: int, source: str) -> tuple[dict[str, Entry], list[Span]] | None:
    first = _FIRST_ITEM.match(text, start)
    entries: dict[str, Entry] = {}
    spans: list[Span] = []
    if first is None:
        return (entries, spans)
    dash, gap = (len(group) for group in first.groups())
    body = _BODY.search(text, first.start(1))
    known = entry_pattern(section, dash, gap, max(len(body[1]) - dash - 1 - gap, 1) if body else 2)
    at = first.start(1)
    end = _end_of_section(text, at, dash)
    border = re.compile(rf"\n {{{dash}}}- ")
    starts = [at, *(found.start() + 1 for found in border.finditer(text, at, end))]
    for begin, stop in zip(starts, [*starts[1:], end], strict=True):
        found = known.fullmatch(text, begin, stop)
        chunk = text[begin:stop]
        if found is not None:
            name = unquoted(found["name"] or found["last"])
            entry = Entry(name, origin=source, load=partial(_load, section, chunk))
        else:
            one = _parsed(section, chunk, source)
            if one is None:
                return None
            entry = one
        if entry.name in entries:
            return None
        entries[entry.name] = entry
        spans.append(Span(section, entry.name, begin, stop, is_known=found is not None))
    return (entries, spans)


def _end_of_section(text: str, start: int, dash: int) -> int:
    """Return where a line stands less deep than the list; comments and blank lines before it are the list's."""
    less = r"\n(?!- | |#|\n|\Z)" if dash == 0 else rf"\n(?! {{{dash}}}| *(?:#|\n|\Z))"
    found = re.compile(less).search(text, start)
    return found.start() + 1 if found else len(text)


def _load(section: str, chunk: str) -> tuple[Body, Body]:
    from kcfg.kubeconfig.decode import decode_entry

    return decode_entry(section, read_item(chunk)).body, {}


def _parsed(section: str, chunk: str, source: str) -> Entry | None:
    """Return the entry of a text that stands alone; None if it does not, or is no entry."""
    from kcfg.kubeconfig.decode import decode

    try:
        document = _alone(section, chunk, source)
        if document.duplicate_keys:
            return None
        entries = decode(document).section(section)
    except (KcfgError, UnicodeEncodeError):
        return None
    value = document.value[section]
    return next(iter(entries.values())) if len(entries) == 1 == len(value) else None


def _alone(section: str, chunk: str, source: str) -> Document:
    from kcfg.yamldoc import parse_yaml

    return parse_yaml(f"{section}:\n{chunk}".encode(), source)
