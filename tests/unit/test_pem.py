"""PEM as Go reads it: which blocks are certificates, and what is a private key."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lint_world import FILES

from kcfg.pem import certificates, certificates_only, holds_private_key, is_certificates, pem_blocks, private_key

CA, CERT, KEY = FILES["ca.crt"], FILES["client.crt"], FILES["client.key"]
EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)


def key_pem(key, form, password=None):
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), how)


KEYS = {
    "PKCS#8": KEY,
    "SEC 1": key_pem(EC, "TraditionalOpenSSL"),
    "PKCS#1": key_pem(RSA, "TraditionalOpenSSL"),
    "encrypted": key_pem(EC, "PKCS8", b"pw"),
    "encrypted, with headers": key_pem(RSA, "TraditionalOpenSSL", b"pw"),
    "another label": KEY.replace(b"PRIVATE KEY", b"CERTIFICATE"),
    "PKCS#1 with another label": key_pem(RSA, "TraditionalOpenSSL").replace(b"RSA PRIVATE KEY", b"CERTIFICATE"),
    "cut short": KEY[:80],
}
BESIDE = {
    "text": b"subject=CN = a\nBag Attributes\n    friendlyName: a\n",
    "trusted": b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
    "list": b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
    "parameters": b"-----BEGIN DH PARAMETERS-----\nMAYCAQcCAQI=\n-----END DH PARAMETERS-----\n",
    "public": EC.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    "no PEM inside": b"-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
    "no certificate inside": b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    "headers": CERT.replace(b"-----\n", b"-----\nComment: a\n\n", 1),
    "in a line": CERT.replace(b"-----BEGIN", b"x -----BEGIN"),
    "another end": CERT.replace(b"END CERTIFICATE", b"END CERTIFICATES"),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=list(KEYS))
@pytest.mark.parametrize("order", ["before", "after", "between"])
def test_only_the_certificates_of_a_combined_file_are_left(key, order):
    text = {"before": key + CERT + CA, "after": CERT + CA + key, "between": CERT + key + CA}[order]
    if key is KEYS["cut short"]:  # its END is that of the next block, and both are lost, as in Go
        text = CERT + CA + key
    assert certificates_only(text) == CERT + CA
    assert holds_private_key(text)
    assert not is_certificates(text)


@pytest.mark.parametrize("beside", BESIDE.values(), ids=list(BESIDE))
def test_what_is_no_certificate_is_not_carried(beside):
    assert certificates_only(beside + CERT + beside + CA) == CERT + CA
    assert not holds_private_key(beside + CERT)


def test_certificates_are_written_in_one_form():
    wide = CERT.replace(b"\n", b"\r\n")
    body = b"".join(CERT.split(b"\n")[1:-2])
    one_line = b"-----BEGIN CERTIFICATE-----   \n" + body + b"\n-----END CERTIFICATE-----"
    spread = b"-----BEGIN CERTIFICATE-----\n" + b" \t".join([body[:8], body[8:]]) + b"\n-----END CERTIFICATE-----\t\n"
    for text in (CERT, wide, one_line, spread):
        assert certificates_only(text) == CERT
    assert certificates(CA) == [x509.load_pem_x509_certificate(CA).public_bytes(serialization.Encoding.DER)]
    assert certificates_only(b"") == certificates_only(b"-----BEGIN \n") == certificates_only(KEY) == b""


def test_key_is_the_one_that_a_client_takes():
    for text in (KEY, CERT + KEY, b"\n" + KEY + CERT + KEYS["SEC 1"]):
        assert private_key(text) == private_key(KEY) is not None
    assert private_key(CERT) is None


@pytest.mark.parametrize("line", [b"-----BEGIN A-----\n", b"-----BEGIN A-----\nx: y\n", b"-----BEGIN A-----\nAAAA\n"])
@pytest.mark.parametrize("end", [b"", b"-----END A-----\n", b"-----END B-----\n"])
def test_many_beginnings_take_linear_time(line, end):
    assert len(list(pem_blocks(line * 50_000 + end))) <= 1
