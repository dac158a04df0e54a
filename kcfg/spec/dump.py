"""Plain values → the text of a spec file, in the canonical order and style. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kcfg.errors import KcfgError
from kcfg.kubeconfig.emit_yaml import dump_yaml
from kcfg.kubeconfig.model import same
from kcfg.spec.shape import fields_at
from kcfg.yamldoc import parse_yaml

if TYPE_CHECKING:
    from kcfg.yamldoc import Path


def dump_spec(value: dict[str, Any]) -> str:
    """Return a spec document: fields in the models' order, what is unknown last."""
    text = "".join(_lines(value, (), 0))
    # A text with odd characters keeps its meaning in the plain emitter's own form.
    return text if _means(text, value) else dump_yaml(value)


def _means(text: str, value: object) -> bool:
    try:
        return same(parse_yaml(text.encode(), "").value, value)
    except KcfgError:
        return False


def _lines(value: dict[str, Any], path: Path, indent: int) -> list[str]:
    order = {name: index for index, name in enumerate(fields_at(path))}
    found: list[str] = []
    for key in sorted(value, key=lambda key: order.get(key, len(order))):
        item = value[key]
        here = (*path, key)
        if isinstance(item, dict) and item and fields_at(here):
            found += [_padded(f"{key}:\n", indent), *_lines(item, here, indent + 2)]
        elif isinstance(item, list) and item and isinstance(item[0], dict) and fields_at(here):
            found += [_padded(f"{key}:\n", indent), *_items(item, here, indent)]
        else:
            found.append(_padded(dump_yaml({key: item}), indent))
    return found


def _items(items: list[Any], path: Path, indent: int) -> list[str]:
    found = []
    for item in items:
        lines = "".join(_lines(item, path, indent + 2))
        found.append(f"{' ' * indent}- {lines[indent + 2 :]}" if lines else f"{' ' * indent}- {{}}\n")
    return found


def _padded(text: str, indent: int) -> str:
    pad = " " * indent
    return "".join(pad + line if line.strip() else line for line in text.splitlines(keepends=True))
