"""A token of a service account, asked of the API server: TokenRequest of authentication.k8s.io/v1."""

from __future__ import annotations

import re

from kcfg.accounts.server import Refusal, mapping
from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError
from kcfg.expiry import token_expiry
from kcfg.kubeconfig.refused import is_header
from kcfg.secrets.secret import Secret
from kcfg.spec.accounts import LONGEST, SHORTEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kcfg.accounts.account import Account, Bound
    from kcfg.accounts.server import Server

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")  # how metav1.Time is written


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A token, when it ends (RFC 3339, UTC), and what it is bound to."""

    token: Secret
    ends: str
    bound: Bound | None = None


def require_seconds(seconds: int) -> int:
    """Return how long a token is asked for. Raises KcfgError for what no API server gives."""
    if not SHORTEST <= seconds <= LONGEST:
        raise KcfgError("an API server gives tokens for 10 minutes at least", hint="--ttl 10m, or longer")
    return seconds


def request_token(
    server: Server, account: Account, *, seconds: int, audiences: Sequence[str] = (), bound: Bound | None = None
) -> Issued:
    """Ask for a token; its end is the server's word, which may be sooner than asked. Raises KcfgError."""
    spec: dict[str, Any] = {"expirationSeconds": require_seconds(seconds), "audiences": list(audiences)}
    if bound is not None:
        spec["boundObjectRef"] = {"kind": bound.kind, "apiVersion": "v1", "name": bound.name}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    try:
        answer = server.ask("POST", f"{account.path}/token", body)
    except Refusal as refusal:
        raise _explained(refusal, account, bound) from None
    status = mapping(answer.get("status"))
    token, told = status.get("token"), status.get("expirationTimestamp")
    if not isinstance(token, str) or not token or not is_header(token):
        raise KcfgError(f"{server.context}: the server's answer holds no token", hint="is it an API server?")
    # Where the server extends tokens for clients that do not renew theirs, what it tells is not what it signs.
    ends = token_expiry(token) or (told if isinstance(told, str) and _MOMENT.fullmatch(told) else "")
    if not ends:
        raise KcfgError(f"{server.context}: the server does not say when its token ends", hint="nothing was handed out")
    return Issued(Secret(token), ends, bound)


def _explained(refusal: Refusal, account: Account, bound: Bound | None) -> KcfgError:
    if refusal.status == 403:
        hint = f"who borrows needs the verb create on serviceaccounts/token in {account.namespace}"
    elif refusal.status == 404 and bound is not None and str(account.name) not in refusal.message:
        hint = f"there has to be a {bound} in {account.namespace}"
    elif refusal.status == 404:
        hint = "--create makes what is missing; `kubectl get serviceaccounts -A` lists those that there are"
    else:
        hint = refusal.hint
    return Refusal(refusal.message, status=refusal.status, reason=refusal.reason, hint=hint)
