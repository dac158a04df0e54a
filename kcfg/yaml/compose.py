"""YAML text → nodes → plain values, in kubectl's dialect (YAML 1.1 as go-yaml reads it).

The only module that imports a YAML library. Parsing is libyaml's, go-yaml's ancestor; what a plain
scalar means is decided here, because PyYAML differs from kubectl on it (`y`, `1:30`, dates, `1e3`).
Depth, size and alias expansion are bounded: hostile input is an error in bounded time and memory.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any, NamedTuple

import yaml

from kcfg.errors import KcfgError, Location
from kcfg.yaml.text import BREAK, MAX_DEPTH, is_time, key_text, may_be_deep, scalar_value

_INCOMPATIBLE = "found incompatible YAML document"
_VERSION = re.compile(r"(?:[ \t]*(?:#.*)?(?:\r\n?|\n))*%")

_TAG = "tag:yaml.org,2002:"
_UNTAGGED = "?"


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """libyaml's composer that leaves the meaning of plain scalars to `scalar_value`."""

    def resolve(self, kind: type[yaml.Node], value: object, implicit: object) -> str:
        if kind is yaml.ScalarNode:
            return _UNTAGGED if implicit[0] else _TAG + "str"  # type: ignore[index]
        return _TAG + ("seq" if kind is yaml.SequenceNode else "map")

    def descend_resolver(self, *_: object) -> None: ...

    def ascend_resolver(self) -> None: ...


def read_as_pyyaml(text: str) -> tuple[object, str]:
    """Return what PyYAML's own rules make of a text that `parse_yaml` has read, or why they do not."""
    # The clients use the pure loader; libyaml's differs only in odd cases, and is what a huge file needs.
    loader = yaml.SafeLoader if len(text) < 1 << 18 else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, loader), ""  # noqa: S506
    except yaml.YAMLError as error:
        return None, "several documents" if isinstance(error, yaml.composer.ComposerError) else "a syntax error"
    except (ValueError, TypeError, RecursionError):
        return None, "a value it cannot make sense of"


def compose(text: str, source: str, *, every: bool) -> list[yaml.Node]:
    """Return the node of the first document, or of every one. Raises KcfgError with a location, never a value."""
    loader = _Loader(text)
    nodes: list[yaml.Node] = []
    try:
        if may_be_deep(text, MAX_DEPTH):
            _check_depth(text, source)
        if _VERSION.match(text):
            _check_version(text)
        while loader.check_node():
            nodes.append(loader.get_node())
            if not every:
                break
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, source) from None
    except (yaml.YAMLError, RecursionError):
        raise KcfgError("not valid YAML", location=Location(source)) from None
    finally:
        loader.dispose()
    return nodes


def mark_location(mark: Any, source: str) -> Location:
    """Return a library mark as a Location."""
    return Location(source, mark.line + 1, mark.column + 1)


def node_key(node: yaml.Node) -> str:
    """Return the key that a key node stands for; a merge key is `<<`."""
    plain = node.tag == _UNTAGGED and isinstance(node.value, str)
    return key_text(scalar_value(node.value)) if plain and node.value != "<<" else str(node.value)


_RESOLVED = {"int": int, "float": float, "bool": bool, "null": type(None), "timestamp": str, "binary": str}


def _tagged(kind: str, text: str) -> tuple[object] | None:
    """Return what go-yaml makes of a scalar with a tag of its own, alone in a tuple; None where it refuses."""
    if kind == "binary":
        try:
            raw = b64decode(re.sub("[\r\n]", "", text), validate=True)
        except ValueError:
            return None
        return (re.sub("[\udc80-\udcff]", "\ufffd", raw.decode("utf-8", "surrogateescape")),)  # one for each byte
    if kind == "timestamp":
        return (text,) if is_time(text) else None
    value = scalar_value(text)
    if kind == "float" and type(value) is int and value < 1 << 63:
        return (float(value),)
    return (value,) if type(value) is _RESOLVED[kind] else None


class Built(NamedTuple):
    """What a node means; keys that stand twice, and plain keys that are read as another text, with their places."""

    value: Any
    duplicate_keys: list[tuple[str, Location]]
    changed_keys: list[tuple[str, str, Location]]


def build(root: yaml.Node, text: str, source: str) -> Built:
    """Return what a document's node means. Raises KcfgError."""
    builder = _Builder(source, text)
    return Built(builder.value(root), builder.duplicate_keys, builder.changed_keys)


class _Builder:
    """Nodes → plain values, counting alias expansion as go-yaml does."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.text = text
        self.seen: set[int] = set()
        self.open: set[int] = set()
        self.duplicate_keys: list[tuple[str, Location]] = []
        self.changed_keys: list[tuple[str, str, Location]] = []
        self.decoded = 0
        self.aliased = 0
        self.alias_depth = 0

    def value(self, node: yaml.Node) -> object:
        self.decoded += 1
        if self.alias_depth:
            self._count_alias(node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if len(self.open) > MAX_DEPTH:
            raise KcfgError("nested too deeply", location=mark_location(node.start_mark, self.source))
        if id(node) in self.open:
            raise KcfgError("an anchor contains itself", location=mark_location(node.start_mark, self.source))
        repeated = id(node) in self.seen
        self.seen.add(id(node))
        self.open.add(id(node))
        self.alias_depth += repeated
        try:
            return (
                self._mapping(node) if isinstance(node, yaml.MappingNode) else [self.value(item) for item in node.value]
            )
        finally:
            self.alias_depth -= repeated
            self.open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode) -> dict[str, object]:
        found: dict[str, object] = {}
        written: set[str] = set()
        for key_node, value_node in node.value:
            if key_node.tag == _UNTAGGED and key_node.value == "<<":
                self._merge(found, value_node)
                continue
            key = self._key(key_node)
            if key in written:
                self.duplicate_keys.append((key, mark_location(key_node.start_mark, self.source)))
            written.add(key)
            found[key] = self.value(value_node)
        return found

    def _merge(self, found: dict[str, object], node: yaml.Node) -> None:
        nodes = reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]
        for each in nodes:
            if not isinstance(each, yaml.MappingNode):
                raise KcfgError(
                    "map merge requires a mapping or a list of mappings",
                    location=mark_location(each.start_mark, self.source),
                )
            merged = self.value(each)
            assert isinstance(merged, dict)
            found.update(merged)

    def _key(self, node: yaml.Node) -> str:
        key = self._scalar(node) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(key, int) and key >= 1 << 63:
            raise KcfgError(
                "a key must be text",
                location=mark_location(node.start_mark, self.source),
                hint="kubectl reads no number as large as this as a key: put it in quotes",
            )
        if key is not None:
            text = key_text(key)
            if text != node.value:
                self.changed_keys.append((node.value, text, mark_location(node.start_mark, self.source)))
            return text
        raise KcfgError(
            "a key must be text",
            location=mark_location(node.start_mark, self.source),
            hint="a key that is empty, ~, a list or a mapping cannot be read by kubectl",
        )

    def _scalar(self, node: yaml.ScalarNode) -> object:
        if node.tag == _UNTAGGED:
            # The tag `!` says "as a text"; libyaml forgets that it stood there.
            is_text = self.text.startswith("!", node.start_mark.index)
            return node.value if is_text else scalar_value(node.value)
        kind = node.tag.removeprefix(_TAG) if node.tag.startswith(_TAG) else ""
        if kind not in _RESOLVED:
            return node.value
        found = _tagged(kind, node.value)
        if found is None:
            raise KcfgError(
                f"this cannot be read as !!{kind}",
                location=mark_location(node.start_mark, self.source),
                hint="kubectl refuses it too: remove the tag",
            )
        return found[0]

    def _count_alias(self, node: yaml.Node) -> None:
        self.aliased += 1
        if self.aliased <= 100 or self.decoded <= 1000:
            return
        # go-yaml's limit: nearly all may be aliases in a small document, one in ten in a large one.
        share = 0.99 - 0.89 * min(max((self.decoded - 400_000) / 3_600_000, 0), 1)
        if self.aliased > share * self.decoded:
            raise KcfgError(
                "document contains excessive aliasing",
                location=mark_location(node.start_mark, self.source),
                hint="write the repeated parts out",
            )


def _check_depth(text: str, source: str) -> None:
    depth = 0
    loader = _Loader(text)
    try:
        while event := loader.get_event():
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise KcfgError(
                        f"nested more than {MAX_DEPTH} levels deep",
                        location=mark_location(event.start_mark, source),
                    )
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.StreamEndEvent):
                return
    finally:
        loader.dispose()


def _check_version(text: str) -> None:
    """Refuse what says that it is not YAML 1.1, as go-yaml does. libyaml takes 1.2, too."""
    loader = _Loader(text)
    try:
        loader.get_event()
        if getattr(start := loader.get_event(), "version", None) not in (None, (1, 1)):
            raise yaml.MarkedYAMLError(problem=_INCOMPATIBLE, problem_mark=start.start_mark)
    finally:
        loader.dispose()


def _syntax_error(error: yaml.MarkedYAMLError, text: str, source: str) -> KcfgError:
    mark = error.problem_mark or error.context_mark
    location = mark_location(mark, source) if mark else Location(source)
    line = re.split(BREAK, text)[location.line - 1 : location.line] if location.line else []
    hint = "indent with spaces, not tabs" if line and "\t" in line[0] else ""
    if error.problem == _INCOMPATIBLE:
        hint = "kubectl reads YAML 1.1 only: remove the %YAML line"
    # libyaml names anchors and tags of the text: keep its wording, drop the quoted name.
    problem = re.sub(r"'[^' ]{3,}'", "…", str(error.problem or "not valid YAML"))
    if error.context == "while scanning a quoted scalar":
        problem, location = "the quote that begins here does not end", mark_location(error.context_mark, source)
    elif mark and (quote := _quote_before(text, mark)):
        hint = f"a quote begins at {quote.line + 1}:{quote.column + 1} and ends here: does one miss its end?"
    return KcfgError(f"YAML: {problem}", location=location, hint=hint)


def _quote_before(text: str, mark: Any) -> Any:
    """Return where a quoted text of several lines begins that ends at a fault: there it was meant to end, perhaps."""
    loader = _Loader(text)
    found = None
    try:
        while loader.check_token():
            token: Any = loader.get_token()
            if token.start_mark.index >= mark.index:
                break
            end = token.end_mark
            is_long = token.start_mark.line < end.line == mark.line or end.index == mark.index
            found = token.start_mark if is_long and getattr(token, "style", None) in ("'", '"') else found
    except yaml.YAMLError:
        pass
    finally:
        loader.dispose()
    return found
