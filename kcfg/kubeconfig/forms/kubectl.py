"""Text in kubectl's own form: recognised line by line without a parser, and kept as it is.

kubectl and kcfg write kubeconfigs in one form: sections and fields sorted, two blanks a level, no quotes where none are
needed. An entry in it means what its lines say, and printing it gives the same bytes. The form is closed, so there is
one way to write an entry: an edit writes the lines of what changes, and comes out in the form again. No library is
imported: the common commands run on this.
"""

from __future__ import annotations

from kcfg.errors import Signal
from kcfg.kubeconfig.fields import (
    ALWAYS,
    BOOL,
    BYTES,
    CONTEXTS,
    ENV,
    EXEC,
    FIELDS,
    INSTALL_HINT,
    NEEDED,
    STRING,
    STRINGS,
    USERS,
    names,
)
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig, Text
from kcfg.yaml.lines import entry_text, read_item
from kcfg.yaml.plain import BYTE_WORDS, are_arguments, are_plain, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kcfg.kubeconfig.edits import Edits

    Spans = dict[str, tuple[int, int]]
    Places = list[tuple[int, int, bytes]]

_HEAD = b"apiVersion: v1\nclusters:"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# The last character before padding: the bits that are not used are zero.
_BEFORE_PADDING = {0: frozenset(_BASE64), 1: frozenset(_BASE64[::4]), 2: frozenset(_BASE64[::16])}
_NATURAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
_INSTALL_HINT = f"'{INSTALL_HINT}'".encode()
_LISTS, _VARIABLES = ({f"      {name}:".encode() for name in names(EXEC, kind)} for kind in (STRINGS, ENV))
_ENV_NAME, _ENV_VALUE = b"      - name: ", b"        value: "
_PADS = {**dict.fromkeys(sorted(SECTIONS), "    "), EXEC: "      "}
# Where the values of a kind are collected: where they are always written, and where only if they are not empty. What is
# in neither is not in this form.
_FULL = {STRING: "texts_or_empty", BOOL: "bools", STRINGS: "lists", ENV: "lists"}
_SPARE = {STRING: "texts", BOOL: "true", BYTES: "data"}
_KEYS = {
    part: {
        f"{pad}{name}".encode(): found[kind]
        for name, kind, *words in FIELDS[part]
        if kind in (found := _FULL if ALWAYS in words else _SPARE)
    }
    for part, pad in _PADS.items()
}
_KEYS[CONTEXTS][b"    extensions:"] = _KEYS[USERS][b"    exec:"] = "true"
# What every part has, as kubectl writes it.
_NEEDED = {part: [f"\n{pad}{name}:".encode() for name in names(part, ALWAYS, NEEDED)] for part, pad in _PADS.items()}
_SPARED = [f"\n      {name}:".encode() for name in names(EXEC) if name not in names(EXEC, ALWAYS, NEEDED)]


class KubectlForm:
    """A text in kubectl's form; `spans` are its entries: by section each one's name, and where its lines stand."""

    __slots__ = ("_line", "config", "raw", "spans")

    def __init__(self, raw: bytes, source: str, line: tuple[int, int], spans: dict[str, Spans]) -> None:
        self.raw = raw
        self.spans = spans
        self._line = line  # current-context's
        self.config = Kubeconfig()
        self.config.current_context = raw[line[0] : line[1]].partition(b": ")[2].decode().strip('"')
        for section, places in spans.items():
            found = {
                name: Entry(name, origin=source, text=Text(raw, section, start, end))
                for name, (start, end) in places.items()
            }
            setattr(self.config, section, found)

    def item(self, section: str, name: str) -> Body:
        """Return an entry as an item of its section's list."""
        start, end = self.spans[section][name]
        return read_item(self.raw[start:end].decode())

    def top(self, _field: str) -> object:
        """Return None: nothing stands beside the entries."""
        return None

    def edited(self, edits: Edits) -> bytes | None:
        """Return the bytes with the edits made; None where that leaves the form."""
        places: Places = []
        for key, value in edits.top.items():
            if key != "current-context" or not (isinstance(value, str) and is_plain(value)):
                return None
            places.append((*self._line, b"current-context: " + value.encode()))
        for section in SECTIONS:
            items = {name: item for (where, name), item in edits.entries.items() if where == section}
            found = _changed(section, self.spans[section], items) if items else []
            if found is None:
                return None
            places += found
        return _replaced(self.raw, sorted(places, key=lambda place: place[:2]))


def _changed(section: str, spans: Spans, items: dict[str, Body | None]) -> Places | None:
    """Return which bytes of a section become what."""
    lines = {name: _lines(section, item) for name, item in items.items()}
    names = [*(spans.keys() - items.keys()), *(item["name"] for item in items.values() if item is not None)]
    if None in lines.values() or len({*names}) < len(names) or not spans or not names:
        return None  # not in the form; or a name twice, or a section that was empty, or is from now on
    end = max(stop for _, stop in spans.values())
    return [(*spans.get(name, (end, end)), text or b"") for name, text in lines.items()]


def _lines(section: str, item: Body | None) -> bytes | None:
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


def read(raw: bytes, source: str) -> KubectlForm | None:
    """Take a kubeconfig apart at its entries; None unless all of it is in kubectl's form."""
    contexts = raw.find(b"\ncontexts:", len(_HEAD) - 1) + 1
    current = raw.find(b"\ncurrent-context: ", contexts) + 1
    users = raw.find(b"\nusers:", current) + 1
    if not (raw.startswith(_HEAD) and raw.endswith(b"\n") and 0 < contexts < current < users):
        return None
    end = raw.index(b"\n", current)
    if raw[end:users] not in (b"\nkind: Config\npreferences: {}\n", b"\nkind: Config\n"):
        return None
    name = raw[current:end].partition(b": ")[2]
    if name != b'""' and not are_plain([name]):
        return None
    spans = {}
    borders = ((len(_HEAD), contexts), (contexts + len(b"contexts:"), current), (users + len(b"users:"), len(raw)))
    for section, (start, stop) in zip(sorted(SECTIONS), borders, strict=True):
        found = _section(raw, start, stop, section)
        if found is None:
            return None
        spans[section] = found
    return KubectlForm(raw, source, (current, end), spans)


def is_entry(section: str, text: bytes) -> bool:
    """Return whether the lines of one entry, or of several, are in kubectl's form."""
    return text[-1:] == b"\n" and _section(b"\n" + text, 0, len(text) + 1, section) is not None


def _section(raw: bytes, start: int, stop: int, section: str) -> dict[str, tuple[int, int]] | None:
    """Return an entry's name → where it is; None where a line is not in the form, or a name stands twice."""
    if raw.startswith((b" null\n", b" []\n"), start) and raw.find(b"\n", start) + 1 == stop:
        return {}
    if not raw.startswith(b"\n- ", start):
        return None
    many = _spans_of(raw, start + 1, stop, section)
    if many is None:
        return None
    names, spans = many
    found = dict(zip(b"\n".join(names).decode().split("\n"), spans, strict=True))
    return found if len(found) == len(spans) else None


def _spans_of(raw: bytes, begin: int, stop: int, section: str) -> tuple[list[bytes], list[tuple[int, int]]] | None:
    values = _Values(section)
    needed, take = _NEEDED[section], values.take
    spans: list[tuple[int, int]] = []
    try:
        while begin < stop:
            end = raw.find(b"\n- ", begin, stop) + 1 or stop
            entry = raw[begin + 2 : end - 1]
            for key in needed:
                if key not in entry:
                    return None
            take(entry)
            spans.append((begin, end))
            begin = end
    except (KeyError, _OtherForm):
        return None
    return (values.names, spans) if values.are_right() else None


class _OtherForm(Signal):
    """A line is not where kubectl would write it."""


class _Values:
    """The values of a section, sorted by what they must be: checked all at once, which is half of the time."""

    def __init__(self, section: str) -> None:
        self.names: list[bytes] = []
        self.texts: list[bytes] = []
        self.words: list[bytes] = []
        self._others: dict[str, list[bytes]] = {kind: [] for kind in (*_FULL.values(), *_SPARE.values())}
        self._others["texts"] = self.texts
        self._section, self._exec = (
            {key: self._others[kind].append for key, kind in _KEYS[part].items()} for part in (section, EXEC)
        )
        self._exec[b"      installHint"] = self._hint
        self._head = f"{SECTIONS[section][0]}:".encode()
        self.take = self._user if section == USERS else self._cluster_or_context

    def _cluster_or_context(self, entry: bytes) -> None:
        """Take the lines of an entry apart."""
        body, name, end = entry.rpartition(b"\n  name: ")
        head, *lines = body.split(b"\n")
        if head != self._head or not name:
            raise _OtherForm
        if b"    extensions:" in lines:  # a cluster's are not in the form: the key is none of its
            self._kcfg_hint(_taken(lines, b"    extensions:", b"    - ", b"      "))
        self.names.append(end)
        self._fields(lines, self._section)

    def _user(self, entry: bytes) -> None:
        """Take the lines of a user apart."""
        head, *lines = entry.split(b"\n")
        if not head.startswith(b"name: "):
            raise _OtherForm
        self.names.append(head[6:])
        if lines == [b"  user: {}"]:
            return
        if lines[:1] != [b"  user:"] or len(lines) == 1:
            raise _OtherForm
        if b"    exec:" in lines:
            self._stanza(_taken(lines, b"    exec:", b"      "), sum([key in entry for key in _SPARED]))
        self._fields(lines[1:], self._section)

    def are_right(self) -> bool:
        """Return whether every value is what its place demands, and needs no quotes."""
        texts = self.texts + [value for value in self._others["texts_or_empty"] if value != b'""']
        return (
            are_plain(self.names)
            and are_plain(texts)
            and are_arguments(self.words)
            and all(map(is_data, self._others["data"]))
            and set(self._others["true"]) <= {b"true"}
            and set(self._others["bools"]) <= {b"true", b"false"}
            and set(self._others["lists"]) <= {b"null", b"[]"}
        )

    @staticmethod
    def _fields(lines: list[bytes], take: dict[bytes, Callable[[bytes], None]]) -> None:
        last = b""
        for line in lines:
            key, _, value = line.partition(b": ")
            if key <= last:
                raise _OtherForm
            take[key](value)
            last = key

    def _hint(self, value: bytes) -> None:
        if value != _INSTALL_HINT:
            self.texts.append(value)

    def _stanza(self, lines: list[bytes], spared: int) -> None:
        """Take a stanza apart: its lists are items below their key, or `null` or `[]` behind it."""
        fields: list[bytes] = []
        at, end = 0, len(lines)
        while at < end:
            line = lines[at]
            begin = at = at + 1
            if line in _LISTS:
                while at < end and lines[at].startswith(b"      - "):
                    at += 1
                self.words += [item[8:] for item in lines[begin:at]]
            elif line in _VARIABLES:
                while at + 1 < end and lines[at].startswith(_ENV_NAME) and lines[at + 1].startswith(_ENV_VALUE):
                    self.texts += (lines[at][len(_ENV_NAME) :], lines[at + 1][len(_ENV_VALUE) :])
                    at += 2
            fields.append(line + b" []" if at > begin else line)
        if len(fields) - spared != len(_NEEDED[EXEC]):
            raise _OtherForm
        self._fields(fields, self._exec)

    def _kcfg_hint(self, lines: list[bytes]) -> None:
        """Take what `kcfg apply` leaves in a context apart."""
        if lines[:1] != [b"    - extension:"] or lines[-1] != b"      name: kcfg":
            raise _OtherForm
        inner = lines[1:-1]
        if b"        labels:" in inner:
            pairs = [line[10:].partition(b": ") for line in _taken(inner, b"        labels:", b"          ")]
            keys = [key for key, _, _ in pairs]
            natural = len(keys) > 1 and any(key.translate(None, _NATURAL) for key in keys)  # not sorted by their bytes
            if not keys or natural or keys != sorted({*keys}):
                raise _OtherForm
            self.texts += keys
            self.texts += [value for _, _, value in pairs]
        if not inner[-1:] or not inner[-1].startswith(b"        spec: "):
            raise _OtherForm
        take = {
            b"        labels:": self._others["true"],
            b"        protected": self._others["true"],
            b"        spec": self.texts,
        }
        self._fields(inner, {key: values.append for key, values in take.items()})


def _taken(lines: list[bytes], head: bytes, *indents: bytes) -> list[bytes]:
    """Take the lines below a key out; the key stays, with a value that says it is done."""
    at = lines.index(head)
    end = at + 1
    while end < len(lines) and lines[end].startswith(indents):
        end += 1
    block = lines[at + 1 : end]
    lines[at:end] = [head + b": true"]
    return block


def is_data(value: bytes) -> bool:
    """Return whether a value is base64 as Go writes it, and cannot be read as anything but a text."""
    core = value.rstrip(b"=")
    return (
        not len(value) % 4
        and core[:1].isalpha()
        and core[-1] in _BEFORE_PADDING.get(len(value) - len(core), ())
        and not core.translate(None, _BASE64)
        and value not in BYTE_WORDS
    )
