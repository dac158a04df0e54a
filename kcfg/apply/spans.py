"""Which entries of a kubeconfig's text hold a secret, and where they stand: by what the text means, not by its words.

A secret may be spelled with escapes, folded, in base64 over several lines, or behind an alias. So nothing is searched
for: an entry whose redacted form differs from it counts as a whole, with every anchor that it uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.errors import KcfgError
from kcfg.kubeconfig.forms import kubectl
from kcfg.kubeconfig.model import SECTIONS
from kcfg.kubeconfig.redact import hides_beside, secret_values
from kcfg.kubeconfig.secret_patterns import hide_in_text, is_secret_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.yaml.parse import Document

Span = tuple[int, int]  # bytes, half-open
COMMENT = "a comment"
REST = "what stands beside the entries"


def secrets_in(raw: bytes, spans: list[Span]) -> dict[int, list[str]]:
    """Return which of the spans of a text touch what holds a secret, in part or whole: number → the titles of that."""
    filled = {at: (start, end) for at, (start, end) in enumerate(spans) if raw[start:end].strip()}
    if not filled:
        return {}
    parts = _in_kubectls_form(raw, list(filled.values()))
    if parts is None:
        try:
            parts = list(_in_yaml(raw, list(filled.values())))
        except KcfgError:
            return {at: [REST] for at in filled}
    found = {
        at: titles
        for at, span in filled.items()
        if (titles := [title for title, places in parts if any(_overlaps(place, [span]) for place in places)])
    }
    for at, (start, end) in filled.items():
        if at not in found and _in_comments(raw[start:end]):
            found[at] = [COMMENT]
    return found


def _in_kubectls_form(raw: bytes, spans: list[Span]) -> list[tuple[str, list[Span]]] | None:
    """Return what holds a secret and touches a span, and where it stands, of a text whose entries are lines."""
    found = kubectl.read(raw, "")
    if found is None:
        return None
    return [
        (_title(section, name), [span])
        for section, entries in found.spans.items()
        for name, span in entries.items()
        if _overlaps(span, spans) and _holds_secret(found.config.section(section)[name].body)
    ]


def _in_yaml(raw: bytes, spans: list[Span]) -> Iterator[tuple[str, list[Span]]]:
    from kcfg.yaml.parse import parse_yaml_documents

    documents = parse_yaml_documents(raw, "")
    offsets = _Offsets(raw, documents[0].text if documents else "")
    for document in documents:
        # Of a key that stands twice the last value counts, but the first is there to be read as well.
        sure = not document.duplicate_keys
        for title, secret, nodes in _parts(document):
            places = [offsets.span(node.start_mark.index, node.end_mark.index) for node in nodes]
            if any(_overlaps(each, spans) for each in places) and (secret() or not sure):
                yield title, places


def _parts(document: Document) -> Iterator[tuple[str, Any, list[Any]]]:
    """Yield the entries of a document and what stands beside them: title, whether it holds a secret, its nodes."""
    root, value = document.root, document.value
    if root is None:
        return
    if not isinstance(value, dict) or len(root.value) != len(value):  # a list, a key twice, a merged section
        yield REST, lambda: _any_secret(value), [root]
        return
    for (key, node), name in zip(root.value, value, strict=True):
        section = value[name]
        if name in SECTIONS and isinstance(section, list):
            for item, each in zip(node.value, section, strict=True):
                yield _title(name, _name(each)), lambda n=name, e=each: _item_secret(n, e), [*_used(item)]
        else:
            yield REST, lambda n=name, s=section: hides_beside({n: s}), [key, *_used(node)]


def _any_secret(value: object) -> bool:
    sections = value.items() if isinstance(value, dict) else ()
    return hides_beside({"": value}) or any(
        _item_secret(name, each)
        for name, section in sections
        if name in SECTIONS and isinstance(section, list)
        for each in section
    )


def _item_secret(section: str, item: object) -> bool:
    if not isinstance(item, dict):
        return hides_beside({"": item})
    inner, rest = item.get(SECTIONS[section][0]), dict(item)
    if isinstance(inner, dict):
        del rest[SECTIONS[section][0]]
        if _holds_secret(inner):
            return True
    return hides_beside(rest)


def _holds_secret(body: dict[str, Any]) -> bool:
    return next(secret_values(body), None) is not None


def _name(item: object) -> str:
    return str(item.get("name", "")) if isinstance(item, dict) else ""


def _title(section: str, name: str) -> str:
    return f"{section.removesuffix('s')}/{name}"


def _used(node: Any) -> Iterator[Any]:
    """Yield a node, and what it refers to that stands elsewhere."""
    seen: set[int] = set()
    todo = [node]
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each is node or not node.start_mark.index <= each.start_mark.index < node.end_mark.index:
            yield each
        for part in each.value if each.id != "scalar" else ():
            todo.extend(part if isinstance(part, tuple) else (part,))


def _overlaps(span: Span, spans: list[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in spans)


def _in_comments(raw: bytes) -> bool:
    text = raw.decode("utf-8", "replace")
    comments = [line[line.index("#") :].strip("# \t") for line in text.splitlines() if "#" in line]
    return is_secret_text(text) or any(hide_in_text(each) != each for each in comments)


class _Offsets:
    """Where the characters of a text stand in its bytes."""

    def __init__(self, raw: bytes, text: str) -> None:
        self.text = text
        self.lead = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
        self.whole = (0, len(raw)) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else None  # UTF-16: all or nothing
        self.is_ascii = text.isascii()

    def span(self, start: int, end: int) -> Span:
        """Return the bytes of some characters."""
        if self.whole:
            return self.whole
        if self.is_ascii:
            return self.lead + start, self.lead + end
        first = self.lead + len(self.text[:start].encode())
        return first, first + len(self.text[start:end].encode())
