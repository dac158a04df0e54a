"""`kcfg credential`: the exec plugin under kcfg's own name."""

from __future__ import annotations

import os
import sys


def run(arguments: list[str] | None) -> int:
    """Answer kubectl, as kcfg-credential does."""
    from kcfg.credential import handle

    return handle(list(arguments or []), dict(os.environ), sys.stdout, sys.stderr)
