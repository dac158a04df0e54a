"""One context's API server for somebody else's requests: a connection for each, a credential that is renewed."""

from __future__ import annotations

import time
from threading import Lock

from kcfg.connect.client import Client
from kcfg.connect.endpoint import make_endpoint
from kcfg.connect.plugin import sign_in
from kcfg.expiry import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kcfg.connect.client import Reply
    from kcfg.connect.endpoint import Endpoint
    from kcfg.kubeconfig.model import Kubeconfig

_SECONDS = 30.0  # to connect, and for a plugin
_SKEW = 60.0  # seconds before its end a credential is got anew


class Upstream:
    """Asks the server of a context as its user. Raises Trouble, as a Client does; threads may share it."""

    def __init__(
        self, config: Kubeconfig, context: str, environ: Mapping[str, str], read: Callable[[str], bytes]
    ) -> None:
        self._config = config
        self._context = context
        self._environ = environ
        self._read = read
        self._lock = Lock()
        self._endpoint: Endpoint | None = None
        self._ends = ""

    def sign_in(self) -> Endpoint:
        """Return what a request needs; a plugin runs, and files are read, when that is not known or about to end."""
        with self._lock:
            if self._endpoint is None or (self._ends and self._ends <= now(_SKEW)):
                self._endpoint = make_endpoint(self._config, self._context, self._environ, self._read)
                credential = sign_in(self._endpoint, self._environ, _SECONDS)
                self._ends = credential.ends if credential else ""
            return self._endpoint

    def ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> Reply:
        """Return the server's answer as it comes. One that no longer knows the user is asked again, once."""
        reply = self._ask(method, target, headers, body)
        if reply.status != 401:
            return reply
        reply.close()
        with self._lock:
            self._endpoint = None
        return self._ask(method, target, headers, body)

    def _ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> Reply:
        client = Client(self.sign_in(), time.monotonic() + _SECONDS, lambda _: None, "")
        return client.relay(method, target, headers, body)
