"""What certificates say about themselves: ends, weaknesses, authority."""

import ssl

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from lint_world import NOW, certificate

from kcfg.expiry import certificate_expiry
from kcfg.x509 import make_authority, make_client, read_certificates

RSA = rsa.generate_private_key(65537, 2048)
ISSUER = certificate("issuer", -1, 10, ca=True, key=RSA)[2]


SHA256_WITH_RSA, SHA1_WITH_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")


def facts(**more):
    return read_certificates(certificate("a", -1, 10, **more)[0])[0]


def with_sha1(pem):
    """`cryptography` no longer signs with SHA-1: a certificate that says so, signed by nobody."""
    der = ssl.PEM_cert_to_DER_cert(pem.decode()).replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    return ssl.DER_cert_to_PEM_cert(der).encode()


@pytest.mark.parametrize(
    ("key", "weakness"),
    [
        (rsa.generate_private_key(65537, 1024), "an RSA key of 1024 bits"),
        (RSA, ""),
        (ec.generate_private_key(ec.SECP192R1()), "an elliptic-curve key of 192 bits"),
        (ec.generate_private_key(ec.SECP256R1()), ""),
        (ed25519.Ed25519PrivateKey.generate(), ""),
        (dsa.generate_private_key(1024), "a DSA key"),
    ],
    ids=["rsa-1024", "rsa-2048", "p-192", "p-256", "ed25519", "dsa"],
)
def test_weak_keys(key, weakness):
    assert facts(key=key, issuer=ISSUER).weakness == weakness


@pytest.mark.parametrize(("issuer", "weakness"), [(ISSUER, "a signature with SHA1"), (None, "")])
def test_a_weak_signature_matters_unless_it_is_its_own(issuer, weakness):
    (found,) = read_certificates(with_sha1(certificate("a", -1, 10, key=RSA, issuer=issuer)[0]))

    assert found.weakness == weakness


@pytest.mark.parametrize(("ca", "expected"), [(True, True), (False, False), (None, False)])
def test_authority(ca, expected):
    assert facts(ca=ca).is_authority is expected


def test_moments_are_those_of_the_light_reader():
    pem, _, _ = certificate("a", -1, 10)
    (found,) = read_certificates(pem)

    assert found.ends == certificate_expiry(pem.decode())
    assert found.starts < NOW.strftime("%Y-%m-%dT%H:%M:%SZ") < found.ends
    assert found.subject == "CN=a"


def test_a_bundle_and_what_is_none():
    one, two = certificate("a", -1, 1)[0], certificate("b", -1, 2)[0]

    assert [each.subject for each in read_certificates(one + b"\n# note\n" + two)] == ["CN=a", "CN=b"]
    assert read_certificates(b"") == read_certificates(b"nothing") == []
    assert read_certificates(one[:100] + b"\n-----END CERTIFICATE-----\n") == []


def test_our_own_are_right():
    authority = make_authority("ca")
    assert read_certificates(authority[0])[0].is_authority
    (client,) = read_certificates(make_client("me", ("admins",), authority)[0])

    assert (client.is_authority, client.weakness) == (False, "")
