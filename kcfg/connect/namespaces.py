"""The namespaces that a server has, or why it does not tell."""

from __future__ import annotations

import time

from kcfg.connect.client import Client
from kcfg.connect.trouble import Trouble, of_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.connect.endpoint import Endpoint

_MOST = 500


def list_namespaces(endpoint: Endpoint, seconds: float, agent: str) -> list[str]:
    """Return the names of at most 500 namespaces. Raises Trouble: no answer in so many seconds, forbidden, no list."""
    client = Client(endpoint, time.monotonic() + seconds, lambda _: None, agent)
    try:
        status, answer = client.ask("GET", f"/api/v1/namespaces?limit={_MOST}")
    finally:
        client.close()
    if status != 200:
        raise of_status("user" if status in (401, 403) else "version", status)
    items = answer.get("items")
    if not isinstance(items, list):
        raise Trouble("version", "protocol", "the server's answer is no list of namespaces", "is it an API server?")
    names = (each.get("metadata", {}).get("name") for each in items if isinstance(each, dict))
    return [name for name in names if isinstance(name, str) and name]
