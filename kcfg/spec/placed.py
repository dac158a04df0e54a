"""A path belongs to the file that wrote it: what a patch or a variable gives leads there from the entry, too. Pure.

Everything else reads an entry's paths relative to the file that declares the entry.
"""

from __future__ import annotations

import os

from kcfg.kubeconfig.fields import PATH_FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def rebased(
    section: str, body: dict[str, Any], raw: dict[str, Any], read: str, folder_of: Callable[[str], str | None]
) -> dict[str, Any]:
    """Return fields of an entry as they have to be said in the folder `read`.

    `folder_of` says of a field's raw text in which folder its path was written; None for `read` itself.
    """
    moved: dict[str, Any] = {}
    for field in PATH_FIELDS.get(section, ()):
        if isinstance(body.get(field), str) and (folder := folder_of(str(raw[field]))) is not None:
            moved[field] = rebased_path(body[field], folder, read)
    stanza = body.get("exec")
    command = stanza.get("command") if isinstance(stanza, dict) else None
    if isinstance(command, str) and "/" in command and (folder := folder_of(str(raw["exec"]["command"]))) is not None:
        there = rebased_path(command, folder, read)
        moved["exec"] = {**body["exec"], "command": there if "/" in there else f"./{there}"}
    return {**body, **moved} if moved else body


def rebased_operations(
    section: str, operations: list[dict[str, Any]], raw: list[Any], read: str, folder_of: Callable[[str], str | None]
) -> list[dict[str, Any]]:
    """Return operations of a JSON patch whose values are fields as they have to be said in the folder `read`."""
    moved = []
    for each, written in zip(operations, raw, strict=True):
        steps = each["path"].split("/")[1:]
        if "value" in each and steps in (["exec", "command"], ["exec"], *([field] for field in PATH_FIELDS[section])):
            body, unfilled = each["value"], written["value"]
            for step in reversed(steps):
                body, unfilled = {step: body}, {step: unfilled}
            found: Any = rebased(section, body, unfilled, read, folder_of)
            for step in steps:
                found = found[step]
            moved.append({**each, "value": found})
        else:
            moved.append(each)
    return moved


def rebased_path(path: str, written: str, read: str) -> str:
    """Return a path written in one folder as it is said in another; absolute ones and `~` are everywhere the same."""
    if not path or os.path.isabs(path) or path.startswith("~"):
        return path
    if os.path.normpath(written or ".") == os.path.normpath(read or "."):
        return path
    return os.path.relpath(os.path.join(written or ".", path), read or ".")
