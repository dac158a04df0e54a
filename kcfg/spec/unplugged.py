"""pydantic without its plugins: what a spec means is kcfg's, whatever else is installed beside it.

To look for plugins pydantic reads the entry points of every installed package, as it builds its first validator: one
that cannot be read would end every command that reads a spec, and looking costs a small one some milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_SWITCH = "PYDANTIC_DISABLE_PLUGINS"  # docs.pydantic.dev, "Plugins": `__all__` loads none


@contextmanager
def no_plugins() -> Iterator[None]:
    """Let pydantic build validators without plugins; programs that kcfg runs later see the variable as it was."""
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before
