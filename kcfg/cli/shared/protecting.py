"""`protected: true`: a context that is asked about before anything is run in it."""

from __future__ import annotations

import sys

from kcfg.errors import KcfgError, listed
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def require_agreement(protected: Sequence[str], *, yes: bool) -> None:
    """Let somebody on a terminal type the name of each protected context; raise KcfgError where that is not done."""
    from kcfg.cli.shared.consent import can_ask

    if yes or not protected:
        return
    if not can_ask():
        raise KcfgError(f"protected: {listed(protected, 3)}", hint="if that is what you mean: --yes-protected")
    for name in protected:
        tell(f"kcfg: {name} is protected. Type its name to go on: ", end="")
        if sys.stdin.readline().strip() != name:
            raise KcfgError(f"{name} is protected: nothing was run", hint="type the context's whole name")
