"""Flatten: the content of certificate files instead of their paths, as `kubectl config view --flatten`."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable

from kcfg.errors import KubeconfigError
from kcfg.kubeconfig.model import Entry, Kubeconfig

# Not embedded, as in kubectl: tokenFile and exec.command.
_FIELDS = {"users": ("client-certificate", "client-key"), "clusters": ("certificate-authority",)}


def flatten(config: Kubeconfig, read: Callable[[str], bytes], directory: str = "") -> Kubeconfig:
    """Return a copy with file contents inlined; relative paths start at `directory`, or at the entry's origin.

    Raises KubeconfigError when path and data are both set, and whatever `read` raises.
    """
    result = config.copy()
    for section, fields in _FIELDS.items():
        for entry in result.section(section).values():
            for field in fields:
                _inline(entry, field, read, directory or os.path.dirname(entry.origin))
    return result


def _inline(entry: Entry, field: str, read: Callable[[str], bytes], directory: str) -> None:
    path = entry.body.get(field)
    if not path:
        return
    if entry.body.get(f"{field}-data"):
        raise KubeconfigError(
            "cannot have values for both path and contents", hint=f"{entry.name}: {field} and {field}-data"
        )
    content = read(os.path.join(directory, path))
    del entry.body[field]
    if content:
        entry.body[f"{field}-data"] = b64encode(content).decode()
