"""Certificate and key in one item: two PEM blocks, or one JSON object."""

from __future__ import annotations

import json

from kcfg.errors import SecretError

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def split_pair(value: str) -> tuple[str | None, str]:
    """Return (certificate, key) of an item that may hold both. Raises SecretError."""
    if value.lstrip().startswith("{"):
        try:
            found = json.loads(value)
            return found.get("clientCertificateData"), str(found["clientKeyData"])
        except (ValueError, KeyError, AttributeError):
            pass  # the exception holds the text: ours is raised outside
        raise SecretError("the stored item is JSON, but holds no clientKeyData", hint="name the field: `property: …`")
    if _END in value:
        return _parted(value)
    return None, value


def _parted(value: str) -> tuple[str, str]:
    """Return the certificate blocks and everything else of a PEM text, in whatever order they stand."""
    certificate: list[str] = []
    rest: list[str] = []
    inside = False
    for line in value.splitlines():
        inside = inside or _BEGIN in line
        (certificate if inside else rest).append(line)
        inside = inside and _END not in line
    return "\n".join(certificate).strip() + "\n", "\n".join(rest).strip() + "\n"


def join_pair(certificate: str, key: str) -> str:
    """Return one JSON object of both: one item, one prompt."""
    return json.dumps({"clientCertificateData": certificate, "clientKeyData": key}, separators=(",", ":"))
