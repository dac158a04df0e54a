"""When an answer ends, by its own words. Only asked when one is about to be kept: a date costs a millisecond."""

from __future__ import annotations

from datetime import datetime

from kcfg.expiry import certificate_expiry, token_expiry
from kcfg.plainjson import parse_json

_KIND = "ExecCredential"


def end_of_answer(text: str) -> float:
    """Return the end of an ExecCredential, in seconds since 1970: the first of those that it tells.

    0 for one that tells none, and for what is no whole ExecCredential.
    """
    try:
        found = parse_json(text)
    except ValueError:
        return 0
    status = found.get("status") if isinstance(found, dict) and found.get("kind") == _KIND else None
    if not isinstance(status, dict):
        return 0
    token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
    if not isinstance(token, str) and not (isinstance(certificate, str) and isinstance(key, str)):
        return 0
    said = status.get("expirationTimestamp")
    if said is not None and not _seconds(said):
        return 0  # kubectl refuses it
    ends = [said, token_expiry(token if isinstance(token, str) else "")]
    if isinstance(certificate, str):
        ends.append(certificate_expiry(certificate))
    return min(filter(None, map(_seconds, ends)), default=0)


def end_of_secret(text: str) -> float:
    """Return the end of a plain value that tells it, a JWT, in seconds since 1970; 0 for every other."""
    return _seconds(token_expiry(text.strip()))


def _seconds(moment: object) -> float:
    try:
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else None
        return found.timestamp() if found is not None and found.tzinfo is not None else 0
    except (ValueError, OverflowError, OSError):
        return 0
