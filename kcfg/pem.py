"""PEM text by the rules of Go, which is what kubectl reads with; without `cryptography`.

What enters a certificate field is parsed here and written anew: its CERTIFICATE blocks and nothing else. A block begins
at the start of a line; text around blocks is skipped, as is one with another label. Authorities are read as
`x509.CertPool.AppendCertsFromPEM` does: not from blocks with headers, and one that can be parsed is enough. A client's
certificate and key are read as `tls.X509KeyPair` does: the first of each must be one.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_WIDTH = 64
_SEQUENCE, _INTEGER, _BITS, _OCTETS = 0x30, 0x02, 0x03, 0x04
# How PKCS#8, SEC 1 and PKCS#1 begin: a version, and then an algorithm, the key, or a modulus.
_KEYS = {
    "PRIVATE KEY": [_INTEGER, _SEQUENCE],
    "EC PRIVATE KEY": [_INTEGER, _OCTETS],
    "RSA PRIVATE KEY": [_INTEGER, _INTEGER],
}


def pem_blocks(text: bytes, *, headers: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield (label, content) of each block as Go's pem.Decode finds them; of those with headers if they are wanted."""
    at = end = 0
    while (at := _begin(text, at)) >= 0:
        label, at = _line(text, at + len(_BEGIN))
        if not label.endswith(_DASHES):
            continue
        label, start = label.removesuffix(_DASHES), at
        while at < len(text) and b":" in _line(text, at)[0]:
            at = _line(text, at)[1]
        if end < at and not (at == start and text.startswith(_END, at)):
            end = text.find(b"\n" + _END, at) + 1
            if not end:
                return
        end = max(end, at)
        ending, after = _line(text, end + len(_END))
        if ending == label + _DASHES and (content := _decoded(text, at, end)) is not None:
            if at == start or headers:
                yield label.decode("latin-1"), content
            at = after


def certificates(text: bytes) -> list[bytes]:
    """Return the certificates of a PEM text, DER."""
    return [content for label, content in pem_blocks(text) if label == "CERTIFICATE" and _is_certificate(content)]


def certificates_only(text: bytes) -> bytes:
    """Return the certificates of a PEM text, written anew; nothing where there is none."""
    return b"".join(write_block("CERTIFICATE", each) for each in certificates(text))


def chain(text: bytes) -> list[bytes]:
    """Return the certificates that a client would show, DER; none where one of them is no certificate."""
    found = [content for label, content in pem_blocks(text, headers=True) if label == "CERTIFICATE"]
    return found if all(map(_is_certificate, found)) else []


def chain_only(text: bytes) -> bytes:
    """Return those certificates written anew."""
    return b"".join(write_block("CERTIFICATE", each) for each in chain(text))


def private_key(text: bytes) -> bytes | None:
    """Return the key that tls.X509KeyPair would take from a PEM text, DER; None where there is none."""
    return next((content for label, content in pem_blocks(text, headers=True) if is_key_label(label)), None)


def private_key_only(text: bytes) -> bytes | None:
    """Return that key written anew, under the label that its form has; None where Go finds none that it can read.

    Go tries PKCS#1, PKCS#8 and SEC 1 whatever the label says; OpenSSL believes the label.
    """
    der = private_key(text)
    label = None if der is None else label_of(der)
    return write_block(label, der) if der is not None and label in _KEYS else None


def is_key_label(label: str) -> bool:
    """Return whether Go looks for a private key in a block of this label."""
    return f" {label}".endswith(" PRIVATE KEY")


def label_of(der: bytes) -> str | None:
    """Return the label that belongs to a certificate or a private key; None for anything else."""
    if _is_certificate(der):
        return "CERTIFICATE"
    return next((label for label, tags in _KEYS.items() if _members(der)[:2] == tags), None)


def holds_private_key(text: bytes) -> bool:
    """Return whether a private key stands in a text, well formed or not, under its own label or a wrong one."""
    return b"PRIVATE KEY-----" in text or any(
        label == "CERTIFICATE" and _looks_like_key(content) for label, content in pem_blocks(text)
    )


def data_holds_private_key(data: str) -> bool:
    """Return whether a `*-data` field (base64) holds a private key."""
    try:
        return holds_private_key(a2b_base64(data))
    except ValueError:
        return False


def is_certificates(text: bytes) -> bool:
    """Return whether every block of a text says that it is a certificate, and none is a key under that label."""
    return text.count(_BEGIN) == text.count(_BEGIN + b"CERTIFICATE-----") and not holds_private_key(text)


def around(text: bytes) -> bytes:
    """Return the lines of a text that stand outside of its blocks."""
    kept, inside = [], False
    for line in text.splitlines():
        inside = inside or line.startswith(_BEGIN)
        if not inside:
            kept.append(line)
        inside = inside and not line.startswith(_END)
    return b"\n".join(kept)


def _begin(text: bytes, at: int) -> int:
    """Return where the next line starts with BEGIN; `at` is the start of a line."""
    if text.startswith(_BEGIN, at):
        return at
    found = text.find(b"\n" + _BEGIN, at)
    return found + 1 if found >= 0 else -1


def _line(text: bytes, at: int) -> tuple[bytes, int]:
    """Return the rest of a line, without blanks at its end, and where the next one starts."""
    end = text.find(b"\n", at)
    if end < 0:
        return text[at:].rstrip(b" \t"), len(text)
    return text[at:end].removesuffix(b"\r").rstrip(b" \t"), end + 1


def _decoded(text: bytes, start: int, end: int) -> bytes | None:
    if text.find(b"-", start, end) >= 0:
        return None  # another block begins in this one; said at once, however long it is
    try:
        return a2b_base64(text[start:end].translate(None, b" \t\r\n"), strict_mode=True)
    except ValueError:
        return None


def write_block(label: str, der: bytes) -> bytes:
    """Return a block, its lines as wide as everybody writes them."""
    body = b2a_base64(der, newline=False)
    lines = (body[at : at + _WIDTH] + b"\n" for at in range(0, len(body), _WIDTH))
    name = label.encode()
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (name, b"".join(lines), name)


def _is_certificate(der: bytes) -> bool:
    """Return whether this is built as RFC 5280, 4.1 says: a sequence of two sequences and a signature."""
    return _members(der) == [_SEQUENCE, _SEQUENCE, _BITS]


def _looks_like_key(der: bytes) -> bool:
    """Return whether this is built as a private key: PKCS#1, PKCS#8 and SEC 1 begin with a version."""
    return _members(der)[:1] == [_INTEGER]


def _members(der: bytes) -> list[int]:
    """Return the tags in the one sequence that `der` is; none if it is no such thing."""
    tags: list[int] = []
    try:
        at, end = _content(der, 0)
        if der[0] != _SEQUENCE or end != len(der):
            return []
        while at < end:
            tags.append(der[at])
            _, at = _content(der, at)
    except IndexError:
        return []
    return tags if at == end else []


def _content(der: bytes, at: int) -> tuple[int, int]:
    length, start = der[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    return start, start + length
