"""When an answer ends, by its own words. Only asked when one is about to be kept: a date costs a millisecond."""

from __future__ import annotations

from datetime import datetime

from kcfg.expiry import certificate_expiry, token_expiry
from kcfg.plainjson import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KIND = "ExecCredential"
_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
# What Go reads as RFC 3339, but for an hour of one digit.
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)"


def end_of_answer(text: str, info: str = "") -> float:
    """Return the end of an ExecCredential, in seconds since 1970: the first of those that it tells.

    0 for one that tells none, and for what kubectl refuses to sign in with: that would fail until its end, and no
    longer where the plugin is asked again. `info` is the question, KUBERNETES_EXEC_INFO.
    """
    try:
        found, asked = parse_json(text), parse_json(info or "{}")
    except ValueError:
        return 0
    versions = (asked["apiVersion"],) if isinstance(asked, dict) and "apiVersion" in asked else _VERSIONS
    if not isinstance(found, dict) or found.get("kind") != _KIND or found.get("apiVersion") not in versions:
        return 0
    status = found.get("status")
    if not isinstance(status, dict) or not isinstance(found.get("spec", {}), dict | None) or not _is_taken(status):
        return 0
    said = status.get("expirationTimestamp")
    if said is not None and not _seconds(said):
        return 0
    ends = [said, token_expiry(status.get("token") or "")]
    if certificate := status.get("clientCertificateData"):
        ends.append(certificate_expiry(certificate))
    return min(filter(None, map(_seconds, ends)), default=0)


def _is_taken(status: dict[str, Any]) -> bool:
    """Return whether kubectl signs in with a token, or a certificate and its key; with half of a pair it does not."""
    given = [status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData")]
    if not all(isinstance(each, str) for each in given):
        return False
    token, certificate, key = given
    if any((each < " " and each != "\t") or each == "\x7f" for each in token) or bool(certificate) != bool(key):
        return False
    if not certificate:
        return bool(token)
    from kcfg.x509 import pair_fault

    return pair_fault(certificate.encode("utf-8", "replace"), key.encode("utf-8", "replace")) is None


def end_of_secret(text: str) -> float:
    """Return the end of a plain value that tells it, a JWT, in seconds since 1970; 0 for every other."""
    return _seconds(token_expiry(text.strip()))


def _seconds(moment: object) -> float:
    import re

    if not isinstance(moment, str) or not re.fullmatch(_MOMENT, moment, re.ASCII):
        return 0
    try:
        return datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0
