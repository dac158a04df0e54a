"""`kcfg schema`: print a published schema."""

from __future__ import annotations

import sys


def run(*, which: str | None) -> int:
    """Print the schema of the spec or of a kubeconfig."""
    from kcfg.spec.schema import read_schema

    sys.stdout.write(read_schema(which or "spec"))
    return 0
