"""What a context's user signs in with, as an ExecCredential: the answer of an exec plugin."""

from __future__ import annotations

import json

from kcfg.errors import KcfgError, SecretError
from kcfg.expiry import certificate_expiry, now, token_expiry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.connect.endpoint import Endpoint

_GROUP = "client.authentication.k8s.io/"
_VERSIONS = (f"{_GROUP}v1", f"{_GROUP}v1beta1")
_BEARER = "Bearer "


def make_status(endpoint: Endpoint, ends: str) -> dict[str, str]:
    """Return token, certificate and key, and when the first of them ends. Raises SecretError for none.

    `ends` is what a plugin said about it.
    """
    status: dict[str, str] = {}
    headers = [value for name, value in endpoint.headers if name == "Authorization"]
    if any(not value.startswith(_BEARER) for value in headers):
        raise SecretError("an ExecCredential has no username and password", hint="kcfg curl sends them")
    if headers:
        status["token"] = headers[-1].removeprefix(_BEARER)
    if endpoint.certificate is not None and endpoint.key is not None:
        status["clientCertificateData"] = endpoint.certificate.decode("utf-8", "replace")
        status["clientKeyData"] = endpoint.key.decode("utf-8", "replace")
    if not status:
        raise SecretError("the context's user has no credential for this server", hint=_without(endpoint))
    known = (token_expiry(status.get("token", "")), certificate_expiry(status.get("clientCertificateData", "")))
    first = ends or min(filter(None, known), default="")
    if first and not ends and first <= now():
        raise SecretError(f"the credential expired at {first}", hint="get a new one: `kcfg secret set` stores it")
    return status | ({"expirationTimestamp": first} if first else {})


def _without(endpoint: Endpoint) -> str:
    if endpoint.scheme == "http":
        return "no credential goes over http: write https:// into the cluster's server"
    return "`kcfg view --minify` shows the user"


def version_asked(exec_info: str) -> str:
    """Return the version in which kubectl, if it asks, wants the answer."""
    try:
        asked = json.loads(exec_info).get("apiVersion") if exec_info else _VERSIONS[0]
    except (ValueError, AttributeError, RecursionError):
        raise KcfgError("KUBERNETES_EXEC_INFO is not the JSON object that kubectl sets") from None
    if asked not in _VERSIONS:
        raise KcfgError("unknown ExecCredential version", hint="kcfg speaks v1 and v1beta1")
    return str(asked)
