"""Where the parts of a YAML or JSON text stand: keys, values, list items, aliases. Character offsets, half-open."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from kcfg.errors import Signal
from kcfg.yaml.compose import node_key
from kcfg.yaml.parse import Document

_ALIAS = re.compile(r"\s*(\*[^\s,\[\]{}]+)")
_NAMES = r"([^\s,\[\]{}]+)"
_KEEPS = re.compile(r"[|>]\d?\+\d?[ \t\r]*(?:#.*)?$")  # the head of a block scalar, YAML 1.2 section 8.1.1
_REST_OF_LINE = re.compile(r"[ \t]*(#[^\r\n\x85\u2028\u2029]*)?(\r\n|[\r\n\x85\u2028\u2029]|\Z)")
_OWN_LINE = re.compile(
    r"(?:[ \t]*(?:\r\n|[\r\n\x85\u2028\u2029]))*( +)#[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|\Z)"
)
_COMMENT_LINE = re.compile(r"( *)#[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|\Z)")
_DASH = re.compile(r"-(?=\s|\Z)")
BREAKS = "\r\n\x85\u2028\u2029"


class CannotEdit(Signal):
    """The text is written in a style that has no spans of its own."""


class Pair(NamedTuple):
    """A key and its value in a mapping; the value's node is None where an alias stands."""

    name: str
    key: Any
    value: Any
    start: int
    end: int


class Item(NamedTuple):
    """A list item: where its dash (or itself) starts, then its value; None where an alias stands."""

    value: Any
    dash: int
    start: int
    end: int


class Layout:
    """The spans of one document."""

    def __init__(self, document: Document, *, with_comments: bool = False) -> None:
        self.with_comments = with_comments
        self.document = document
        self.text = document.text
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        self.json = self.text.lstrip().startswith("{") and _quotes_keys(document.root)
        self._flows: list[tuple[int, int]] | None = None

    def pairs(self, node: Any) -> list[Pair]:
        """Return a mapping's pairs in order. Raises CannotEdit for aliased keys and keys that are no scalars."""
        found = []
        for key, value in node.value:
            if self.text[key.start_mark.index : key.start_mark.index + 1] == "*" or key.id != "scalar":
                raise CannotEdit
            if value.start_mark.index < key.start_mark.index:  # an alias is younger than what it names
                start, end = self._alias(self.text.find(":", key.end_mark.index) + 1)
                found.append(Pair(node_key(key), key, None, start, end))
            else:
                found.append(Pair(node_key(key), key, value, value.start_mark.index, self.end_of(value)))
        return found

    def items(self, node: Any) -> list[Item]:
        """Return a list's items in order."""
        found: list[Item] = []
        at = node.start_mark.index + (1 if node.flow_style else 0)
        for value in node.value:
            is_alias = value.start_mark.index < at
            lead = at if node.flow_style else self._dash(at, node.start_mark.column) + 1
            if is_alias:
                start, end = self._alias(lead)
            else:
                start, end = value.start_mark.index, self.end_of(value)
            found.append(Item(None if is_alias else value, start if node.flow_style else lead - 1, start, end))
            at = self._after_comma(end) if node.flow_style else max(end, lead)
        return found

    def _after_comma(self, at: int) -> int:
        found = self.text.find(",", at)
        return found + 1 if found >= 0 else at

    def _alias(self, at: int) -> tuple[int, int]:
        found = _ALIAS.match(self.text, at)
        if not found:
            raise CannotEdit
        return found.start(1), found.end(1)

    def _dash(self, at: int, column: int) -> int:
        while found := _DASH.search(self.text, at):
            head = line_start(self.text, found.start())
            if found.start() - head == column and not self.text[head : found.start()].strip(" -?:"):
                return found.start()
            at = found.start() + 1
        raise CannotEdit

    def end_of(self, node: Any) -> int:
        """Return where a node's own text ends; comments and blank lines after it do not count.

        But for the blank lines of a block that keeps its line breaks (`|+`): they are its value.
        """
        if node.id == "scalar":
            start, end = int(node.start_mark.index), int(node.end_mark.index)
            if node.style not in ("|", ">"):
                return end
            own = self.text[start:end]
            keeps = _KEEPS.search(own.partition("\n")[0])
            return start + len(own.removesuffix("\n").removesuffix("\r") if keeps else own.rstrip())
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        return self.pairs(node)[-1].end if node.id == "mapping" else self.items(node)[-1].end

    def in_flow(self, at: int) -> bool:
        """Return whether a place lies inside brackets or braces."""
        return self.depth(at) > 0

    def depth(self, at: int) -> int:
        """Return how many brackets and braces are open at a place."""
        if self._flows is None:
            self._flows = []
            _collect_flows(self.document.root, self._flows, set())
        return sum(start < at < end for start, end in self._flows)

    def on_own_line(self, at: int) -> bool:
        """Return whether only blanks stand before a place on its line."""
        head = line_start(self.text, at)
        return at > head and not self.text[head:at].strip()

    def after_colon(self, start: int) -> int:
        """Return where the text before a value ends."""
        return len(self.text[:start].rstrip(" \t\r\n"))

    def next_line(self, at: int) -> int:
        """Return where the line after a place starts, if nothing but a comment follows there."""
        found = _REST_OF_LINE.match(self.text, at)
        if not found:
            raise CannotEdit
        return found.end()

    def owned(self, start: int, end: int, column: int, *, first: bool) -> tuple[int, int]:
        """Return the lines of a list's item with the comments about it; `column` is that of its dash.

        Those that follow it deeper than the dash are its own, a field that is commented out for one; those right above
        it are about it, but for the first item's, which may be about the list. Nothing without `with_comments`.
        """
        if not self.with_comments:
            return start, end
        while (found := _OWN_LINE.match(self.text, end)) and len(found[1]) > column:
            end = found.end()
        while not first and start:
            above = line_start(self.text, start - 1)
            found = _COMMENT_LINE.match(self.text, above)
            if not found or found.end() != start or len(found[1]) != column:
                break
            start = above
        return start, end


def anchors_in(text: str) -> set[str]:
    """Return the names of the anchors in a part of a text, and of what looks like one."""
    return set(re.findall(f"&{_NAMES}", text))


def aliases_in(text: str) -> set[str]:
    """Return the names of the anchors whose aliases stand in a part of a text."""
    return set(re.findall(rf"\*{_NAMES}", text))


def line_start(text: str, at: int) -> int:
    """Return the offset of the first character of the line of `at`."""
    return max(text.rfind(char, 0, at) for char in BREAKS) + 1


def _quotes_keys(root: Any) -> bool:
    return root is None or root.id != "mapping" or all(key.style == '"' for key, _ in root.value)


def _collect_flows(node: Any, into: list[tuple[int, int]], seen: set[int]) -> None:
    if node is None or node.id == "scalar" or id(node) in seen:
        return
    seen.add(id(node))
    if node.flow_style:
        into.append((node.start_mark.index, node.end_mark.index))
    for each in node.value:
        for part in each if isinstance(each, tuple) else (each,):
            _collect_flows(part, into, seen)


def name_of(item: object) -> str | None:
    """Return the name of a list's item, if it has one."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def is_aligned(names: list[str | None], wanted: list[str | None]) -> bool:
    """Return whether each item became the one at its place: changed, or renamed."""
    if len(names) != len(wanted):
        return False
    known, asked = set(names), set(wanted)
    pairs = zip(names, wanted, strict=True)
    return all(name == new or (name not in asked and new not in known) for name, new in pairs)


def is_by_name(names: list[str | None], wanted: list[str | None]) -> bool:
    """Return whether items only went, or came at the end."""
    if None in names or None in wanted or len(set(names)) < len(names) or len(set(wanted)) < len(wanted):
        return False
    known, asked = set(names), set(wanted)
    return wanted == [name for name in names if name in asked] + [name for name in wanted if name not in known]
