"""The kubeconfig that leads to the proxy: its address, its authority, its token. Pure."""

from __future__ import annotations

from base64 import b64encode

from kcfg.kubeconfig.model import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig

_USER = "kcfg-read-only"


def behind(config: Kubeconfig, context: str, url: str, authority: bytes, token: str) -> Kubeconfig:
    """Return a kubeconfig of one context whose cluster is the proxy, and whose user is its token alone."""
    result = config.copy()
    entry = result.contexts[context]
    cluster = str(entry.body["cluster"])
    result.clusters = {
        cluster: Entry(cluster, {"server": url, "certificate-authority-data": b64encode(authority).decode()})
    }
    result.users = {_USER: Entry(_USER, {"token": token})}
    entry.body = {**entry.body, "user": _USER}
    return result
