"""A folder with real certificates, keys and tokens of every kind that the rules look for."""

import base64
import datetime
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
_PEM = serialization.Encoding.PEM


def certificate(name, start, end, *, ca=None, key=None, issuer=None):
    """A certificate and its key as PEM: self-signed, or by an issuer (name, key)."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer_name, signer = issuer or (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + start * DAY)
        .not_valid_after(NOW + end * DAY)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    made = builder.sign(signer, hashes.SHA256())
    return made.public_bytes(_PEM), pem_key(key), (subject, key)


def pem_key(key, password=None):
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, how)


def jwt(exp, **more):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    ends = {"exp": int(exp.timestamp())} if exp else {}
    return f"{part({'alg': 'none'})}.{part({**ends, 'sub': 'test', **more})}.c2ln"


def _make():
    ca, ca_key, issuer = certificate("test-ca", -1, 3650, ca=True)
    files = {"ca.crt": ca, "expired-ca.crt": certificate("old-ca", -100, -1, ca=True)[0]}
    for name, start, end, key in (
        ("client", -1, 365, None),
        ("expired", -100, -1, None),
        ("soon", -1, 10, None),
        ("early", 5, 365, None),
        ("weak", -1, 365, rsa.generate_private_key(65537, 1024)),
    ):
        files[f"{name}.crt"], files[f"{name}.key"], _ = certificate(name, start, end, key=key, issuer=issuer)
    files["both.pem"], files["ca-and-key.pem"] = files["client.crt"] + files["client.key"], ca_key + ca
    files["locked.key"] = pem_key(ec.generate_private_key(ec.SECP256R1()), b"planted")
    files["open.key"] = files["client.key"]
    files["windows.crt"] = ca.replace(b"\n", b"\r\n")
    files["broken.crt"] = ca[:200] + b"\n-----END CERTIFICATE-----\n"
    files["token.txt"] = files["open.txt"] = b"planted-opaque"
    files["ended.jwt"] = jwt(NOW - DAY).encode()
    files["fresh.jwt"] = jwt(NOW + 90 * DAY).encode()
    files["early.jwt"] = jwt(NOW + 90 * DAY, nbf=int((NOW + DAY).timestamp())).encode()
    files["empty.txt"] = b" \n"
    return files


FILES = _make()


def filled_in(text):
    """An example with the base64 of files for `<NAME>`, and their text for `<<NAME>>`."""
    for name, content in FILES.items():
        text = text.replace(f"<<{name}>>", content.decode())
        text = text.replace(f"<{name}>", base64.b64encode(content).decode())
    return text


@pytest.fixture
def world(tmp_path, monkeypatch):
    """The files in a folder of their own, which is the working directory."""
    folder = tmp_path / "world"
    folder.mkdir(mode=0o755)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o644 if name.startswith("open.") else 0o600)
    (folder / "shared").mkdir()
    (folder / "shared").chmod(0o777)
    monkeypatch.chdir(folder)
    return folder
