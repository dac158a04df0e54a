"""A kubeconfig's text as a frame and entries: entries of a closed line grammar stay text until somebody asks.

A file is split at entry borders in one pass. An entry that the grammar knows cannot be wrong, so nothing parses it
before it is needed; another one is parsed by itself. Where that does not settle it (anchors across entries, several
documents, JSON, flow style) there is no frame, and the whole file goes through the YAML parser, which decides.
"""

from __future__ import annotations

import re
from functools import cache, partial

from kcfg.errors import KcfgError
from kcfg.kubeconfig.fields import BOOL, BYTES, CONTEXTS, ENV, EXEC, STRING, STRINGS, USERS, names
from kcfg.kubeconfig.lines import read_entry, read_item, unquoted
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig
from kcfg.scalars import FLAG, NO_WORD, PLAIN, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from kcfg.kubeconfig.edits import Edits
    from kcfg.yamldoc import Document

# These begin with a line break of their own: `^` would look at every character of a megabyte.
_FIRST_HEADER = re.compile(r"(clusters|users|contexts): *(?:#.*)?(?=\n)")
_HEADER = re.compile(r"\n(clusters|users|contexts): *(?:#.*)?(?=\n)")
# What only a YAML parser can judge: other line breaks, further documents, directives.
_FOREIGN = ("\r", "\x85", "\u2028", "\u2029", "\n---", "\n...", "\n%")
_FIRST_ITEM = re.compile(r"(?: *(?:#.*)?\n)*( *)-( +)(?=\S)")
_BODY = re.compile(r"^[ -]*(?:cluster|user|context):\n( +)", re.MULTILINE)
_HOLE = "#kcfg-hole-"

_TEXT = rf"(?:{PLAIN}|\"[ !#-\[\]-~]*\"|'[ -&(-~]*')"
_KEY = rf"(?!(?:{WORD}):)[A-Za-z][A-Za-z0-9_./-]*"
_DATA = rf"(?:{NO_WORD}[A-Za-z][A-Za-z0-9+/]*={{0,2}}|\"[A-Za-z0-9+/]*={{0,2}}\"|\"\")"
_DATA_LINE = re.compile(r"-data: \"?([A-Za-z0-9+/=]*)")
_BOOL = "(?:true|false)"
_BLANK = r"(?: *(?:#.*)?\n)"
_PLAIN_FRAME = re.compile(
    rf"(?:{_BLANK}|apiVersion: v1\n|kind: Config\n|preferences: \{{\}}\n|current-context: {_TEXT}\n"
    r"|(?:clusters|users|contexts):(?: null| \[\])?\n)*"
)
_TOP_LINE = re.compile(r"^([A-Za-z-]+): ?(.*)$", re.MULTILINE)
# The patterns of a field's value, by its kind. What is not here is no line of this grammar.
_VALUES = {STRING: _TEXT, BYTES: _DATA, BOOL: _BOOL}


class Span:
    """One entry's text: from its dash to the next entry's, or to the end of its section."""

    __slots__ = ("end", "is_known", "name", "section", "start")

    def __init__(self, section: str, name: str, start: int, end: int, *, is_known: bool) -> None:
        self.section = section
        self.name = name
        self.start = start
        self.end = end
        self.is_known = is_known  # by the line grammar


class Frame:
    """A text, where its entries stand, and what it means; `top` are the fields beside the entries, as written."""

    __slots__ = ("_places", "config", "spans", "text", "top")

    def __init__(self, text: str, spans: list[Span], config: Kubeconfig, top: Body) -> None:
        self.text = text
        self.spans = spans
        self.config = config
        self.top = top
        self._places: dict[tuple[str, str], Span] = {}

    def item(self, section: str, name: str) -> Body:
        """Return an entry as it is written: an item of its section's list."""
        if not self._places:
            self._places = {(span.section, span.name): span for span in self.spans}
        span = self._places[section, name]
        chunk = self.text[span.start : span.end]
        item: Body = read_item(chunk) if span.is_known else _alone(section, chunk, "").value[section][0] or {}
        return item

    def edited(self, edits: Edits, source: str) -> str | None:
        """Return the text with the edits made; None where they cannot be made to a part of it.

        That is, where a place for the rest is gone, or the whole would not hold exactly the entries that are wanted.
        """
        from kcfg.kubeconfig.text import edit_text
        from kcfg.yamldoc import parse_yaml

        part, hidden = self.reduced(edits.entries.keys())
        value = parse_yaml(part.encode("utf-8", "surrogatepass"), source).value
        try:
            part = edit_text(part, source, edits.applied(value))
        except KcfgError:
            return None
        parts = re.split(rf"^{_HOLE}(\d+)\n", part, flags=re.MULTILINE)
        if parts[1::2] != [str(number) for number in range(len(hidden))]:
            return None
        parts[1::2] = hidden
        whole = "".join(parts)
        again = scan(whole, "")
        wanted = {(section, item["name"]) for (section, _), item in edits.entries.items() if item is not None}
        wanted |= {(span.section, span.name) for span in self.spans} - edits.entries.keys()
        return whole if again is not None and {(span.section, span.name) for span in again.spans} == wanted else None

    def reduced(self, needed: Collection[tuple[str, str]]) -> tuple[str, list[str]]:
        """Return the text with only the needed entries and each section's first and last, and what was taken out.

        A comment line stands where something was taken out.
        """
        sections = ["", *(span.section for span in self.spans), ""]
        neighbours = zip(sections, sections[2:], strict=False)
        kept = [
            (span.section, span.name) in needed or around != (span.section, span.section)
            for span, around in zip(self.spans, neighbours, strict=True)
        ]
        parts: list[str] = []
        hidden: list[str] = []
        done = 0
        for keep, start, end in _runs(self.spans, kept):
            if not keep:
                parts += (self.text[done:start], f"{_HOLE}{len(hidden)}\n")
                hidden.append(self.text[start:end])
                done = end
        return "".join(parts) + self.text[done:], hidden


def _runs(spans: list[Span], kept: list[bool]) -> Iterable[tuple[bool, int, int]]:
    """Yield (kept, start, end) of neighbours that share their fate."""
    run: tuple[bool, int, int] | None = None
    for span, keep in zip(spans, kept, strict=True):
        if run is not None and run[0] == keep and run[2] == span.start:
            run = (keep, run[1], span.end)
            continue
        if run is not None:
            yield run
        run = (keep, span.start, span.end)
    if run is not None:
        yield run


def scan(text: str, source: str) -> Frame | None:
    """Split a kubeconfig's text; None where only the YAML parser can say what it is, or what is wrong with it."""
    if _HOLE in text or any(mark in text for mark in _FOREIGN) or not text.endswith("\n"):
        return None
    first = _FIRST_HEADER.match(text)
    headers = [*([first] if first else []), *_HEADER.finditer(text)]
    if not headers or len({header[1] for header in headers}) < len(headers):
        return None
    if any(len(found[1]) % 4 for found in _DATA_LINE.finditer(text)):
        return None
    config_parts: dict[str, dict[str, Entry]] = {}
    spans: list[Span] = []
    for header in headers:
        found = _section(text, header[1], header.end() + 1, source)
        if found is None:
            return None
        config_parts[header[1]] = found[0]
        spans += found[1]
    rest = _frame_config(text, spans, list(config_parts), source)
    if rest is None:
        return None
    config, top = rest
    for section, entries in config_parts.items():
        setattr(config, section, entries)
    return Frame(text, spans, config, top)


def _frame_config(text: str, spans: list[Span], sections: list[str], source: str) -> tuple[Kubeconfig, Body] | None:
    """Return what the text means without its entries, and says: every section of theirs must be there, and empty."""
    parts: list[str] = []
    done = 0
    for span in spans:
        parts.append(text[done : span.start])
        done = span.end
    rest = "".join(parts) + text[done:]
    if (plain := _plain_frame(rest, sections)) is not None:
        return plain, {}  # nothing that one could ask for
    from kcfg.kubeconfig.decode import decode
    from kcfg.yamldoc import parse_yaml

    try:
        document = parse_yaml(rest.encode(), source)
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


def _plain_frame(rest: str, sections: list[str]) -> Kubeconfig | None:
    """Return what a frame of the common form means, without a YAML parser."""
    if not _PLAIN_FRAME.fullmatch(rest):
        return None
    found = _TOP_LINE.findall(rest)
    values = dict(found)
    if len(values) < len(found) or any(values.get(section) != "" for section in sections):
        return None
    config = Kubeconfig()
    config.current_context = unquoted(values.get("current-context", ""))
    return config


def _section(text: str, section: str, start: int, source: str) -> tuple[dict[str, Entry], list[Span]] | None:
    first = _FIRST_ITEM.match(text, start)
    entries: dict[str, Entry] = {}
    spans: list[Span] = []
    if first is None:
        return (entries, spans)
    dash, gap = (len(group) for group in first.groups())
    body = _BODY.search(text, first.start(1))
    known = _grammar(section, dash, gap, max(len(body[1]) - dash - 1 - gap, 1) if body else 2)
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


@cache
def _grammar(section: str, dash: int, gap: int, step: int) -> re.Pattern[str]:
    """Return the pattern of an entry whose list stands at column `dash`, with `gap` blanks after it."""
    wrapper = SECTIONS[section][0]
    key, body, inner = (" " * (dash + 1 + gap + step * level) for level in range(3))
    lines = _scalars(section, body)
    if section == USERS:
        lines.append(_exec(body, inner))
    if section == CONTEXTS:
        lines.append(_hint(body))
    fields = rf"(?:{'|'.join(lines)})*"
    name = rf"name: (?P<name>{_TEXT})\n"
    head = " " * dash + "-" + " " * gap
    rest = rf"{wrapper}:(?: \{{\}}\n|\n{fields})"
    return re.compile(rf"{head}(?:{name}{key}{rest}|{rest}{key}{name.replace('<name>', '<last>')}){_BLANK}*")


def _scalars(part: str, lead: str = "") -> list[str]:
    found = [("|".join(names(part, kind)), value) for kind, value in _VALUES.items()]
    return [f"{lead}(?:{fields}): {value}\\n" for fields, value in found if fields]


def _exec(body: str, inner: str) -> str:
    item = rf"{inner}(?:  )?- "
    lists, variables = "|".join(names(EXEC, STRINGS)), "|".join(names(EXEC, ENV))
    lines = [
        *_scalars(EXEC),
        rf"(?:{lists}|{variables}): (?:null|\[\])\n",
        rf"(?:{lists}):\n(?:{item}(?:{_TEXT}|{FLAG})\n)+",
        rf"(?:{variables}):\n(?:{item}name: {_TEXT}\n{inner}(?:  )?  value: {_TEXT}\n)+",
    ]
    return rf"{body}exec:\n(?:{inner}(?:{'|'.join(lines)}))+"


def _hint(body: str) -> str:
    """Return the pattern of what `kcfg apply` leaves in a context."""
    item, deep, deeper = (body + " " * more for more in (2, 4, 6))
    labels = rf"{deep}labels:\n(?:{deeper}{_KEY}: {_TEXT}\n)+"
    inner = rf"(?:{labels})?(?:{deep}protected: {_BOOL}\n)?{deep}spec: {_TEXT}\n"
    return rf"{body}extensions:\n{body}- extension:\n{inner}{item}name: {_TEXT}\n"


def _load(section: str, chunk: str) -> tuple[Body, Body]:
    return read_entry(section, chunk), {}


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
