"""A path belongs to the file that wrote it: what a patch or a variable gives leads there from the entry, too. Pure.

Everything else reads an entry's paths relative to the file that declares the entry.
"""

from __future__ import annotations

import os
from typing import Any

_FIELDS = {
    "clusters": ("certificate-authority",),
    "users": ("client-certificate", "client-key", "tokenFile"),
    "contexts": (),
}


def rebased(section: str, body: dict[str, Any], written: str, read: str) -> dict[str, Any]:
    """Return fields of an entry written in one folder, as they have to be said in another."""
    if os.path.normpath(written or ".") == os.path.normpath(read or "."):
        return body
    moved: dict[str, Any] = {
        field: rebased_path(body[field], written, read)
        for field in _FIELDS[section]
        if isinstance(body.get(field), str)
    }
    stanza = body.get("exec")
    command = stanza.get("command") if isinstance(stanza, dict) else None
    if isinstance(stanza, dict) and isinstance(command, str) and "/" in command:
        there = rebased_path(command, written, read)
        moved["exec"] = {**stanza, "command": there if "/" in there else f"./{there}"}
    return {**body, **moved}


def rebased_path(path: str, written: str, read: str) -> str:
    """Return a path written in one folder as it is said in another; absolute ones and `~` are everywhere the same."""
    if not path or os.path.isabs(path) or path.startswith("~"):
        return path
    return os.path.relpath(os.path.join(written or ".", path), read or ".")
