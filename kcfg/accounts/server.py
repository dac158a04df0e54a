"""One API server, asked as one user: what it refuses is an error in its own words."""

from __future__ import annotations

import time

from kcfg.connect.client import Client
from kcfg.connect.trouble import Trouble, of_status
from kcfg.errors import KcfgError
from kcfg.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from kcfg.connect.endpoint import Endpoint

_SECONDS = 15.0  # for one question
_IDLE = 5.0  # seconds that a connection waits for the next one: who thinks for longer gets a new one


def mapping(value: object) -> dict[str, Any]:
    """Return a part of an answer that ought to be an object; empty for what is none."""
    return value if isinstance(value, dict) else {}


class Refusal(KcfgError):
    """The API server answered, and refuses: `status` is HTTP's, `reason` the Status's."""

    def __init__(self, message: str, *, status: int, reason: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason


class Server:
    """One connection; a context manager. `context` names it in errors."""

    def __init__(self, endpoint: Endpoint, context: str) -> None:
        self.endpoint = endpoint
        self.context = context
        self._client: Client | None = None
        self._last = 0.0

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the JSON object of an answer. Raises Refusal for another status, KcfgError where nothing answers."""
        now = time.monotonic()
        if self._client is not None and now - self._last > _IDLE:
            self._close()
        if self._client is None:
            self._client = Client(self.endpoint, 0.0, lambda _: None, f"kcfg/{__version__}")
        self._client.deadline = now + _SECONDS
        try:
            status, answer = self._client.ask(method, path, body)
        except Trouble as trouble:
            self._close()
            raise KcfgError(f"{self.context}: {trouble.message}", hint=trouble.hint) from None
        self._last = time.monotonic()
        if status in (200, 201, 202):
            return answer
        raise self._refusal(status, answer)

    def find(self, path: str) -> dict[str, Any] | None:
        """Return an object, None where there is none. Raises as `ask` does."""
        try:
            return self.ask("GET", path)
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _refusal(self, status: int, answer: dict[str, Any]) -> Refusal:
        told = of_status("user" if status in (401, 403) else "version", status)
        words = answer.get("message") if answer.get("kind") == "Status" else None
        reason = str(answer.get("reason") or "")
        message = str(words)[:600] if words and status != 401 else told.message
        return Refusal(f"{self.context}: {message}", status=status, reason=reason, hint=told.hint if not words else "")
