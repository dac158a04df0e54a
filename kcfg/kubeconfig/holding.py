"""What is held back beside a conflict, so that nothing new ever meets an endpoint that is not the spec's. Pure.

A cluster that stays other than the spec wants it, by a conflict or a refusal of the trust gate, holds back the contexts
on it, and every user that a context of the file would then take to it; a user holds back its contexts; a context the
`current-context` that names it.
What stands in the file already is nobody's to take away: only what would be written is held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from kcfg.dataclass import replace
from kcfg.kubeconfig.applied import CURRENT, Key
from kcfg.kubeconfig.fields import CLUSTERS, ENDPOINT, names
from kcfg.kubeconfig.model import Body, Kubeconfig
from kcfg.kubeconfig.plan import PASSED, Change, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Cause

ENDPOINT_FIELDS = names(CLUSTERS, ENDPOINT)
_NEW = ("create", "update")
_OPEN = ("conflict", "held")


def hold_back(judged: Mapping[Key, Change], config: Kubeconfig) -> dict[Key, Change]:
    """Return the changes that are held back because of others, out of those judged for a file that says `config`."""
    return _Holding(judged, config).held if any(_is_new(change) for change in judged.values()) else {}


def refuse(judged: Mapping[Key, Change], refused: Refused) -> dict[Key, Change]:
    """Return the changes that the trust gate holds back, out of those judged; `hold_back` says what waits for them.

    A credential meets a new endpoint where its cluster changes, or else where the user does: that one is held.
    """
    held: dict[Key, Change] = {}

    def hold(section: str, name: str, reason: str) -> None:
        change = judged.get((section, name))
        if change is not None and _is_new(change) and (section, name) not in held:
            held[section, name] = replace(change, action="held", reason=f"not trusted: {reason}", cause="trust")

    for user, reason in refused.users.items():
        hold("users", user, reason)
    for (section, name), change in judged.items():
        its = (change.after or {}).get("user") or ""
        if section == "contexts" and its in refused.users:
            hold("contexts", name, refused.users[its])
    for each in refused.meetings:
        moves = _moves(judged.get(("clusters", each.cluster)))
        hold(*(("clusters", each.cluster) if moves else ("users", each.user)), each.reason)
        hold("contexts", each.context, each.reason)
    return held


def _moves(cluster: Change | None) -> bool:
    """Return whether a cluster is new, or would answer elsewhere or otherwise than now."""
    return cluster is not None and _is_new(cluster) and (cluster.before is None or _differs(cluster))


def _differs(cluster: Change) -> bool:
    return any(each.path[0] in ENDPOINT_FIELDS for each in cluster.fields())


def _is_new(change: Change | None) -> bool:
    return change is not None and change.action in _NEW


class _Holding:
    def __init__(self, judged: Mapping[Key, Change], config: Kubeconfig) -> None:
        self._judged = judged
        self._config = config
        self.held: dict[Key, Change] = {}
        contexts = {
            name: each
            for (section, name), each in judged.items()
            if section == "contexts" and each.action not in PASSED
        }
        for name, change in contexts.items():
            cluster = (change.after or {}).get("cluster") or ""
            if self._is_other(cluster):
                self._wait("contexts", name, f"cluster/{cluster}")
        self._hold_users(contexts)
        self._hold_current()

    def _change(self, section: str, name: str) -> Change | None:
        return self.held.get((section, name)) or self._judged.get((section, name))

    def _hold(self, section: str, name: str, reason: str, cause: Cause = "cluster") -> None:
        change = self._change(section, name)
        if change is not None and _is_new(change):
            self.held[section, name] = replace(change, action="held", reason=reason, cause=cause)

    def _wait(self, section: str, name: str, other: str) -> None:
        self._hold(section, name, f"waits for {other}", "others")

    def _is_other(self, name: str) -> bool:
        """Return whether a cluster will be there, or was to be, and is not what the spec says about who is asked."""
        change = self._judged.get(("clusters", name))
        if change is None:
            return name in self._config.clusters
        if change.before is None and change.after is None:
            return False  # neither in the file nor wanted there: it answers nobody
        if change.action in ("kept", "unselected"):
            return change.before is None or change.after is None or _differs(change)
        return change.action in _OPEN or change.after is None

    def _hold_users(self, contexts: Mapping[str, Change]) -> None:
        news = any(_is_new(each) for (section, _), each in self._judged.items() if section == "users")
        names = sorted({*contexts, *(self._config.contexts if news else ())})
        wanted: dict[str, list[str]] = defaultdict(list)  # user → the spec's contexts
        for name in sorted(contexts):
            if user := (contexts[name].after or {}).get("user"):
                wanted[user].append(name)
        before = -1
        while before != len(self.held):
            before = len(self.held)
            for name in names:
                self._hold_reached(name)
            for user, its in wanted.items():
                if self._is_open("users", user):
                    for name in its:
                        self._wait("contexts", name, f"user/{user}")
                elif all(self._is_open("contexts", name) for name in its):
                    self._wait("users", user, f"context/{its[0]}")

    def _is_open(self, section: str, name: str) -> bool:
        change = self._change(section, name)
        return change is not None and change.action in _OPEN

    def _hold_reached(self, context: str) -> None:
        """Hold the user that a context, as it will stand, takes to a cluster that is not the spec's."""
        body = self._standing(context)
        cluster, user = (body.get(kind) or "" for kind in ("cluster", "user"))
        if self._is_other(cluster):
            why = f"context {context!r} would take it to cluster/{cluster}, which is not the spec's"
            self._hold("users", user, why)

    def _standing(self, context: str) -> Body:
        """Return a context as it will stand in the file; empty where it will not."""
        change = self._change("contexts", context)
        if change is not None and change.action == "delete":
            return {}
        if change is not None and change.action in _NEW:
            return change.after or {}
        entry = self._config.contexts.get(context)
        return entry.body if entry is not None else {}

    def _hold_current(self) -> None:
        change = self._judged.get((CURRENT, ""))
        if change is None or not _is_new(change):
            return
        name = (change.after or {}).get(CURRENT) or ""
        standing = self._standing(name)
        if self._is_open("contexts", name) or self._is_other(standing.get("cluster") or ""):
            self._wait(CURRENT, "", f"context/{name}")
