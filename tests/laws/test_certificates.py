"""Certificates of the common shape, read without `cryptography`: whatever the reader takes, `cryptography` takes too.

The reader may pass over anything; that it takes what Kubernetes and its tools make is asked as well.
"""

import copy
import datetime
import ipaddress
import os
from unittest import mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from der import encoded, places, tree
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kcfg.certificate import certificate_fault, is_common, read_certificates
from kcfg.facts import common_facts
from kcfg.pem import write_block
from kcfg.x509 import certificate_fault as slow_fault
from kcfg.x509 import is_certificate, make_authority, make_client, make_server
from kcfg.x509 import read_certificates as slow_facts

MANY = settings(max_examples=int(os.environ.get("KCFG_EXAMPLES", "30")) * 10, deadline=None)
KEYS = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "RSA, 3": rsa.generate_private_key(3, 1024),
    **{
        curve.name: ec.derive_private_key(2**200 + 17, curve)
        for curve in (ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
    },
    "Ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32),
}
HASHES = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
YEARS = ((1999, 2049), (2026, 2050), (2051, 9999))
USAGE = x509.KeyUsage(True, False, True, False, False, True, False, False, False)
ADDRESSES = [x509.IPAddress(ipaddress.ip_address(each)) for each in ("192.0.2.1", "2001:db8::1")]


def made(key, sign, years, *, more=False):
    """A certificate with every extension that Kubernetes and its tools write; or with what the reader passes over."""
    attributes = [
        (NameOID.COUNTRY_NAME, "DE"),
        (NameOID.ORGANIZATION_NAME, "système:masters"),
        (NameOID.COMMON_NAME, "x" * 64),
    ]
    name = x509.Name([x509.NameAttribute(*each) for each in attributes])
    begins, ends = (datetime.datetime(year, 2, 28, 23, 59, 59) for year in years)
    public = key.public_key()
    extensions = [
        (x509.BasicConstraints(ca=True, path_length=1), True),
        (USAGE, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
        (x509.SubjectAlternativeName([x509.DNSName("kubernetes.default.svc"), *ADDRESSES]), False),
    ]
    if more:
        extensions.append((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x"), False))
    built = x509.CertificateBuilder(name, name, public, 2**158 + 1, begins, ends)
    for extension, critical in extensions:
        built = built.add_extension(extension, critical=critical)
    return built.sign(key, sign).public_bytes(serialization.Encoding.DER)


COMMON = {
    f"{name}, {sign.name if sign else 'no hash'}, {years[1]}": made(key, sign, years)
    for name, key in KEYS.items()
    for sign, years in zip([None] * 3 if name == "Ed25519" else HASHES, YEARS, strict=True)
}
AUTHORITY = make_authority("ca")
DER = [x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER) for pem in (
    AUTHORITY[0], make_client("me", ("system:masters",), AUTHORITY)[0], make_server("192.0.2.1", AUTHORITY)[0],
)]  # fmt: skip
SAMPLES = [*COMMON.values(), *DER]


@pytest.mark.parametrize("name", COMMON)
def test_what_kubernetes_and_its_tools_make_is_read_here(name):
    assert is_common(COMMON[name])
    assert is_certificate(COMMON[name])


def test_kcfgs_own_are_read_here():
    assert all(map(is_common, DER))


def test_what_is_not_common_is_passed_over():
    assert not is_common(made(KEYS["secp256r1"], hashes.SHA256(), YEARS[0], more=True))
    assert not any(map(is_common, (b"", b"0", b"0\x80", DER[0][:-1], DER[0] + b"\0")))


BYTES = st.binary(max_size=3) | st.sampled_from([b"\0", b"\x80", b"\xff", b"\x01", b"Z", b"*", b"\xc3\xa9"])
TAGS = st.sampled_from(
    [
        0x01,
        0x02,
        0x03,
        0x04,
        0x05,
        0x06,
        0x0C,
        0x13,
        0x14,
        0x16,
        0x17,
        0x18,
        0x1E,
        0x30,
        0x31,
        0xA0,
        0xA3,
        0x80,
        0x82,
        0x87,
    ]
)


@st.composite
def changed(draw):
    """A certificate of which one to three elements are others, gone, there twice, or elsewhere; DER all the same."""
    parts = tree(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        every = [*places(parts)]
        if not every:
            break
        siblings, index = draw(st.sampled_from(every))
        tag, content = siblings[index]
        what = draw(st.sampled_from(["tag", "content", "gone", "twice", "moved", "one from elsewhere"]))
        if what == "tag":
            siblings[index] = [draw(TAGS), content]
        elif what == "content" and isinstance(content, bytes):
            start = draw(st.integers(0, len(content)))
            siblings[index] = [tag, content[:start] + draw(BYTES) + content[start + draw(st.integers(0, 2)) :]]
        elif what == "content":
            content[1] += draw(BYTES)
        elif what == "gone":
            del siblings[index]
        elif what == "twice":
            siblings.insert(index, copy.deepcopy(siblings[index]))
        elif what == "moved":
            siblings.insert(draw(st.integers(0, len(siblings) - 1)), siblings.pop(index))
        else:
            others, other = draw(st.sampled_from(every))
            if other < len(others):
                siblings[index] = copy.deepcopy(others[other])
    return encoded(parts)


def same_facts(der):
    """Assert that what is read here is what `cryptography` says, and return whether it is read here."""
    found = common_facts(der) if is_common(der) else None
    assert found is None or [found] == slow_facts(write_block("CERTIFICATE", der))
    return found is not None


@pytest.mark.parametrize("name", COMMON)
def test_facts_of_common_ones_are_read_here(name):
    assert same_facts(COMMON[name]) == ("RSA, 3" not in name)  # a short key is for `cryptography` to tell


KINDS = (
    *(NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.LOCALITY_NAME),
    *(NameOID.STATE_OR_PROVINCE_NAME, NameOID.TITLE),
)
TEXT = st.text(st.sampled_from('ab é:,+"\\<>;#=/\n') | st.characters(codec="utf-8"), min_size=1, max_size=9)
PRINTABLE = st.text("ab :,+-=/", min_size=1, max_size=9)
ATTRIBUTE = st.tuples(st.sampled_from(KINDS), TEXT | PRINTABLE) | st.tuples(st.just(NameOID.SERIAL_NUMBER), PRINTABLE)
NAMES = st.lists(ATTRIBUTE, min_size=1, max_size=4)
DAYS = st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(9990, 1, 1))


@MANY
@given(NAMES, DAYS, st.sampled_from(["RSA", "RSA, 3", "secp256r1"]), st.sampled_from([None, True, False]))
def test_facts_are_those_that_cryptography_reads(attributes, starts, key, ca):
    name, key = x509.Name([x509.NameAttribute(*each) for each in attributes]), KEYS[key]
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    built = x509.CertificateBuilder(issuer, name, key.public_key(), 7, starts, starts + datetime.timedelta(1000))
    built = built.add_extension(x509.SubjectKeyIdentifier(b"key"), critical=False)
    if ca is not None:
        built = built.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    der = built.sign(KEYS["secp256r1"], hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    event(f"read here: {same_facts(der)}")


@MANY
@given(changed())
def test_facts_of_other_elements_are_those_that_cryptography_reads(der):
    same_facts(der)


@MANY
@given(changed())
def test_what_is_taken_of_other_elements_cryptography_takes(der):
    event(f"taken here: {is_common(der)}, there: {is_certificate(der)}")
    assert not is_common(der) or is_certificate(der)


@MANY
@given(st.sampled_from(SAMPLES), st.integers(0, 1500), BYTES, st.integers(0, 2))
def test_what_is_taken_of_other_bytes_cryptography_takes(der, at, written, gone):
    der = der[: at % len(der)] + written + der[at % len(der) + gone :]

    assert not is_common(der) or is_certificate(der)


BLOCKS = [
    *(write_block("CERTIFICATE", der) for der in (*SAMPLES[:3], SAMPLES[0][:-9], b"0\0")),
    b"# text\n",
    AUTHORITY[1],
]


@MANY
@given(st.lists(st.sampled_from(BLOCKS), max_size=4).map(b"".join), st.booleans())
def test_a_text_has_the_same_fault_with_and_without_the_reader(pem, client):
    said = certificate_fault(pem, client=client)
    with mock.patch.dict(os.environ, {"KCFG_NO_FASTPATH": "1"}):
        assert certificate_fault(pem, client=client) == said == slow_fault(pem, client=client)


@MANY
@given(st.lists(st.sampled_from(BLOCKS), max_size=4).map(b"".join))
def test_a_text_says_the_same_with_and_without_the_reader(pem):
    assert read_certificates(pem) == slow_facts(pem)
