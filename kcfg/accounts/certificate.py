"""A client certificate that the cluster signs: CertificateSigningRequest of certificates.k8s.io/v1."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode

from kcfg.accounts.server import Refusal, mapping
from kcfg.accounts.token import require_seconds
from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError
from kcfg.expiry import certificate_expiry
from kcfg.pem import chain_only
from kcfg.secrets.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kcfg.accounts.server import Server

_PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
_SIGNER = "kubernetes.io/kube-apiserver-client"
_STEP = 0.5  # seconds between two looks


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """A certificate (PEM), the key that never left this machine, and when the certificate ends."""

    certificate: str
    key: Secret
    ends: str


def request_certificate(
    server: Server,
    name: str,
    groups: Sequence[str],
    *,
    seconds: int,
    wait: float,
    tell_waiting: Callable[[str], None],
) -> Signed:
    """Ask the cluster for a certificate of `name`, approve it where that is allowed, else wait so many seconds for it.

    `tell_waiting` hears the request's name once somebody else has to approve it. The request is deleted in the end.
    Raises KcfgError where it is denied, fails, or is not approved in time.
    """
    from secrets import token_hex

    from kcfg.x509 import make_request

    request, key = make_request(name, tuple(groups))
    called = f"kcfg-{token_hex(6)}"
    spec = {
        "request": b64encode(request).decode(),
        "signerName": _SIGNER,
        "expirationSeconds": require_seconds(seconds),
        "usages": ["client auth"],
    }
    kind = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest"}
    made = server.ask("POST", _PATH, {**kind, "metadata": {"name": called}, "spec": spec})
    try:
        if not _approve(server, called, made):
            tell_waiting(called)
        certificate = _signed(server, called, wait)
    finally:
        _delete(server, called)
    ends = certificate_expiry(certificate)
    if not ends:
        raise KcfgError(f"{server.context}: what the cluster signed is no certificate")
    return Signed(certificate, Secret(key.decode()), ends)


def _approve(server: Server, called: str, made: dict[str, Any]) -> bool:
    condition = {"type": "Approved", "status": "True", "reason": "KcfgIssue", "message": "approved by kcfg issue"}
    wanted = {**made, "status": {**mapping(made.get("status")), "conditions": [condition]}}
    try:
        server.ask("PUT", f"{_PATH}/{called}/approval", wanted)
    except Refusal as refusal:
        if refusal.status == 403:
            return False
        raise
    return True


def _signed(server: Server, called: str, wait: float) -> str:
    ends = time.monotonic() + wait
    while True:
        status = mapping(server.ask("GET", f"{_PATH}/{called}").get("status"))
        for condition in status.get("conditions") or []:
            if condition.get("type") in ("Denied", "Failed"):
                words = condition.get("message") or condition.get("reason") or "no reason is given"
                raise KcfgError(f"{server.context}: the certificate was {condition['type'].lower()}: {words}")
        if isinstance(found := status.get("certificate"), str) and found:
            return chain_only(b64decode(found)).decode()
        if time.monotonic() > ends:
            raise KcfgError(
                f"{server.context}: nobody signed the certificate within {wait:g} s",
                hint="does a controller sign for kubernetes.io/kube-apiserver-client? --wait 10m waits longer",
            )
        time.sleep(_STEP)


def _delete(server: Server, called: str) -> None:
    from contextlib import suppress

    with suppress(KcfgError):  # the cluster forgets it within the hour
        server.ask("DELETE", f"{_PATH}/{called}")
