"""How clients read a list of kubeconfig files: which current-context, which entry of a name, or why not at all.

Each function states one client's rule; tests hold them to the real clients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kcfg.dataclass import dataclass, field

NO_LIST = "it reads one file, and takes the whole list for its name"
SECTIONS = {"clusters": "cluster", "users": "user", "contexts": "context"}
Reading = tuple[str, Any]  # path, plain value of the file's first document (None: empty)


@dataclass(frozen=True, slots=True)
class View:
    """What a client sees: the current context, and by (section, name) the number of the file that an entry is from."""

    current: str = ""
    entries: dict[tuple[str, str], int] = field(default_factory=dict)
    refusal: str = ""


def kubectl(files: Sequence[Reading]) -> View:
    """Merge as client-go: the first current-context that is not empty, the first entry of a name."""
    named = (str(value.get("current-context") or "") for _, value in files if isinstance(value, dict))
    return View(next(filter(None, named), ""), _entries(files, last_wins=False))


def kubernetes_python(files: Sequence[Reading]) -> View:
    """Merge as the official Python client: the last file that has a current-context, the first entry of a name."""
    current: object = None
    for path, value in files:
        if value is None:
            return View(refusal=f"{path} is empty")
        if isinstance(value, dict) and "current-context" in value:
            current = value["current-context"]
    if not current:
        return View(refusal="no current-context")
    return View(str(current), _entries(files, last_wins=False))


def kr8s(files: Sequence[Reading]) -> View:
    """Merge as kr8s: the first file's current-context, the last entry of a name."""
    for path, value in files:
        if value is None:
            return View(refusal=f"{path} is empty")
    first = files[0][1] if files else {}
    if not first.get("current-context"):
        return View(refusal="the first file has no current-context")
    return View(str(first["current-context"]), _entries(files, last_wins=True))


def lightkube(files: Sequence[Reading]) -> View:
    """Read as lightkube: one file, which must have clusters, contexts and a current-context."""
    if len(files) != 1:
        return View(refusal=NO_LIST)
    path, value = files[0]
    if value is None:
        return View(refusal=f"{path} is empty")
    for section in ("clusters", "contexts"):
        if value.get(section) is None:
            return View(refusal=f"{path} has no {section}")
    if "users" in value and value["users"] is None:
        return View(refusal=f"{path} has users that are null")
    if value.get("current-context") is None:
        return View(refusal="no current-context")
    return View(str(value["current-context"]), _entries(files, last_wins=True))


CLIENTS: dict[str, Callable[[Sequence[Reading]], View]] = {
    "kubectl": kubectl,
    "kubernetes-python": kubernetes_python,
    "kr8s": kr8s,
    "lightkube": lightkube,
}


def _entries(files: Sequence[Reading], *, last_wins: bool) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for at, (_, value) in enumerate(files):
        for section in SECTIONS:
            for entry in (value.get(section) if isinstance(value, dict) else None) or []:
                key = (section, str(entry.get("name") or "")) if isinstance(entry, dict) else (section, "")
                if last_wins or key not in found:
                    found[key] = at
    return found
