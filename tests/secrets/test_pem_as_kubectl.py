"""PEM texts as people have them: the verdict on the bytes is kubectl's, and what was repaired kubectl takes."""

import base64
import datetime
import functools
import json
import ssl
import subprocess

import pytest
from answers import Judged
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from der import encoded, places, tree
from fleet_servers import Fleet
from lint_world import pem_key

from kcfg.certificate import certificate_fault
from kcfg.repair import repair
from kcfg.secrets.value import mend_key
from kcfg.x509 import pair_fault

_PEM, _PLAIN = serialization.Encoding.PEM, serialization.NoEncryption()
_FORMS = serialization.PrivateFormat
# The same in every run, so that what kubectl says of them can be kept: of two well-known primes, signed without chance.
P, Q = 3 * 2**1022 + 1037, 2**1024 - 105
_D = pow(65537, -1, (P - 1) * (Q - 1))
_PUBLIC = rsa.RSAPublicNumbers(65537, P * Q)
SIGNER = rsa.RSAPrivateNumbers(P, Q, _D, _D % (P - 1), _D % (Q - 1), pow(Q, -1, P), _PUBLIC).private_key()
YEARS = datetime.datetime(2020, 1, 1), datetime.datetime(2049, 1, 1)


def signed(name, key, *extensions):
    """A certificate for a key, by the authority, as PEM: the same for the same."""
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, "fleet"))
    built = x509.CertificateBuilder(issuer, subject, key.public_key(), 2**100 + len(name), *YEARS)
    for extension, critical in extensions:
        built = built.add_extension(extension, critical)
    return built.sign(SIGNER, hashes.SHA256()).public_bytes(_PEM)


_SIGNS = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
AUTHORITY = signed(
    "fleet",
    SIGNER,
    (x509.BasicConstraints(ca=True, path_length=0), True),
    (_SIGNS, True),
    (x509.SubjectKeyIdentifier.from_public_key(SIGNER.public_key()), False),
)
IS_CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False


def client(name, number):
    key = ec.derive_private_key(number, ec.SECP256R1())
    return signed(name, key, IS_CLIENT), pem_key(key)


OTHER = client("other", 2**200 + 19)


def pkcs1(key):
    return key.private_bytes(_PEM, _FORMS.TraditionalOpenSSL, _PLAIN)


def labelled(pem, label):
    old = pem.split(b"-----")[1].removeprefix(b"BEGIN ")
    return pem.replace(b"BEGIN " + old, b"BEGIN " + label).replace(b"END " + old, b"END " + label)


def quoted(pem):
    return b'"' + pem.strip() + b'"'


# What becomes of a text on the way through a terminal, a CI variable, a template, a mail; whether it can be repaired.
FORMS = {
    "as it is": (lambda pem: pem, True),
    "on one line": (lambda pem: pem.replace(b"\n", b" "), True),
    "joined": (lambda pem: pem.replace(b"\n", b""), True),
    "indented": (lambda pem: b"".join(b"    " + line for line in pem.splitlines(True)), True),
    "indented by tabs": (lambda pem: pem.replace(b"\n", b"\n\t"), True),
    "a byte order mark": (lambda pem: b"\xef\xbb\xbf" + pem, True),
    "UTF-16": (lambda pem: b"\xff\xfe" + pem.decode().encode("utf-16-le"), True),
    "Windows line ends": (lambda pem: pem.replace(b"\n", b"\r\n"), True),
    "old Mac line ends": (lambda pem: pem.replace(b"\n", b"\r"), True),
    "quoted": (quoted, True),
    "written-out line breaks": (lambda pem: pem.replace(b"\n", b"\\n"), True),
    "as in JSON": (lambda pem: json.dumps(pem.decode()).encode(), True),
    "escaped twice": (lambda pem: pem.replace(b"\n", b"\\\\r\\\\n"), True),
    "base64": (base64.b64encode, True),
    "text around": (lambda pem: b"Bag Attributes\n  name: a\n" + pem + b"-- \nthe end\n", True),
    "Latin-1 around": (lambda pem: b"# M\xfcnchen\n" + pem, True),
    "blank lines around": (lambda pem: b"\n\n" + pem + b"\n\n", True),
    "no line break at the end": (lambda pem: pem.rstrip(), True),
    "its body on one line": (
        lambda pem: b"\n".join([pem.split(b"\n")[0], b"".join(pem.split(b"\n")[1:-2]), pem.split(b"\n")[-2]]), True,
    ),
    "blanks at line ends": (lambda pem: pem.replace(b"\n", b" \t\n"), True),
    "behind a field's name": (lambda pem: b"key: " + pem, False),
    "a comment": (lambda pem: b"".join(b"# " + line for line in pem.splitlines(True)), False),
    "cut short": (lambda pem: pem[: len(pem) // 2], False),
    "a letter lost": (lambda pem: pem[:100] + pem[101:], False),
    "its END lost": (lambda pem: pem[: pem.rindex(b"-----END")], False),
    "another END": (lambda pem: pem.replace(b"-----END ", b"-----END OLD "), False),
    "DER": (lambda pem: base64.b64decode(b"".join(pem.split(b"\n")[1:-2])), False),
    "empty lines alone": (lambda pem: b"\n\n", False),
}  # fmt: skip


ALGORITHMS = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "P-256": lambda: ec.derive_private_key(2**200 + 21, ec.SECP256R1()),
    "P-521": lambda: ec.derive_private_key(2**200 + 21, ec.SECP521R1()),
    "secp256k1": lambda: ec.derive_private_key(2**200 + 21, ec.SECP256K1()),
    "Ed25519": lambda: ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32),
}
PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
# Each kind of key: what Go makes of the label and the form.
KINDS = {
    "PKCS#8": pem_key,
    "its own form": pkcs1,
    "its own form under PRIVATE KEY": lambda key: labelled(pkcs1(key), b"PRIVATE KEY"),
    "PKCS#8 under RSA PRIVATE KEY": lambda key: labelled(pem_key(key), b"RSA PRIVATE KEY"),
    "encrypted": lambda key: pem_key(key, b"planted"),
    "encrypted before plain": lambda key: pem_key(key, b"planted") + pem_key(key),
    "with a header": lambda key: pem_key(key).replace(b"-----\n", b"-----\nComment: a\n\n", 1),
}
KEYS = {f"{name}, {kind}": (name, form) for name in [*ALGORITHMS][:-1] for kind, form in KINDS.items()} | {
    "Ed25519": ("Ed25519", pem_key),
    "OpenSSH": ("Ed25519", lambda key: key.private_bytes(_PEM, _FORMS.OpenSSH, _PLAIN)),
    "EC parameters before it": ("P-256", lambda key: PARAMETERS + pkcs1(key)),
    "a key of another": ("Ed25519", lambda key: OTHER[1]),
}


@functools.cache
def key_of(name):
    """Return a key, once made: for RSA that is a tenth of a second."""
    return ALGORITHMS[name]()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    fleet = Fleet(tmp_path_factory.mktemp("pem"))
    fleet.authority, fleet.client = (AUTHORITY, pem_key(SIGNER)), client("admin", 2**200 + 17)
    fleet.server = fleet.start()
    yield fleet
    fleet.close()


@pytest.fixture(scope="module")
def taken(world, kubectl_path):
    """Whether the real kubectl reaches the server with these bytes, as it would with a kubeconfig of a user.

    What many texts are repaired to is one: of the same bytes it is asked once.
    """

    @functools.cache
    def taken(authority=None, shown=None, key=None):
        judged = Judged("PEM", kubectl_path, __file__, authority, shown, key)
        found = next((each for each in (True, False) if judged.is_right(each)), None)
        if found is None:
            judged.keep(found := ask(authority, shown, key))
        return found

    def ask(authority, shown, key):
        data = {"client-certificate-data": shown or world.client[0], "client-key-data": key or world.client[1]}
        world.user("u", **{field: base64.b64encode(content).decode() for field, content in data.items()})
        world.context("c", world.server.url, "u")
        world.clusters["c"] = {
            "server": world.server.url,
            "certificate-authority-data": base64.b64encode(authority or world.authority[0]).decode(),
        }
        words = [kubectl_path, "--kubeconfig", world.write(), "get", "--raw", "/version", "--request-timeout=5s"]
        for _ in range(5):
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
            # The server hung up while kubectl was still writing: it has not read why.
            if not any(each in done.stderr for each in ("broken pipe", "connection reset")):
                break
        assert done.returncode == 0 or any(
            each in done.stderr for each in ("certificate authority", "tls:", "x509:", "parse", "PEM")
        ), done.stderr
        return done.returncode == 0

    return taken


@pytest.mark.kubectl
@pytest.mark.parametrize("name", FORMS)
def test_what_became_of_a_key(name, world, taken):
    form, repairable = FORMS[name]
    shown, key = world.client
    broken = form(key)
    assert (pair_fault(shown, broken) is None) == taken(key=broken)
    if repairable:
        mended, note = mend_key(broken)
        assert pair_fault(shown, mended.encode()) is None
        assert taken(key=mended.encode())
        assert mended.encode() == broken or note
    else:
        assert repair(broken) == (broken, [])


@pytest.mark.kubectl
@pytest.mark.parametrize("name", FORMS)
def test_what_became_of_a_certificate(name, world, taken):
    form, repairable = FORMS[name]
    shown, key = world.client
    broken = form(shown)
    reads = taken(shown=broken)
    assert (certificate_fault(broken, client=True) is None) == reads
    assert (pair_fault(broken, key) is None) == reads
    if repairable:
        assert taken(shown=repair(broken)[0])


@pytest.mark.kubectl
@pytest.mark.parametrize("name", FORMS)
def test_what_became_of_an_authority(name, world, taken):
    form, repairable = FORMS[name]
    broken = form(world.authority[0])
    assert (certificate_fault(broken) is None) == taken(authority=broken)
    if repairable:
        assert taken(authority=repair(broken)[0])


@functools.cache
def shown_for(algorithm):
    """Return the certificate of a key."""
    return signed("admin", key_of(algorithm))


@pytest.mark.kubectl
@pytest.mark.parametrize("name", KEYS)
def test_kinds_of_keys(name, world, taken):
    algorithm, form = KEYS[name]
    text = form(key_of(algorithm))
    shown = shown_for(algorithm)
    reads = taken(shown=shown, key=text)
    assert (pair_fault(shown, text) is None) == reads
    mended, note = mend_key(text)
    if reads:
        assert taken(shown=shown, key=mended.encode())
        assert ("label" in note) == ("under" in name)


BUNDLES = {
    "garbage first": lambda one, two: b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n" + one,
    "garbage last": lambda one, two: one + b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    "with a header": lambda one, two: one.replace(b"-----\n", b"-----\nComment: a\n\n", 1),
    "another first": lambda one, two: two + one,
    "another last": lambda one, two: one + two,
    "another label": lambda one, two: labelled(one, b"X509 CERTIFICATE"),
    "the first with a byte order mark": lambda one, two: b"\xef\xbb\xbf" + two + one,
}


@pytest.mark.kubectl
@pytest.mark.parametrize("name", BUNDLES)
def test_more_than_one(name, world, taken):
    shown, key = world.client
    one = BUNDLES[name](world.authority[0], OTHER[0])
    assert (certificate_fault(one) is None) == taken(authority=one)
    two = BUNDLES[name](shown, OTHER[0])
    assert (pair_fault(two, key) is None) == taken(shown=two)


def altered(pem, change):
    """A certificate whose list of extensions is another one; who trusts it does not look at its own signature."""
    parts = tree(ssl.PEM_cert_to_DER_cert(pem.decode()))
    ((_, [[(_, extensions)], _]),) = [
        siblings[index] for siblings, index in places(parts) if siblings[index][0] == 0xA3
    ]
    change(extensions[0])
    return ssl.DER_cert_to_PEM_cert(encoded(parts)).encode()


EXTENSIONS = {
    "as they are": lambda several: None,
    "one twice": lambda several: several.append(several[0]),
    "in another order": lambda several: several.reverse(),
    "one of no meaning": lambda several: several.append([0x30, [[[0x06, b"\x2a\x03"], [0x04, b"x"]], b""]]),
    "an X.400 address": lambda several: several.append(
        [0x30, [[[0x06, b"\x55\x1d\x11"], [0x04, b"\x30\x02\xa3\x00"]], b""]]
    ),
}


@pytest.mark.kubectl
@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_authority_with_other_extensions(name, world, taken):
    broken = altered(world.authority[0], EXTENSIONS[name])
    assert (certificate_fault(broken) is None) == taken(authority=broken)
