"""The kubeconfig of a borrowed identity: the cluster as it was, a user of its own, nothing else. Pure."""

from __future__ import annotations

from kcfg.kubeconfig.model import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Body, Kubeconfig


def lend(config: Kubeconfig, context: str, user: str, body: Body, namespace: str | None) -> Kubeconfig:
    """Return a kubeconfig of one context whose only user is this one; in the context's namespace, or another."""
    result = config.copy()
    entry = result.contexts[context]
    result.users = {user: Entry(user, body)}
    entry.body = {**entry.body, "user": user, **({"namespace": namespace} if namespace else {})}
    return result
