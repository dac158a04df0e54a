"""What kcfg remembers between runs: JSON files below $XDG_STATE_HOME/kcfg, 0700. Never a secret."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from kcfg.errors import FileError
from kcfg.files import read_bytes, write_atomic


def state_dir(environ: Mapping[str, str]) -> str:
    """Return the state folder for this environment (it may not exist yet)."""
    base = environ.get("XDG_STATE_HOME") or ""
    if not os.path.isabs(base):
        base = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "kcfg")


def read_state(name: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return a remembered JSON object; an absent or damaged one is empty."""
    try:
        value = json.loads(read_bytes(os.path.join(state_dir(environ), f"{name}.json")))
    except (FileError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_state(name: str, value: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Remember a JSON object."""
    folder = state_dir(environ)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: {(error.strerror or 'cannot be made').lower()}") from None
    text = json.dumps(value, indent=1, sort_keys=True) + "\n"
    write_atomic(os.path.join(folder, f"{name}.json"), text.encode(), secret=True)
