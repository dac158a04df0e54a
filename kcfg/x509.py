"""X.509: the only door to `cryptography`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes, PublicKeyTypes


_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)
_WEAK_HASHES = ("md5", "sha1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says about itself; moments as RFC 3339 texts."""

    subject: str
    starts: str
    ends: str
    weakness: str
    is_authority: bool


def read_certificates(pem: bytes) -> list[Certificate]:
    """Return the certificates of a PEM text; none if they cannot be parsed."""
    try:
        return [_facts(each) for each in x509.load_pem_x509_certificates(pem)]
    except _UNREADABLE:
        return []


def _facts(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        certificate.subject.rfc4514_string(),
        _moment(certificate.not_valid_before_utc),
        _moment(certificate.not_valid_after_utc),
        _weakness(certificate),
        _is_authority(certificate),
    )


def _moment(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _weakness(certificate: x509.Certificate) -> str:
    """Return what is weak about a key or a signature; a self-signed one is not verified by anybody."""
    try:
        key = certificate.public_key()
        algorithm = certificate.signature_hash_algorithm
    except _UNREADABLE:
        return ""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048:
        return f"an RSA key of {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < 224:
        return f"an elliptic-curve key of {key.key_size} bits"
    if isinstance(key, dsa.DSAPublicKey):
        return "a DSA key"
    if algorithm is not None and algorithm.name in _WEAK_HASHES and certificate.issuer != certificate.subject:
        return f"a signature with {algorithm.name.upper()}"
    return ""


def _is_authority(certificate: x509.Certificate) -> bool:
    if certificate.version == x509.Version.v1:
        return True  # from before there was a way to say so
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False


def certificate_fault(pem: bytes) -> str | None:
    """Return why `pem` is not a list of certificates, or None if it is."""
    try:
        x509.load_pem_x509_certificates(pem)
    except _UNREADABLE:
        return "not a certificate that can be parsed"
    return None


def describe_certificate(der: bytes) -> str:
    """Return whose certificate it is, for which names, and until when."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = _alternative_names(certificate)
        ends = certificate.not_valid_after_utc.strftime("%Y-%m-%d")
        return f"{certificate.subject.rfc4514_string()}{f' for {names}' if names else ''}, until {ends}"
    except _UNREADABLE:
        return "a certificate that cannot be parsed"


def _alternative_names(certificate: x509.Certificate) -> str:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return ", ".join(str(name.value) for name in found)


def is_certificate(der: bytes) -> bool:
    """Return whether this is a certificate that can be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        return all(found.extensions) and bool(found.issuer and found.subject and found.public_key())
    except UnsupportedAlgorithm:
        return True
    except _UNREADABLE:
        return False


def pair_fault(certificate: str | None, key: str) -> str | None:
    """Return why a key cannot be used, or does not belong to the first certificate; None if all is well."""
    try:
        private = serialization.load_pem_private_key(key.encode(), None)
    except TypeError:
        return "the client key is encrypted: kubectl cannot ask for its passphrase"
    except _UNREADABLE:
        return "the client key is not a PEM key that can be parsed"
    if certificate is None:
        return None
    try:
        public = x509.load_pem_x509_certificates(certificate.encode())[0].public_key()
    except _UNREADABLE:
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
