"""`kcfg schema`: print a published schema."""

from __future__ import annotations

from kcfg.printing import put


def run(*, which: str | None) -> int:
    """Print the schema of the spec or of a kubeconfig."""
    from kcfg.spec.schema import read_schema

    put([read_schema(which or "spec").encode()])
    return 0
