"""X.509: the only door to `cryptography`."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from kcfg.dataclass import dataclass
from kcfg.facts import Certificate
from kcfg.pem import certificates, chain, private_key_only
from kcfg.repair import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes, PublicKeyTypes


# What Go reads and `cryptography` does not: keys, and names of X.400 and EDI.
_UNKNOWN = (UnsupportedAlgorithm, x509.UnsupportedGeneralNameType)
_UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, *_UNKNOWN)
_WEAK_HASHES = ("md5", "sha1")
_GO_CURVES = (ec.SECP224R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_GoKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Fault:
    """Why kubectl cannot use a certificate or a key, and what to do."""

    message: str
    hint: str


def read_certificates(pem: bytes) -> list[Certificate]:
    """Return the certificates that kubectl reads in a PEM text: what cannot be parsed is left out."""
    return [_facts(each) for each in _parsed(certificates(pem))]


def _parsed(found: list[bytes]) -> Iterator[x509.Certificate]:
    return (x509.load_der_x509_certificate(der) for der in found if is_certificate(der))


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
    except x509.UnsupportedGeneralNameType:
        return True  # nothing is said of what cannot be known


def certificate_fault(pem: bytes, *, client: bool = False) -> Fault | None:
    """Return why kubectl finds no authority in a PEM text, or cannot show it as a client's; None if all is well."""
    if any(_parsed(chain(pem)[:1] if client else certificates(pem))):
        return None
    return Fault(*explain(pem, f"the {'client certificate' if client else 'certificate authority'}"))


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
    except _UNKNOWN:
        return True
    except _UNREADABLE:
        return False


def pair_fault(certificate: bytes | None, key: bytes) -> Fault | None:
    """Return why kubectl cannot use a key, or that it does not belong to the certificate; None if all is well."""
    private = _read_key(key)
    if private is None:
        return Fault(*explain(key, "the client key"))
    if certificate is None:
        return None
    if fault := certificate_fault(certificate, client=True):
        return fault
    try:
        (first,) = _parsed(chain(certificate)[:1])
        if _spki(private.public_key()) == _spki(first.public_key()):
            return None
    except _UNREADABLE:
        pass
    return Fault("the client key does not match the certificate", "the two must come from the same request")


def _read_key(text: bytes) -> _GoKey | None:
    """Return the private key of a PEM text if it is of a kind that Go signs with."""
    pem = private_key_only(text)
    try:
        key = None if pem is None else serialization.load_pem_private_key(pem, None)
    except _UNREADABLE:
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key if isinstance(key.curve, _GO_CURVES) else None
    return key if isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) else None


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


# Python 3.13 refuses an authority that does not say this, and certificates that do not name their signer's key.
_SIGNS = x509.KeyUsage(
    digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


def make_authority(name: str) -> tuple[bytes, bytes]:
    """Make a self-signed certificate authority for examples and tests: (certificate PEM, key PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key)


def make_server(address: str, authority: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Make a server's certificate for an IP address, signed by `authority`: (certificate PEM, key PEM)."""
    import ipaddress

    issuer = x509.load_pem_x509_certificate(authority[0])
    issuer_key: CertificateIssuerPrivateKeyTypes = serialization.load_pem_private_key(authority[1], None)  # type: ignore[assignment]
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name(address), issuer.subject, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
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


def make_request(name: str, groups: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Make a new key and a request for its client certificate: (request PEM, key PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(name, groups)).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM), _key_pem(key)


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
