"""When credentials end: our own walk against cryptography's."""

import base64
import datetime
import json
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kcfg.expiry import certificate_expiry, certificate_validity, now, token_expiry, token_validity
from kcfg.plainjson import parse_json, quote_json

KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "ci" * 30)])
EARLY = datetime.datetime(1951, 1, 1, tzinfo=datetime.UTC)


def certificate(ends):
    built = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(EARLY)
        .not_valid_after(ends)
        .sign(KEY, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def jwt(claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


@pytest.mark.parametrize("year", [1952, 1999, 2000, 2049, 2050, 9999])
def test_certificate_ends_when_cryptography_says(year):
    ends = datetime.datetime(year, 12, 31, 23, 59, 58, tzinfo=datetime.UTC)

    assert certificate_expiry(certificate(ends)) == ends.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_certificate_begins_when_cryptography_says():
    assert certificate_validity(certificate(EARLY.replace(year=2050)))[0] == "1951-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("claims", "begins", "ends"),
    [
        ({"nbf": 1700000000, "exp": 1700003600}, "2023-11-14T22:13:20Z", "2023-11-14T23:13:20Z"),
        ({"nbf": 1700000000.9}, "2023-11-14T22:13:20Z", ""),
        ({"nbf": "soon", "exp": 1700003600}, "", "2023-11-14T23:13:20Z"),
        ({"nbf": 10**30, "exp": -1}, "", ""),
        ([1], "", ""),
    ],
)
def test_token_begins_and_ends_as_its_claims_say(claims, begins, ends):
    assert token_validity(jwt(claims)) == (begins, ends)


def test_first_certificate_of_a_chain_counts():
    first, second = (certificate(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)) for year in (2030, 2040))

    assert certificate_expiry("# leaf\n" + first + second) == "2030-01-01T00:00:00Z"


@given(st.binary(max_size=400), st.integers(0, 600))
def test_damaged_certificate_has_no_end_and_no_error(noise, at):
    der = x509.load_pem_x509_certificate(VALID.encode()).public_bytes(serialization.Encoding.DER)
    raw = der[:at] + noise + der[at + len(noise) :]
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(raw).decode()}\n-----END CERTIFICATE-----\n"

    assert isinstance(certificate_expiry(pem), str)


VALID = certificate(datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC))


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----", VALID.replace("M", "!", 4), VALID[:200]])
def test_what_is_no_certificate_has_no_end(text):
    assert certificate_expiry(text) == ""


def test_token_ends_at_exp():
    assert token_expiry(jwt({"exp": 2000000000})) == "2033-05-18T03:33:20Z"
    assert token_expiry(jwt({"exp": 2000000000.9})) == "2033-05-18T03:33:20Z"


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b.c",
        "eyJ.b.c",
        "eyJ.é.c",
        jwt({}),
        jwt([]),
        jwt({"exp": "soon"}),
        jwt({"exp": None}),
        jwt({"exp": 253402300800}),
        jwt({"exp": -1}),
        jwt({"exp": float("nan")}),
        jwt({"exp": 10**30}),
        jwt({"nested": {"exp": 1}}),
    ],
)
def test_other_tokens_have_no_end(token):
    assert token_expiry(token) == ""


def test_now_compares_with_ends():
    assert token_expiry(jwt({"exp": 1000000000})) < now() < token_expiry(jwt({"exp": 4000000000}))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_json_is_read_as_json_reads_it(value):
    assert parse_json(f" {json.dumps(value)}\n") == value


@given(st.text())
def test_json_text_is_written_as_json_writes_it(text):
    assert quote_json(text) == json.dumps(text)


@pytest.mark.parametrize("text", ["", "{", '{"a":"', "x", "1 2", "[" * 100000, '"\\', '{"canary": 1'])
def test_broken_json_is_a_value_error_that_quotes_nothing(text):
    with pytest.raises(ValueError, match=r"^not JSON$") as caught:
        parse_json(text)

    assert caught.value.__context__ is None


def test_other_pythons_read_json_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "_json", None)

    assert parse_json('{"a": [1]}') == {"a": [1]}
    assert quote_json("é\n") == '"\\u00e9\\n"'
    with pytest.raises(ValueError, match="not JSON"):
        parse_json("{")
