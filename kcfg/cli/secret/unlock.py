"""`kcfg secret unlock`: open the keyring; the only command that may make the desktop prompt."""

from __future__ import annotations

import os


def run() -> int:
    """Open it, or say why it stays locked."""
    from kcfg.secrets.keyring import unlock

    unlock(os.environ)
    print("the keyring is open")
    return 0
