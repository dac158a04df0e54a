"""Values on one line: JSON that is YAML, too, and YAML's flow style. Pure."""

from __future__ import annotations

import json

from kcfg.yaml.emit import scalar
from kcfg.yaml.plain import SAFE
from kcfg.yaml.text import is_plain_text

_NOT_IN_YAML = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)}


def json_text(value: object, indent: int | str | None = None) -> str:
    """Return JSON that is YAML too: no pairs of surrogates, and no character that YAML would take for a line break."""
    return json.dumps(value, ensure_ascii=False, indent=indent).translate(_NOT_IN_YAML)


def flow_value(value: object) -> str:
    """Return a value on one line, in YAML's flow style."""
    if isinstance(value, dict) and value:
        return "{" + ", ".join(f"{flow_text(key)}: {flow_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list) and value:
        return "[" + ", ".join(map(flow_value, value)) + "]"
    return flow_text(value) if isinstance(value, str) else scalar(value, 0, 0)


def flow_text(text: str) -> str:
    """Return a text as it stands in flow style."""
    is_safe = text.isascii() and not text.encode().translate(None, SAFE)
    if is_safe and ":" not in text and is_plain_text(text) and text[0] not in "-=~@":
        return text
    return json_text(text)
