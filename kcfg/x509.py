"""X.509: the only door to `cryptography`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes, PublicKeyTypes


def certificate_fault(pem: bytes) -> str | None:
    """Return why `pem` is not a list of certificates, or None if it is."""
    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError:
        return "not a certificate that can be parsed"
    return None


def describe_certificate(der: bytes) -> str:
    """Return whose certificate it is, for which names, and until when."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = _alternative_names(certificate)
        ends = certificate.not_valid_after_utc.strftime("%Y-%m-%d")
        return f"{certificate.subject.rfc4514_string()}{f' for {names}' if names else ''}, until {ends}"
    except (ValueError, UnsupportedAlgorithm):
        return "a certificate that cannot be parsed"


def _alternative_names(certificate: x509.Certificate) -> str:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return ", ".join(str(name.value) for name in found)


def pair_fault(certificate: str | None, key: str) -> str | None:
    """Return why a key cannot be used, or does not belong to the first certificate; None if all is well."""
    try:
        private = serialization.load_pem_private_key(key.encode(), None)
    except TypeError:
        return "the client key is encrypted: kubectl cannot ask for its passphrase"
    except (ValueError, UnsupportedAlgorithm):
        return "the client key is not a PEM key that can be parsed"
    if certificate is None:
        return None
    try:
        public = x509.load_pem_x509_certificates(certificate.encode())[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "the client certificate is not a PEM certificate that can be parsed"
    return None if _spki(private.public_key()) == _spki(public) else "the client key does not match the certificate"


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def make_authority(name: str) -> tuple[bytes, bytes]:
    """Make a self-signed certificate authority for examples and tests: (certificate PEM, key PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key)


def make_client(name: str, groups: tuple[str, ...], authority: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Make a client certificate signed by `authority`: (certificate PEM, key PEM)."""
    issuer = x509.load_pem_x509_certificate(authority[0])
    issuer_key: CertificateIssuerPrivateKeyTypes = serialization.load_pem_private_key(authority[1], None)  # type: ignore[assignment]
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name(name, groups), issuer.subject, key.public_key())
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key)


def _name(common_name: str, groups: tuple[str, ...] = ()) -> x509.Name:
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=30))
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
