"""When a credential begins and ends, as RFC 3339 text, or an empty string where it does not say.

The exec plugin asks: `cryptography` and `datetime` would cost it more than everything else it does.
"""

import time

from kcfg.plainjson import parse_json

_FORM = "%Y-%m-%dT%H:%M:%SZ"
# RFC 3339 has four digits for the year: later is never.
_YEAR_10000 = 253402300800
_UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x17, 0x18, 0xA0


def now(seconds: float = 0) -> str:
    """Return the present, or the moment that many seconds later, to be compared with what the others return."""
    return time.strftime(_FORM, time.gmtime(min(time.time() + seconds, _YEAR_10000 - 1)))


def token_expiry(token: str) -> str:
    """Return a JWT's `exp`."""
    return token_validity(token)[1]


def token_validity(token: str) -> tuple[str, str]:
    """Return a JWT's `nbf` and `exp`."""
    parts = token.split(".")
    if len(parts) != 3 or not token.startswith("eyJ"):
        return "", ""
    from binascii import a2b_base64

    body = parts[1].replace("-", "+").replace("_", "/")
    try:
        claims = parse_json(a2b_base64(body + "=" * (-len(body) % 4)).decode())
    except (ValueError, OverflowError):
        return "", ""
    return (_moment(claims.get("nbf")), _moment(claims.get("exp"))) if isinstance(claims, dict) else ("", "")


def _moment(claim: object) -> str:
    if not isinstance(claim, int | float) or not 0 <= claim < _YEAR_10000:
        return ""
    try:
        return time.strftime(_FORM, time.gmtime(int(claim)))
    except (ValueError, OverflowError, OSError):
        return ""


def certificate_expiry(pem: str) -> str:
    """Return `notAfter` of the first certificate."""
    return certificate_validity(pem)[1]


def certificate_validity(pem: str) -> tuple[str, str]:
    """Return `notBefore` and `notAfter` of the first certificate."""
    from kcfg.pem import certificates

    try:
        return next(map(_validity, certificates(pem.encode())), ("", ""))
    except (ValueError, IndexError):
        return "", ""


def _validity(der: bytes) -> tuple[str, str]:
    """Walk Certificate → TBSCertificate → Validity (RFC 5280, 4.1); everything else is skipped by its length."""
    _, at, _ = element(der, 0)
    _, at, _ = element(der, at)
    tag, _, end = element(der, at)
    if tag == _VERSION:
        at = end
    for _ in ("serialNumber", "signature", "issuer"):
        _, _, at = element(der, at)
    _, at, _ = element(der, at)
    _, _, after = element(der, at)
    return moment(der, at), moment(der, after)


def moment(der: bytes, at: int) -> str:
    """Return the moment that an element says."""
    tag, start, end = element(der, at)
    text = der[start:end].decode("ascii")
    if tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif tag != _GENERALIZED_TIME:
        return ""
    if len(text) != 15 or text[14] != "Z" or not text[:14].isdecimal():
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}Z"


def element(der: bytes, at: int) -> tuple[int, int, int]:
    """Return (tag, start of the content, its end). Raises IndexError beyond the end."""
    tag, length = der[at], der[at + 1]
    start = at + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(der[start : start + size], "big")
        start += size
    if start + length > len(der):
        raise IndexError
    return tag, start, start + length
