"""YAML text → plain values with locations, in kubectl's dialect (YAML 1.1 as go-yaml reads it).

What `json` or `lines` can read is read by these; a YAML parser is loaded for what they cannot, and where somebody asks
where something stands.
"""

from __future__ import annotations

from kcfg.errors import Location
from kcfg.yaml.json import json_value
from kcfg.yaml.lines import FOREIGN, read_lines
from kcfg.yaml.plain import NotLines
from kcfg.yaml.text import MAX_DEPTH, decode_text, may_be_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any  # of the YAML library, which has no types
    Pair = tuple[Node, Node]  # a value's, and its key's; None where there is none

Path = tuple[str | int, ...]


class Document:
    """One document of a YAML text: its plain value, and where each part of it stands.

    A value that is known already is given; the nodes are made when somebody asks where something stands.
    """

    def __init__(self, text: str, source: str, root: Node, known: tuple[Any] | None = None) -> None:
        self.text = text
        self.source = source
        self._root = root
        self._pairs: dict[int, dict[str | int, Pair]] = {}  # of a mapping's node, by key
        self.duplicate_keys: list[tuple[str, Location]] = []
        self.changed_keys: list[tuple[str, str, Location]] = []  # plain keys that are read as another text
        self._is_composed = known is None
        self.value: Any = known[0] if known is not None else None
        if root is not None:
            from kcfg.yaml.compose import build

            self.value, self.duplicate_keys, self.changed_keys = build(root, text, source)

    @property
    def root(self) -> Node:
        """The document's node; None if it is empty."""
        if not self._is_composed:
            from kcfg.yaml.compose import compose

            self._root = compose(self.text, self.source, every=False)[0]
            self._is_composed = True
        return self._root

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Return where the value at `path` starts; its key with `key`; the nearest parent if absent."""
        node, key_node = self._find(path)
        chosen = key_node if key and key_node is not None else node
        if chosen is None:
            return Location(self.source, 1, 1)
        return Location(self.source, chosen.start_mark.line + 1, chosen.start_mark.column + 1)

    def spelling(self, path: Path) -> str:
        """Return the text of a plain scalar as it is written; nothing for anything else."""
        node, _ = self._find(path)
        return node.value if node is not None and node.id == "scalar" and not node.style else ""

    def _find(self, path: Path) -> Pair:
        node, key_node = self.root, None
        for step in path:
            found = self._child(node, step)
            if found is None:
                break
            node, key_node = found
        return node, key_node

    def _child(self, node: Node, step: str | int) -> Pair | None:
        kind = "" if node is None else node.id
        if kind == "sequence" and isinstance(step, int) and step < len(node.value):
            return node.value[step], None
        if kind != "mapping":
            return None
        if (pairs := self._pairs.get(id(node))) is None:
            pairs = {key.value: (value, key) for key, value in node.value if key.id == "scalar"}
            self._pairs[id(node)] = pairs
        return pairs.get(step)


def parse_yaml(raw: bytes, source: str) -> Document:
    """Parse the first document of `raw` (JSON too). Raises KcfgError with a location, never a value."""
    found = _documents(raw, source, every=False)
    return found[0] if found else Document("", source, None)


def parse_yaml_documents(raw: bytes, source: str) -> list[Document]:
    """Parse every document of `raw`; kubectl reads only the first, a spec may hold several."""
    return _documents(raw, source, every=True)


def _documents(raw: bytes, source: str, *, every: bool) -> list[Document]:
    text = decode_text(raw, source)
    known = json_value(text, MAX_DEPTH) or simple_value(text)
    if known is not None:
        return [Document(text, source, None, known)]
    from kcfg.yaml.compose import compose

    return [Document(text, source, node) for node in compose(text, source, every=every)]


def simple_value(text: str) -> tuple[Any] | None:
    """Return the value of a text of simple lines, alone in a tuple; None where only a YAML parser knows it."""
    if any(each in text for each in FOREIGN) or text.startswith(("---", "...", "%")) or may_be_deep(text, MAX_DEPTH):
        return None
    try:
        value = read_lines(text.split("\n"))
    except NotLines:
        return None
    return None if value is None else (value,)
