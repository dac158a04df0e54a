"""The namespace of a context, those that were used in it before, and those that its server had when it was asked.

`kcfg ns -` leads to the one before, and completion offers them all: names alone, and no server is asked for that.
"""

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
_SERVERS, _LISTED, _SERVERS_MOST = "server-namespaces", 500, 100
_OLD = 7 * 86400  # seconds after which a server's list says too little


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


def remember_listed(config: Kubeconfig, context: str, names: list[str]) -> None:
    """Remember what a context's server has, for completion; where that cannot be written, it is offered less."""
    import time

    key = _server(config, context)

    def added(state: dict[str, Any]) -> dict[str, Any]:
        times = [(each.get("at") or 0, name) for name, each in state.items() if isinstance(each, dict) and name != key]
        kept = {name: state[name] for _, name in sorted(times)[-_SERVERS_MOST + 1 :]}
        return {**kept, key: {"at": int(time.time()), "names": names[:_LISTED]}}

    with suppress(FileError):
        edit_state(_SERVERS, added, os.environ)


def listed(config: Kubeconfig, context: str) -> list[str]:
    """Return the namespaces that a context's server had when it was asked last, in the last seven days."""
    import time

    if context not in config.contexts:
        return []
    found = read_state(_SERVERS, os.environ).get(_server(config, context))
    if not isinstance(found, dict) or not isinstance(found.get("names"), list):
        return []
    at = found.get("at")
    fresh = isinstance(at, int) and 0 <= time.time() - at < _OLD
    return [each for each in found["names"] if isinstance(each, str)] if fresh else []


def _server(config: Kubeconfig, context: str) -> str:
    """Return what a server is remembered by: the digest of its address, which a session's kubeconfig has as well."""
    from hashlib import sha256

    cluster = config.clusters.get(config.contexts[context].get("cluster") or "")
    fields = [str(cluster.get(each) or "") if cluster else "" for each in ("server", "tls-server-name", "proxy-url")]
    return sha256("\n".join(fields).encode("utf-8", "surrogatepass")).hexdigest()


def _key(place: str, context: str) -> str:
    return f"{os.path.realpath(place)}\n{context}"
