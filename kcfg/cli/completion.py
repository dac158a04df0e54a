"""`kcfg completion`: the script with which a shell asks kcfg what a word can become."""

from __future__ import annotations

import os

from kcfg.printing import put

_SCRIPTS = {"bash": "kcfg.bash", "zsh": "kcfg.zsh", "fish": "kcfg.fish", "powershell": "kcfg.ps1"}


def run(*, shell: str) -> int:
    """Print the script of a shell."""
    from kcfg.files import read_bytes

    if shell not in _SCRIPTS:
        from kcfg.errors import KcfgError

        raise KcfgError(f"unknown shell {shell!r}", hint=f"one of {', '.join(_SCRIPTS)}")
    path = os.path.join(os.path.dirname(__file__), "complete", _SCRIPTS[shell])
    put([read_bytes(path)])
    return 0
