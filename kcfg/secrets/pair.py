"""Certificate and key in one item: PEM blocks, or one JSON object."""

from __future__ import annotations

import json

from kcfg.errors import SecretError
from kcfg.pem import chain_only, private_key_only
from kcfg.repair import repair

FIELDS = ("clientCertificateData", "clientKeyData")


def split_pair(value: str) -> tuple[str | None, str]:
    """Return (certificate, key) of an item that may hold both, as kubectl reads them. Raises SecretError.

    A key that cannot be read is the value as it is: whoever checks it says what is wrong.
    """
    if value.lstrip().startswith("{"):
        try:
            found = json.loads(value)
            certificate, key = (found.get(field) for field in FIELDS)
            if key and isinstance(key, str):
                return (str(certificate) if certificate else None), key
        except (ValueError, AttributeError):
            pass  # the exception holds the text: ours is raised outside
        raise SecretError("the stored item is JSON, but holds no clientKeyData", hint="name the field: `property: …`")
    text = value.encode()
    certificate = chain_only(text).decode()
    if not certificate:
        return None, value
    key = private_key_only(text)
    return certificate, key.decode() if key is not None else value


def repair_pair(value: bytes) -> tuple[bytes, list[str]]:
    """Return an item as it should be, and what was wrong with its PEM texts; see `repair`."""
    if not value.lstrip().startswith(b"{"):
        return repair(value)
    try:
        found = json.loads(value)
        mended = {field: repair(found[field].encode()) for field in FIELDS if found.get(field)}
    except (ValueError, AttributeError):
        return value, []  # whoever checks it says what is wrong
    wrong = list(dict.fromkeys(each for _, faults in mended.values() for each in faults))
    if not wrong:
        return value, []
    texts = {field: text.decode() for field, (text, _) in mended.items()}
    return json.dumps(found | texts, separators=(",", ":")).encode(), wrong


def join_pair(certificate: str, key: str) -> str:
    """Return one JSON object of both: one item, one prompt."""
    return json.dumps(dict(zip(FIELDS, (certificate, key), strict=True)), separators=(",", ":"))
