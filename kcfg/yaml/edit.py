"""Edits of YAML and JSON text that change only the lines they concern.

`edit_text` compares the value a text should have with the value it has, and replaces, inserts and removes the
smallest spans. What comes out is parsed again: it means exactly what was asked, or an error is raised.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from kcfg.errors import KcfgError, KubeconfigError, Location
from kcfg.yaml.emit import dump_yaml, scalar, sorted_keys
from kcfg.yaml.flow import flow_text, flow_value, json_text
from kcfg.yaml.parse import Document, parse_yaml
from kcfg.yaml.plain import same
from kcfg.yaml.spans import (
    BREAKS,
    CannotEdit,
    Item,
    Layout,
    Pair,
    aliases_in,
    anchors_in,
    is_aligned,
    is_by_name,
    line_start,
    name_of,
)

_PASSES = 4
_SINGLE_LINE = re.compile(r"[ -~]*")


def edit_text(text: str, source: str, wanted: dict[str, object], *, with_comments: bool = False) -> str:
    """Return `text` changed so that its first document's value is `wanted`; all else keeps its bytes.

    `with_comments`: the comments about a list's item go with it (`Layout.owned`), and a new one stands behind them.
    Raises KubeconfigError where the text has a key twice, or is written in a way that cannot be edited in place.
    """
    document = _parse(text, source)
    _refuse_duplicate_keys(document)
    found = _edited(document, wanted, with_comments=with_comments)
    # A changed anchor would change what its aliases mean: they are written out, and only then edited.
    for anchors in (_concerned(document, wanted), aliases_in(text)) if found is None else ():
        if found is None and (plain := _without_aliases(document, anchors)) is not None:
            found = _edited(plain, wanted, with_comments=with_comments)
    if found is None:
        raise KubeconfigError(
            "this file is written in a way that cannot be edited in place",
            location=Location(source),
            hint="write anchors, aliases and `? key` forms out; `kcfg view --raw` shows the plain form",
        )
    return found


def _parse(text: str, source: str) -> Document:
    return parse_yaml(text.encode("utf-8", "surrogatepass"), source)


def _refuse_duplicate_keys(document: Document) -> None:
    if document.duplicate_keys:
        key, location = document.duplicate_keys[0]
        raise KubeconfigError(
            f"the key {key!r} stands twice in one mapping", location=location, hint="remove one; kubectl reads the last"
        )


def _edited(document: Document, wanted: dict[str, object], *, with_comments: bool) -> str | None:
    """Edit until the text means what is wanted: a changed anchor shows in the next pass at its aliases."""
    for _ in range(_PASSES):
        if same(document.value, wanted):
            return document.text
        try:
            document = _parse(_Edit(document, with_comments=with_comments).apply(wanted), document.source)
        except (CannotEdit, KcfgError):
            return None
    return document.text if same(document.value, wanted) else None


def _concerned(document: Document, wanted: dict[str, object]) -> set[str]:
    """Return the anchors in what an edit takes away or replaces."""
    edit = _Edit(document)
    with suppress(CannotEdit):
        edit.apply(wanted)
    return {name for start, end, _ in edit.spans for name in anchors_in(document.text[start:end])}


def _without_aliases(document: Document, anchors: set[str]) -> Document | None:
    """Return the same document with the aliases of some anchors, and merge keys of them, written out."""
    for _ in range(_PASSES if anchors else 0):
        edit = _Edit(document, write_out=anchors)
        try:
            written = _parse(edit.apply(document.value), document.source)
        except (CannotEdit, KcfgError):
            return None
        if not edit.found_alias:
            return written
        document = written
    return None


class _Edit(Layout):
    """One pass over a document: collects (start, end, replacement), then applies them."""

    def __init__(self, document: Document, write_out: Collection[str] = (), *, with_comments: bool = False) -> None:
        super().__init__(document, with_comments=with_comments)
        self.write_out = write_out
        self.found_alias = False
        self.spans: list[tuple[int, int, str]] = []

    def apply(self, wanted: object) -> str:
        root = self.document.root
        if root is not None and self.document.value:
            self.change(root, self.document.value, wanted, root.start_mark.index, root.end_mark.index, 0)
        else:
            self._fill_empty(root, wanted)
        parts: list[str] = []
        done = 0
        for start, end, new in sorted(self.spans):
            parts += (self.text[done:start], new)
            done = max(done, end)
        return "".join(parts) + self.text[done:]

    def _fill_empty(self, root: Any, wanted: object) -> None:
        assert isinstance(wanted, dict)
        start, end = (len(self.text),) * 2 if root is None else (root.start_mark.index, root.end_mark.index)
        if start == end:
            start = end = self.next_line(start)
        self.spans.append((start, end, self._break_before(start) + self._lines(dump_yaml(wanted))))

    def _break_before(self, at: int) -> str:
        return "" if not at or self.text[at - 1] in BREAKS else self.newline

    def _lines(self, text: str) -> str:
        return text if self.newline == "\n" else text.replace("\n", self.newline)

    def change(self, node: Any, old: object, new: object, start: int, end: int, column: int) -> None:
        """Make the value written from `start` to `end` equal `new`; `column` is where its parent's keys stand."""
        is_alias = node is None
        unchanged = same(old, new)
        if unchanged and not (self._goes(start, end) if is_alias else self.write_out and node.id != "scalar"):
            return
        self.found_alias = self.found_alias or is_alias
        if not is_alias and isinstance(old, dict) and isinstance(new, dict) and old and new:
            self._mapping(node, old, new, column)
        elif not is_alias and isinstance(old, list) and isinstance(new, list) and old and new:
            self._sequence(node, old, new, column)
        elif is_alias or not unchanged:
            self._replace(node, new, start, end, column)

    def _goes(self, start: int, end: int) -> bool:
        """Return whether an alias that is to be written out stands there."""
        return not aliases_in(self.text[start:end]).isdisjoint(self.write_out)

    # A value as a whole

    def _replace(self, node: Any, new: object, start: int, end: int, column: int) -> None:
        flow = self.json or self.in_flow(start)
        kept_quotes = self._in_same_quotes(node, new)
        if kept_quotes is not None:
            self.spans.append((start, end, kept_quotes))
        elif flow or not isinstance(new, (dict, list)) or not new:
            block = node is not None and node.id != "scalar" and not node.flow_style
            begin = self.after_colon(start) if block else start
            lead = "" if begin and self.text[begin - 1] in " \t\r\n[" else " "
            written = self._inline(new, flow=flow, column=column + 2)
            doubled = self.newline if self.text.startswith(self.newline, end) else ""  # by a text of several lines
            self.spans.append((begin, end, lead + written.removesuffix(doubled)))
        else:
            body = self._block(new, column if isinstance(new, list) else column + 2)
            self.spans.append((self.after_colon(start), end, self.newline + body.removesuffix(self.newline)))

    def _in_same_quotes(self, node: Any, new: object) -> str | None:
        style = node.style if node is not None and node.id == "scalar" else None
        if style not in ("'", '"') or not isinstance(new, str) or not _SINGLE_LINE.fullmatch(new):
            return None
        # An empty text is in quotes because it has to be, and a tag or an anchor may stand before the quotes.
        if not node.value or self.text[node.start_mark.index] != style:
            return None
        return json_text(new) if style == '"' else "'" + new.replace("'", "''") + "'"

    def _inline(self, value: object, *, flow: bool, column: int) -> str:
        """Return a value on one line (a long text may fold in block context)."""
        if self.json:
            return json_text(value)
        if flow or isinstance(value, (dict, list)):
            return flow_value(value)
        return self._lines(scalar(value, column, column))

    def _block(self, value: Any, column: int) -> str:
        """Return a collection as block lines that start at `column`."""
        text = dump_yaml(value) if isinstance(value, dict) else dump_yaml({"x": value}).split("\n", 1)[1]
        pad = " " * column
        return self._lines("".join(pad + line if line.strip() else line for line in text.splitlines(keepends=True)))

    def _whole(self, node: Any, new: object, column: int) -> None:
        start = node.start_mark.index
        if node.flow_style:
            self.spans.append((start, node.end_mark.index, self._inline(new, flow=True, column=0)))
            return
        if self.text[start] in "&!":  # an anchor or a tag stands on the line of the key
            self._replace(node, new, start, self.end_of(node), column)
            return
        body = self._block(new, node.start_mark.column).removesuffix(self.newline)
        self.spans.append((start, self.end_of(node), body[node.start_mark.column :]))

    # Mappings

    def _mapping(self, node: Any, old: dict[str, object], new: dict[str, object], column: int) -> None:
        pairs = self.pairs(node)
        gone = [pair.name not in new and pair.name != "<<" for pair in pairs]
        if self._needs_merge_written_out(old, new, pairs) or all(gone):
            self._whole(node, new, column)
            return
        own = pairs[0].key.start_mark.column if not node.flow_style else column
        for pair in pairs:
            if pair.name in new and pair.name != "<<":
                self.change(pair.value, old.get(pair.name), new[pair.name], pair.start, pair.end, own)
        self._remove_pairs(node, pairs, gone)
        if added := {name: item for name, item in new.items() if name not in old}:
            kept = [pair for pair, is_gone in zip(pairs, gone, strict=True) if not is_gone]
            self._add_pairs(node, kept, added, own)

    def _needs_merge_written_out(self, old: dict[str, object], new: dict[str, object], pairs: list[Pair]) -> bool:
        merges = [pair for pair in pairs if pair.name == "<<"]
        if not merges:
            return False
        merged = old.keys() - {pair.name for pair in pairs}
        goes = any(self._goes(pair.start, pair.end) for pair in merges)
        found = goes or any(name not in new or not same(old[name], new[name]) for name in merged)
        self.found_alias = self.found_alias or found
        return found

    def _remove_pairs(self, node: Any, pairs: list[Pair], gone: list[bool]) -> None:
        if node.flow_style:
            self._remove_members([(pair.key.start_mark.index, pair.end) for pair in pairs], gone)
            return
        for index, pair in enumerate(pairs):
            if not gone[index]:
                continue
            start = pair.key.start_mark.index
            head = line_start(self.text, start)
            if not self.text[head:start].strip(" "):
                self.spans.append((head, self.next_line(pair.end), ""))
            elif index + 1 < len(pairs) and not gone[index + 1]:
                # The first key of a list item stands after the dash: the next one takes its place.
                self.spans.append((start, pairs[index + 1].key.start_mark.index, ""))
            else:
                raise CannotEdit

    def _remove_members(self, extents: list[tuple[int, int]], gone: list[bool]) -> None:
        """Remove members of a flow collection, each with the comma that belongs to it."""
        for index, is_gone in enumerate(gone):
            if not is_gone:
                continue
            if all(gone[:index]):
                self.spans.append((extents[index][0], extents[index + 1][0], ""))
            else:
                self.spans.append((extents[index - 1][1], extents[index][1], ""))

    def _add_pairs(self, node: Any, kept: list[Pair], added: dict[str, object], column: int) -> None:
        """Add keys: each to its place where the others are sorted, as kubectl writes them, else after the last one."""
        last = kept[-1]
        if node.flow_style:
            near = last.key.start_mark.index
            self._add_members(last.end, near, [self._flow_pair(*each, near) for each in added.items()])
            return
        names = [pair.name for pair in kept]
        is_sorted = names == sorted_keys(names)
        places: dict[int, dict[str, object]] = {}
        for name, item in added.items():
            before = sorted_keys([*names, name]).index(name) if is_sorted else len(kept)
            places.setdefault(self._place(kept, before), {})[name] = item
        for at, some in places.items():
            self.spans.append((at, at, self._break_before(at) + self._block(some, column)))

    def _place(self, kept: list[Pair], before: int) -> int:
        """Return where a line goes after so many pairs: before the first one only where nothing else stands there."""
        if before:
            return self.next_line(kept[before - 1].end)
        first = kept[0].key.start_mark.index
        head = top = line_start(self.text, first)
        while gone := [start for start, end, new in self.spans if end == top > start and not new]:
            top = gone[0]
        free = self.text[:top].rstrip().endswith(":") and not self.text[head:first].strip()
        return head if free else self.next_line(kept[-1].end)

    def _add_members(self, at: int, near: int, members: list[str]) -> None:
        head = line_start(self.text, near)
        separator = self.newline + self.text[head:near] if self.on_own_line(near) else " "
        self.spans.append((at, at, "".join(f",{separator}{member}" for member in members)))

    def _flow_pair(self, name: str, value: object, near: int) -> str:
        key = json_text(name) if self.json else flow_text(name)
        return f"{key}: {self._flow_value(value, near)}"

    def _flow_value(self, value: object, near: int) -> str:
        if not (self.json and isinstance(value, (dict, list)) and value and self.on_own_line(near)):
            return self._inline(value, flow=True, column=0)
        pad = self.text[line_start(self.text, near) : near]
        indent = "\t" if "\t" in pad else max(len(pad) // max(self.depth(near), 1), 1)
        return self._lines(json_text(value, indent).replace("\n", "\n" + pad))

    # Lists

    def _sequence(self, node: Any, old: list[object], new: list[object], column: int) -> None:
        names, wanted = [name_of(item) for item in old], [name_of(item) for item in new]
        own = column if node.flow_style else node.start_mark.column
        if is_aligned(names, wanted):
            names = wanted = [str(index) for index in range(len(old))]
        elif not is_by_name(names, wanted):
            self._whole(node, new, column)
            return
        items = self.items(node)
        by_name = dict(zip(wanted, new, strict=True))
        gone = [name not in by_name for name in names]
        if all(gone):
            self._whole(node, new, column)
            return
        for item, name, value in zip(items, names, old, strict=True):
            if name in by_name:
                self.change(item.value, value, by_name[name], item.start, item.end, own)
        self._remove_items(node, items, gone)
        if added := [value for name, value in by_name.items() if name not in names]:
            self._add_items(node, [item for item, is_gone in zip(items, gone, strict=True) if not is_gone][-1], added)

    def _remove_items(self, node: Any, items: list[Item], gone: list[bool]) -> None:
        if node.flow_style:
            self._remove_members([(item.start, item.end) for item in items], gone)
            return
        for index, item in enumerate(items):
            if gone[index]:
                head = line_start(self.text, item.dash)
                if self.text[head : item.dash].strip(" "):
                    raise CannotEdit
                lines = self.owned(head, self.next_line(item.end), node.start_mark.column, first=not index)
                self.spans.append((*lines, ""))

    def _add_items(self, node: Any, last: Item, added: list[object]) -> None:
        if node.flow_style:
            self._add_members(last.end, last.start, [self._flow_value(value, last.start) for value in added])
            return
        at = self.next_line(last.end)
        at = self.owned(at, at, node.start_mark.column, first=True)[1]
        name_first = getattr(last.value, "id", "") == "mapping" and last.value.value[0][0].value == "name"
        column, offset = node.start_mark.column, last.start - last.dash
        lines = (self._item(value, column, offset, name_first=name_first) for value in added)
        self.spans.append((at, at, self._break_before(at) + "".join(lines)))

    def _item(self, value: object, column: int, offset: int, *, name_first: bool) -> str:
        """Return a new list item in the manner of the others: same offset after the dash, same first key."""
        if not isinstance(value, dict) or not 2 <= offset <= 8:
            return self._block([value], column)
        rest = {key: item for key, item in value.items() if key != "name"}
        parts = [{"name": value["name"]}, rest] if name_first and "name" in value else [value]
        body = "".join(self._block(part, column + offset) for part in parts if part)
        return " " * column + "-" + " " * (offset - 1) + body[column + offset :]
