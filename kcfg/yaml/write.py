"""Plain values → YAML text that people will edit, in block style. Only here: ruamel.yaml.

It composes what kcfg writes anew. Text that exists is changed by spans (`kubeconfig/text`), never read and dumped: a
comment there may stand anywhere, and a dumper that carries comments along moves some of them. Of the 60 places of a
comment in tests/specs/test_comments.py a round trip kept 44 when an entry was deleted and 40 when one was added.
"""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, SingleQuotedScalarString

from kcfg.yaml.emit import dump_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kcfg.yaml.parse import Path

    Order = Callable[[Path], list[str]]


class Note(NamedTuple):
    """Comments of a field: lines above it (an empty one is a blank line), and what follows on its own line."""

    above: tuple[str, ...] = ()
    beside: str = ""


def compose_yaml(value: dict[str, Any], order: Order, notes: Mapping[Path, Note] | None = None) -> str:
    """Return a mapping as text; `order` gives the fields that may stand at a path, in their order.

    `notes` are the comments of fields, by path; the field of a list's item starts a line unless it is the first.
    Lists stand under their key's column; a text is in quotes, or a block, where kubectl's own writer would do so: YAML
    1.1 has more words that are no texts than ruamel.yaml knows.
    """
    writer = YAML()
    writer.indent(mapping=2, sequence=2, offset=0)
    writer.width = 1 << 20
    writer.allow_unicode = True
    writer.representer.add_representer(type(None), _null)
    out = io.StringIO()
    writer.dump(_composed(value, (), order, notes or {}), out)
    return out.getvalue()


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _composed(value: Any, path: Path, order: Order, notes: Mapping[Path, Note]) -> Any:
    if isinstance(value, dict):
        places = {name: index for index, name in enumerate(order(path))}
        found = CommentedMap()
        for key in sorted(value, key=lambda key: places.get(key, len(places))):
            found[_text(key)] = _composed(value[key], (*path, key), order, notes)
            if note := notes.get((*path, key)):
                _annotate(found, key, value[key], note, indent=2 * sum(isinstance(step, str) for step in path))
        return found if found else _flow(found)
    if isinstance(value, list):
        items = CommentedSeq(_composed(item, (*path, index), order, notes) for index, item in enumerate(value))
        return items if items else _flow(items)
    return _text(value) if isinstance(value, str) else value


def _annotate(mapping: CommentedMap, key: str, value: Any, note: Note, *, indent: int) -> None:
    if note.above:
        mapping.yaml_set_comment_before_after_key(key, before="\n".join(note.above), indent=indent)
    if note.beside:
        line = dump_yaml({key: value}).partition("\n")[0]
        mapping.yaml_add_eol_comment(note.beside, key, column=indent + len(line) + 2)


def _flow(empty: Any) -> Any:
    empty.fa.set_flow_style()
    return empty


def _text(text: str) -> Any:
    """Return a text in the form that kubectl's writer gives it."""
    written = dump_yaml({"x": text}).removeprefix("x: ")
    if written.startswith('"'):
        return DoubleQuotedScalarString(text)
    if written.startswith("'"):
        return SingleQuotedScalarString(text)
    return LiteralScalarString(text) if written.startswith("|") else text
