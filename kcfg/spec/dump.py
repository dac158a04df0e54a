"""Plain values → the text of a spec file, in the canonical order and style. Pure."""

from __future__ import annotations

from kcfg.errors import KcfgError
from kcfg.spec.parse import fields_at
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.parse import parse_yaml
from kcfg.yaml.plain import same
from kcfg.yaml.write import compose_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.yaml.parse import Path
    from kcfg.yaml.write import Note


def dump_spec(value: dict[str, Any], notes: Mapping[Path, Note] | None = None) -> str:
    """Return a spec document: fields in the models' order, what is unknown last; `notes` are comments of fields."""
    text = compose_yaml(value, fields_at, notes)
    # A text with odd characters keeps its meaning in the plain emitter's own form.
    return text if _means(text, value) else dump_yaml(value)


def _means(text: str, value: object) -> bool:
    try:
        return same(parse_yaml(text.encode(), "").value, value)
    except KcfgError:
        return False
