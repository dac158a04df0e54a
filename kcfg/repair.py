"""PEM text that lost its form on the way, written anew so that Go reads it; what was wrong is told.

Nothing is guessed: a block is taken where its two labels agree and its base64 is whole, whatever became of its lines.
What stands behind other text in a line (a comment, the name of a field) is no block, as for Go.
"""

from __future__ import annotations

import re
from binascii import a2b_base64

from kcfg.pem import is_key_label, label_of, pem_blocks, write_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9. ]+)-----([^-]*)-----END \1-----")
_AROUND = re.compile(rb"[\s\"'`\[,(]*(?:-----)?[\s\"'`,]*")
_ENCODED = b"LS0tLS1CRUdJTi"
_NO_BASE64 = b" \t\n\r\v\f\"'`,\\"
ENCRYPTED_HINT = "take the passphrase away: openssl pkey -in KEY -out KEY2"
_OPENSSH_HINT = "convert it: ssh-keygen -p -m PKCS8 -f KEY"
_LINES_HINT = "write it anew: BEGIN and END stand alone on their lines"
_DER_HINT = "it is DER: convert it with openssl (x509 or pkey) -inform DER -in FILE -out FILE2"


def repair(text: bytes) -> tuple[bytes, list[str]]:
    """Return a PEM text as it should be, and what was wrong with it; the text itself where nothing is, or no way back.

    What needs a repair comes back as its blocks alone, each under the label that its content has.
    """
    plain, wrong = _unwrapped(text)
    if b"-----BEGIN " not in plain:
        return text, []
    blocks: list[bytes] = []
    for found, before in _found(plain):
        block, faults = _read(found, before)
        if block is None:
            return text, []
        wrong += faults
        blocks.append(block)
    if not _is_text(plain):
        wrong.append("text around it that is not UTF-8")
    if not wrong or len(blocks) != plain.count(b"-----BEGIN "):
        return text, []
    return b"".join(blocks), list(dict.fromkeys(wrong))


def explain(text: bytes, what: str) -> tuple[str, str]:
    """Return why kubectl cannot read a text, and what to do; `what` is what it should be, with its article."""
    if is_encrypted(text):
        return f"{what} is encrypted: kubectl cannot ask for its passphrase", ENCRYPTED_HINT
    if b"BEGIN OPENSSH PRIVATE KEY" in text:
        return f"{what} is in OpenSSH's own form, which kubectl does not read", _OPENSSH_HINT
    if label_of(text) is not None:
        return f"{what} is not PEM", _DER_HINT
    _, wrong = repair(text)
    if wrong and len(list(pem_blocks(text, headers=True))) < max(text.count(b"-----BEGIN "), 1):
        return f"{what} is no PEM that kubectl reads: {', '.join(wrong)}", _LINES_HINT
    if b"-----BEGIN " not in text:
        return f"{what} is not PEM", "expected -----BEGIN …"
    return f"{what} is not one that can be parsed", "is it cut short, or was a line changed?"


def is_encrypted(text: bytes) -> bool:
    """Return whether the key of a text has a passphrase."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in text or b"Proc-Type: 4,ENCRYPTED" in text


def _unwrapped(text: bytes) -> tuple[bytes, list[str]]:
    """Return a text without what others put around it, and what that was; its lines end as here."""
    wrong = []
    for mark, encoding in _BOMS.items():
        if text.startswith(mark):
            wrong.append("a byte order mark" if encoding == "utf-8" else "UTF-16")
            text = text.removeprefix(mark).decode(encoding, "replace").encode("utf-8", "replace")
    if text.strip(b" \t\r\n\"'").startswith(_ENCODED):
        try:
            text = a2b_base64(text.translate(None, _NO_BASE64), strict_mode=True)
        except ValueError:
            return text, []
        wrong.append("base64 around it")
    if re.search(rb"\\+[rn]", text):
        text = re.sub(rb"(?:\\+r)?\\+n|\\+r", b"\n", text).replace(b"\\/", b"/")
        wrong.append("line breaks written as \\n")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        wrong.append("Windows line ends")
    return text, wrong


def _is_text(plain: bytes) -> bool:
    try:
        return bool(plain.decode())
    except UnicodeDecodeError:
        return False


def _found(text: bytes) -> Iterator[tuple[re.Match[bytes], bytes]]:
    """Yield each block and what stands before it in its line: blanks and quotes, another block's end, or nothing."""
    for found in _BLOCK.finditer(text):
        before = text[text.rfind(b"\n", 0, found.start()) + 1 : found.start()]
        if _AROUND.fullmatch(before[before.rfind(b"-----") if b"-----" in before else 0 :]):
            yield found, before


def _read(found: re.Match[bytes], before: bytes) -> tuple[bytes | None, list[str]]:
    """Return a block written anew, and what was wrong with it; None if its content is not whole."""
    label, body = found[1].decode(), found[2]
    try:
        content = a2b_base64(body.translate(None, _NO_BASE64), strict_mode=True)
    except ValueError:
        return None, []
    wrong = []
    if b"-----" in before or not re.match(rb"[ \t\"']*\n", body):
        wrong.append("lost line breaks")
    elif any(quote in before + body for quote in (b'"', b"'", b"`")):
        wrong.append("quotes around it")
    elif not list(pem_blocks(before + found[0])):
        wrong.append("indented lines")
    right = label_of(content)
    if right is not None and right != label and is_key_label(label) == is_key_label(right):
        wrong.append(f"the label {label} over what is {_name(right)}")
        label = right
    return write_block(label, content), wrong


def _name(label: str) -> str:
    forms = {"PRIVATE KEY": "PKCS#8", "EC PRIVATE KEY": "SEC 1", "RSA PRIVATE KEY": "PKCS#1"}
    return forms.get(label, "a certificate")
