"""How `${name}` stands in a text, and which names a value has so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# `$${` writes `${`. Anything else that starts with `${` must be a name and a brace.
TOKEN = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}|\$\{")


def names_in(value: Any, *, keys: bool = False) -> Iterator[str]:
    """Yield the variables that the texts of a value name, and its keys if they count."""
    if isinstance(value, str):
        yield from (found[1] for found in TOKEN.finditer(value) if found[1])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from names_in(key) if keys else ()
            yield from names_in(item, keys=keys)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item, keys=keys)
