"""The canonical form of a spec file: keys in the models' order, two-space indents, lists under their key's column.

Every scalar keeps its spelling and every comment its place above or beside its key. Pure. A document with anchors,
tags or complex keys keeps its layout; what would change its meaning or lose a comment is refused.
"""

from __future__ import annotations

import re
from collections import Counter

from kcfg.errors import KcfgError, Location
from kcfg.spec.parse import fields_at
from kcfg.yaml.parse import parse_yaml_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kcfg.yaml.parse import Path

_BLANKS = re.compile(r"(?m)^\n{2,}")
_PROPERTY = re.compile(r"(?m)(?:^|[\s\[{,:-])[&*!](?=\S)|^\s*\?\s|<<:")


def format_spec(raw: bytes, source: str) -> bytes:
    """Return the canonical text of a spec file, with the line ends that it has.

    Raises KcfgError when it is not YAML or cannot be formatted safely.
    """
    first = raw.find(b"\n")
    formatted = _formatted(raw, source)
    return formatted.replace(b"\n", b"\r\n") if first > 0 and raw[first - 1 : first] == b"\r" else formatted


def _formatted(raw: bytes, source: str) -> bytes:
    parse_yaml_documents(raw, source)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise KcfgError("only UTF-8 files can be formatted", location=Location(source), hint="convert the file")
    text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")  # breaks, all three
    documents = parse_yaml_documents(text.encode(), source)
    if not documents or any(_PROPERTY.search(line) for line in _outside_comments(text)):
        result = _plain(text)
        _require_same(documents, result, text, source)
        return result.encode()
    formatted, at = "", 0
    for document in documents:
        root: Any = document.root
        start = text.rfind("\n", 0, root.start_mark.index) + 1 if not _is_flow(root) else root.start_mark.index
        formatted += (
            text[at:start] + _block(text, root, 0, ()) if not _is_flow(root) else text[at : root.end_mark.index]
        )
        at = root.end_mark.index if _is_flow(root) else _after(text, _end(text, root))
        if not _is_flow(root):
            tail, at = _tail(text, root, at, root.start_mark.column, -2)
            formatted += tail
    result = _plain(formatted + text[at:])
    _require_same(documents, result, text, source)
    return result.encode()


def _outside_comments(text: str) -> list[str]:
    return [line for line in text.split("\n") if not line.lstrip().startswith("#")]


def _plain(text: str) -> str:
    lines = [line.rstrip(" \t") for line in text.split("\n")]
    return "\n".join(lines).strip("\n") + "\n" if text.strip() else ""


def _require_same(documents: Sequence[Any], result: str, text: str, source: str) -> None:
    after = parse_yaml_documents(result.encode(), source)
    same = [each.value for each in after] == [each.value for each in documents]
    if not same or _comments(result) != _comments(text):
        raise KcfgError(
            "this file cannot be formatted safely", location=Location(source), hint="it is unchanged; please report it"
        )


def _comments(text: str) -> Counter[str]:
    found = (line[at:].strip() for line in text.split("\n") if (at := line.find("#")) >= 0)
    return Counter(found)


def _is_flow(node: Any) -> bool:
    return node.id == "scalar" or bool(node.flow_style) or not node.value


def _end(text: str, node: Any) -> int:
    """Return where a node's own text ends: a block collection ends with its last item."""
    if _is_flow(node):
        end: int = node.end_mark.index
        if node.id == "scalar" and node.style in ("|", ">"):
            return end - len(text[:end]) + len(text[:end].rstrip(" ")) if end < len(text) else end
        return end
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)


def _block(text: str, node: Any, indent: int, path: Path) -> str:
    """Return the lines of a block collection; what stands between its items goes with the item that follows."""
    items = _items(text, node, indent, path)
    if node.id == "mapping":
        order = {name: index for index, name in enumerate(fields_at(path))}
        items.sort(key=lambda item: order.get(item[0], len(order)))
    return "".join(above + body for _, above, body in items)


def _items(text: str, node: Any, indent: int, path: Path) -> list[tuple[str, str, str]]:
    found = []
    at = None
    for index, item in enumerate(node.value):
        key, value = item if isinstance(item, tuple) else (None, item)
        first = key or value
        start = first.start_mark.index if key is not None else _dash(text, value.start_mark.index)
        above = "" if at is None else _above(text[at:start], indent)
        name = key.value if key is not None else ""
        body, at = _item(text, key, value, indent, (*path, name if key is not None else index))
        tail = ""
        if index + 1 < len(node.value):  # what follows the last one follows what it is in, too
            tail, at = _tail(text, value, at, _column(text, start), indent)
        found.append((name, above, body + tail))
    return found


def _column(text: str, index: int) -> int:
    return index - text.rfind("\n", 0, index) - 1


def _tail(text: str, value: Any, at: int, column: int, indent: int) -> tuple[str, int]:
    """Return the comments that follow an item deeper than it stands, at their place, and where they end.

    They are about it: a field that is commented out at its end, for one.
    """
    levels = _levels(value, indent)
    lines = blank = ""
    follows = at
    while levels and follows < len(text):
        end = text.find("\n", follows) + 1 or len(text)
        line = text[follows:end].strip()
        depth = len(text[follows:end]) - len(text[follows:end].lstrip(" "))
        inner = [new for old, new in levels if column < old <= depth]
        follows = end
        if not line:
            blank = "\n"
            continue
        if not line.startswith("#") or not inner:
            break
        lines += f"{blank}{' ' * inner[-1]}{line}\n"
        at, blank = end, ""
    return lines, at


def _levels(node: Any, indent: int) -> list[tuple[int, int]]:
    """Return where the fields of a block value stand, the last one's below them, and where they will stand."""
    if _is_flow(node):
        return []
    last = node.value[-1]
    if node.id == "mapping":
        inner = indent + 2
        return [(node.start_mark.column, inner), *_levels(last[1], inner)]
    return _levels(last, indent)


def _dash(text: str, index: int) -> int:
    """Return where the dash of an item stands: comments between the two may hold others."""
    at = text.rfind("-", 0, index)
    while text[at + 1 : at + 2].strip() or text[text.rfind("\n", 0, at) + 1 : at].strip(" -"):
        at = text.rfind("-", 0, at)
    return at


def _above(gap: str, indent: int) -> str:
    """Return blank and comment lines in front of an item, at its indent."""
    lines = [line.strip() for line in gap.split("\n")[:-1]]
    kept = "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in lines)
    return _BLANKS.sub("\n", kept)


def _item(text: str, key: Any, value: Any, indent: int, path: Path) -> tuple[str, int]:
    """Return an item's text and where the text after it begins."""
    pad = " " * indent
    head = f"{pad}{text[key.start_mark.index : key.end_mark.index]}:" if key is not None else f"{pad}-"
    if _is_flow(value):
        body, end = _scalar(text, value, indent)
        return head + body, end
    found = text.find("\n", (key.end_mark if key is not None else value.start_mark).index)
    line_end = len(text) if found < 0 else found
    inner = indent if key is not None and value.id == "sequence" else indent + 2
    first = value.value[0]
    begins = first[0].start_mark.index if isinstance(first, tuple) else _dash(text, first.start_mark.index)
    if key is None:
        block = _block(text, value, inner, path)
        between = _above(text[_dash(text, value.start_mark.index) + 1 : begins].lstrip(" ").removeprefix("\n"), inner)
        if between or block.lstrip(" ").startswith("#"):
            return f"{head}\n{between}{block}", _after(text, _end(text, value))
        return f"{head} {block[inner:]}", _after(text, _end(text, value))
    beside = _beside(text[key.end_mark.index : line_end].partition(":")[2]) if line_end < begins else ""
    between = _above(text[line_end + 1 : begins], inner) if line_end < begins else ""
    return f"{head}{beside}\n{between}{_block(text, value, inner, path)}", _after(text, _end(text, value))


def _scalar(text: str, node: Any, indent: int) -> tuple[str, int]:
    """Return ` value  # comment` and a line end; further lines stand two deeper than the item."""
    start, end = node.start_mark.index, _end(text, node)
    written = text[start:end]
    if node.id == "scalar" and node.style in ("|", ">"):
        return _literal(written, indent), end
    lines = written.split("\n")
    written = "\n".join(
        [lines[0], *(f"{' ' * (indent + 2)}{line.strip()}" if line.strip() else "" for line in lines[1:])]
    )
    after = _after(text, end)
    return f"{' ' if written else ''}{written}{_beside(text[end:after])}\n", after


def _beside(rest: str) -> str:
    """Return the comment beside an item; the author's alignment stays, two blanks are the least."""
    comment = rest.strip()
    blanks = len(rest) - len(rest.lstrip(" "))
    return f"{' ' * max(blanks, 2)}{comment}" if comment else ""


def _literal(written: str, indent: int) -> str:
    """Return a block scalar with its content two deeper than its item; one with an indent of its own stays."""
    header, *lines = written.split("\n")
    depth = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    if any(char.isdigit() for char in header.split("#")[0]):
        return f" {header}\n" + "\n".join(lines)
    body = "\n".join(f"{' ' * (indent + 2)}{line[depth:]}" if line.strip() else "" for line in lines)
    return f" {header}\n{body}" if body.endswith("\n") or not lines else f" {header}\n{body}\n"


def _after(text: str, end: int) -> int:
    """Return where the line after `end` begins."""
    found = text.find("\n", end - 1 if end and text[end - 1 : end] == "\n" else end)
    return len(text) if found < 0 else found + 1
