"""The namespace of a context, and those that were used in it before: where `kcfg ns -` leads, and what it offers."""

from __future__ import annotations

import os
from contextlib import suppress

from kcfg.errors import FileError
from kcfg.state import edit_state, read_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.changes import Changes
    from kcfg.kubeconfig.model import Kubeconfig

_STATE = "namespaces"
_MOST = 20
_CONTEXTS = 500


def present(config: Kubeconfig, context: str) -> str:
    """Return the namespace that kubectl uses in a context."""
    return config.contexts[context].get("namespace") or "default"


def put(changes: Changes, context: str, namespace: str) -> None:
    """Give a context another namespace."""
    changes.put("contexts", context, {**(changes.body("contexts", context) or {}), "namespace": namespace})


def used(place: str, context: str) -> list[str]:
    """Return the namespaces of a context in a kubeconfig, the one before the present one first."""
    found = read_state(_STATE, os.environ).get(_key(place, context))
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def remember(place: str, context: str, before: str) -> None:
    """Remember the namespace that a context had until now; where that cannot be written, nothing leads back."""
    key = _key(place, context)

    def added(state: dict[str, Any]) -> dict[str, Any]:
        known = state.get(key)
        others = [each for each in known if each != before] if isinstance(known, list) else []
        rest = [(name, value) for name, value in state.items() if name != key][-_CONTEXTS:]
        return {**dict(rest), key: [before, *others][:_MOST]}

    with suppress(FileError):
        edit_state(_STATE, added, os.environ)


def _key(place: str, context: str) -> str:
    return f"{os.path.realpath(place)}\n{context}"
