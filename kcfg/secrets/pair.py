"""Certificate and key in one item: two PEM blocks, or one JSON object."""

from __future__ import annotations

import json

from kcfg.errors import SecretError

_END = "-----END CERTIFICATE-----"


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
        at = value.rindex(_END) + len(_END)
        return value[:at].strip() + "\n", value[at:].strip() + "\n"
    return None, value


def join_pair(certificate: str, key: str) -> str:
    """Return one JSON object of both: one item, one prompt."""
    return json.dumps({"clientCertificateData": certificate, "clientKeyData": key}, separators=(",", ":"))
