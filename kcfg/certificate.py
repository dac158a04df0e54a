"""Can kubectl use the certificates of a PEM text? The common shape is read here; the rest `cryptography` judges.

Loading that library costs a small spec more than all that is done with it. What is read here is less than X.509, on
purpose: version 3, the algorithms, names and extensions below in one encoding each, DER to the last byte. Of the rest
this says nothing. Whatever it takes, `cryptography` takes: tests/laws holds it to that.
"""

from __future__ import annotations

import os

from kcfg.expiry import element
from kcfg.facts import RSA, TRUE, Certificate, common_facts
from kcfg.pem import certificates, chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.x509 import Fault

_BOOLEAN, _INTEGER, _BITS, _OCTETS, _OID, _SEQUENCE, _SET = 0x01, 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
_UTF8, _PRINTABLE, _IA5, _UTC_TIME, _GENERALIZED_TIME = 0x0C, 0x13, 0x16, 0x17, 0x18
_VERSION, _EXTENSIONS, _KEY_ID, _DNS_NAME, _IP_ADDRESS = 0xA0, 0xA3, 0x80, 0x82, 0x87
_hex = bytes.fromhex
_V3, _ED25519 = _hex("a003020102"), _hex("300506032b6570")
# With SHA-256, 384 and 512: RSA as in PKCS#1 v1.5, and ECDSA.
_SIGNATURES = {
    *(_hex(f"300d06092a864886f70d0101{each}0500") for each in ("0b", "0c", "0d")),
    *(_hex(f"300a06082a8648ce3d0403{each}") for each in ("02", "03", "04")),
    _ED25519,
}
_RSA_BITS, _EXPONENTS = range(1024, 8193), (3, 17, 65537)
_P384_B = "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"
_P521_B = (
    "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c"
    "34f1ef451fd46b503f00"
)
# P-224, P-256, P-384, P-521: bytes of a coordinate, p, and b of y² = x³ - 3x + b (SEC 2).
_CURVES = {
    _hex(f"3010{'06072a8648ce3d0201'}06052b81040021"): (
        28,
        2**224 - 2**96 + 1,
        0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
    ),
    _hex(f"3013{'06072a8648ce3d0201'}06082a8648ce3d030107"): (
        32,
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    ),
    _hex(f"3010{'06072a8648ce3d0201'}06052b81040022"): (48, 2**384 - 2**128 - 2**96 + 2**32 - 1, int(_P384_B, 16)),
    _hex(f"3010{'06072a8648ce3d0201'}06052b81040023"): (66, 2**521 - 1, int(_P521_B, 16)),
}
_COMMON_NAME, _COUNTRY = _hex("0603550403"), _hex("0603550406")
# serialNumber, L, ST, O, OU beside them.
_ATTRIBUTES = {_COMMON_NAME, _COUNTRY, *(_hex(f"06035504{each}") for each in ("05", "07", "08", "0a", "0b"))}
_PRINTABLES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"
_USES = _hex("06082b06010505070301")[:-1]  # serverAuth, clientAuth … by their last byte
_SHORT_MONTHS = (4, 6, 9, 11)
# For one certificate `cryptography` takes half as long: after so many, loading it has paid.
_FEW = iter(range(1, 501))


def certificate_fault(pem: bytes, *, client: bool = False) -> Fault | None:
    """Return why kubectl finds no authority in a PEM text, or cannot show it as a client's; None if all is well."""
    found = chain(pem)[:1] if client else certificates(pem)
    if not os.environ.get("KCFG_NO_FASTPATH") and any(next(_FEW, 0) and is_common(each) for each in found):
        return None
    from kcfg import x509

    return x509.certificate_fault(pem, client=client)


def read_certificates(pem: bytes) -> list[Certificate]:
    """Return what the certificates that kubectl reads in a PEM text say: what cannot be parsed is left out."""
    if not os.environ.get("KCFG_NO_FASTPATH"):
        all_of_it = certificates(pem)
        found = [each for each in map(_facts, all_of_it) if each is not None]
        if len(found) == len(all_of_it):
            return found
    from kcfg import x509

    return x509.read_certificates(pem)


def _facts(der: bytes) -> Certificate | None:
    """Return what a certificate says; None if that is not read here."""
    return common_facts(der) if next(_FEW, 0) and is_common(der) else None


def is_common(der: bytes) -> bool:
    """Return whether this is surely a certificate that can be used; False says nothing."""
    try:
        return _is_certificate(der)
    except (ValueError, IndexError):
        return False


class _Elements:
    """The elements in a part of a DER text, in turn. What is not as expected is a ValueError or an IndexError."""

    __slots__ = ("_at", "_der", "_end", "_start")

    def __init__(self, der: bytes, start: int, end: int) -> None:
        self._der, self._start, self._at, self._end = der, start, start, end

    @property
    def is_done(self) -> bool:
        return self._at == self._end

    @property
    def content(self) -> bytes:
        """All of this part."""
        return self._der[self._start : self._end]

    def has_next(self, tag: int) -> bool:
        return self._at < self._end and self._der[self._at] == tag

    def next(self, tag: int) -> _Elements:
        """Return the inside of the next element."""
        der, at = self._der, self._at
        if at >= self._end or der[at] != tag:
            raise ValueError
        length, start = der[at + 1], at + 2
        if length >= 0x80:
            _, start, end = element(der, at)
            length = end - start
            if not 0x80 <= length <= 0xFFFF or start - at != (3 if length < 0x100 else 4):
                raise ValueError
        end = start + length
        if end > self._end:
            raise ValueError
        self._at = end
        return _Elements(der, start, end)

    def whole(self, tag: int) -> bytes:
        """Return the next element with its head."""
        at = self._at
        self.next(tag)
        return self._der[at : self._at]


def _is_certificate(der: bytes) -> bool:
    outer = _Elements(der, 0, len(der))
    certificate = outer.next(_SEQUENCE)
    body, algorithm = certificate.next(_SEQUENCE), certificate.whole(_SEQUENCE)
    return (
        outer.is_done
        and algorithm in _SIGNATURES
        and len(_bits(certificate)) > 0
        and certificate.is_done
        and body.whole(_VERSION) == _V3
        and 0 < _number(body) < 2**159
        and body.whole(_SEQUENCE) == algorithm
        and _is_name(body.next(_SEQUENCE))
        and _is_validity(body.next(_SEQUENCE))
        and _is_name(body.next(_SEQUENCE))
        and _is_key(body.next(_SEQUENCE))
        and _are_extensions(body.next(_EXTENSIONS))
        and body.is_done
    )


def _number(part: _Elements) -> int:
    """Return a number that is not negative."""
    content = part.next(_INTEGER).content
    if content[0] >= 0x80 or (content[0] == 0 and len(content) > 1 and content[1] < 0x80):
        raise ValueError
    return int.from_bytes(content, "big")


def _bits(part: _Elements) -> bytes:
    """Return the content of a bit string of whole bytes."""
    content = part.next(_BITS).content
    if content[0] != 0:
        raise ValueError
    return content[1:]


def _is_name(name: _Elements) -> bool:
    if name.is_done:
        return False
    while not name.is_done:
        several = name.next(_SET)
        pair = several.next(_SEQUENCE)
        if not (several.is_done and _is_attribute(pair) and pair.is_done):
            return False
    return True


def _is_attribute(pair: _Elements) -> bool:
    attribute = pair.whole(_OID)
    if pair.has_next(_UTF8):
        text = pair.next(_UTF8).content
        size = len(text.decode())
    elif pair.has_next(_PRINTABLE):
        text = pair.next(_PRINTABLE).content
        size = 0 if text.translate(None, _PRINTABLES) else len(text)
    else:
        text = pair.next(_IA5).content
        size = len(text) if text.isascii() else 0
    if attribute == _COUNTRY:
        return size == 2
    return attribute in _ATTRIBUTES and 0 < size <= 64


def _is_validity(part: _Elements) -> bool:
    return _is_moment(part) and _is_moment(part) and part.is_done


def _is_moment(part: _Elements) -> bool:
    """Return whether the next element is a moment, of a day that every year has."""
    if part.has_next(_UTC_TIME):
        text = part.next(_UTC_TIME).content
        size = 13
    else:
        text = part.next(_GENERALIZED_TIME).content
        size = 15 if text[:4] >= b"2050" else 0
    if len(text) != size or text[-1:] != b"Z" or not text[:-1].isdigit():
        return False
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(size - 11, size - 1, 2))
    days = 28 if month == 2 else 30 if month in _SHORT_MONTHS else 31
    return 1 <= month <= 12 and 1 <= day <= days and hour < 24 and minute < 60 and second < 60


def _is_key(part: _Elements) -> bool:
    algorithm, key = part.whole(_SEQUENCE), _bits(part)
    if not part.is_done:
        return False
    if algorithm == RSA:
        outer = _Elements(key, 0, len(key))
        numbers = outer.next(_SEQUENCE)
        modulus, exponent = _number(numbers), _number(numbers)
        fits = modulus.bit_length() in _RSA_BITS and modulus & 1 and exponent in _EXPONENTS
        return bool(fits) and numbers.is_done and outer.is_done
    if algorithm == _ED25519:
        return len(key) == 32
    return algorithm in _CURVES and _is_point(key, *_CURVES[algorithm])


def _is_point(key: bytes, size: int, p: int, b: int) -> bool:
    """Return whether an uncompressed point lies on its curve."""
    x, y = int.from_bytes(key[1 : 1 + size], "big"), int.from_bytes(key[1 + size :], "big")
    return key[0] == 4 and len(key) == 1 + 2 * size and x < p and y < p and (y * y - x * x * x + 3 * x - b) % p == 0


def _are_extensions(wrapped: _Elements) -> bool:
    several, seen = wrapped.next(_SEQUENCE), set()
    while not several.is_done:
        one = several.next(_SEQUENCE)
        name = one.whole(_OID)
        critical = one.has_next(_BOOLEAN)
        if name in seen or name not in _KNOWN or (critical and one.whole(_BOOLEAN) != TRUE):
            return False
        if critical and name in _NEVER_CRITICAL:
            return False
        value = one.next(_OCTETS).content
        inside = _Elements(value, 0, len(value))
        if not (one.is_done and _KNOWN[name](inside) and inside.is_done):
            return False
        seen.add(name)
    return bool(seen) and wrapped.is_done


def _is_constraint(value: _Elements) -> bool:
    """basicConstraints: nothing, or an authority, perhaps with the length of the path below it."""
    said = value.next(_SEQUENCE)
    if said.is_done:
        return True
    return said.whole(_BOOLEAN) == TRUE and (said.is_done or (_number(said) < 0x80 and said.is_done))


def _is_key_usage(value: _Elements) -> bool:
    """keyUsage of one byte: no zeros at its end, and not encipherOnly, which needs another beside it."""
    content = value.next(_BITS).content
    if len(content) != 2 or not 1 <= content[0] <= 7:
        return False
    return bool(content[1] >> content[0] & 1) and not content[1] & ((1 << content[0]) - 1)


def _is_extended_usage(value: _Elements) -> bool:
    uses = value.next(_SEQUENCE)
    if uses.is_done:
        return False
    while not uses.is_done:
        use = uses.whole(_OID)
        if use[:-1] != _USES or use[-1] >= 0x80:
            return False
    return True


def _is_subject_key(value: _Elements) -> bool:
    return len(value.next(_OCTETS).content) > 0


def _is_authority_key(value: _Elements) -> bool:
    said = value.next(_SEQUENCE)
    return len(said.next(_KEY_ID).content) > 0 and said.is_done


def _are_alternative_names(value: _Elements) -> bool:
    """subjectAltName of DNS names and IP addresses."""
    names = value.next(_SEQUENCE)
    if names.is_done:
        return False
    while not names.is_done:
        if names.has_next(_DNS_NAME):
            text = names.next(_DNS_NAME).content
            if not text or not text.isascii():
                return False
        elif len(names.next(_IP_ADDRESS).content) not in (4, 16):
            return False
    return True


_SUBJECT_KEY, _AUTHORITY_KEY = _hex("0603551d0e"), _hex("0603551d23")
_KNOWN = {
    _SUBJECT_KEY: _is_subject_key,
    _AUTHORITY_KEY: _is_authority_key,
    _hex("0603551d0f"): _is_key_usage,
    _hex("0603551d11"): _are_alternative_names,
    _hex("0603551d13"): _is_constraint,
    _hex("0603551d25"): _is_extended_usage,
}
_NEVER_CRITICAL = (_SUBJECT_KEY, _AUTHORITY_KEY)
