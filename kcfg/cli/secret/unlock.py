"""`kcfg secret unlock`: open the keyring; the only command that may make the desktop prompt."""

from __future__ import annotations

import os

from kcfg.printing import say


def run() -> int:
    """Open it, or say why it stays locked."""
    from kcfg.secrets.keyring import unlock

    unlock(os.environ)
    say("the keyring is open")
    return 0
