"""Certificate and key in one item: as PEM blocks or as an object, whole or with damage."""

import json

import pytest

from kcfg.errors import SecretError
from kcfg.secrets.pair import join_pair, repair_pair, split_pair
from kcfg.x509 import make_authority, make_client

CERTIFICATE, KEY = (each.decode() for each in make_client("a", (), make_authority("ca")))
IN_ONE_LINE = KEY.replace("\n", " ").strip()


def test_one_object_of_both_is_split_into_both():
    joined = join_pair(CERTIFICATE, KEY)

    assert json.loads(joined) == {"clientCertificateData": CERTIFICATE, "clientKeyData": KEY}
    assert '", "' not in joined
    assert split_pair(joined) == split_pair(f" \n{joined}\n") == (CERTIFICATE, KEY)


def test_blocks_of_both_are_split_in_either_order():
    assert split_pair(CERTIFICATE + KEY) == split_pair(f"{KEY}notes\n{CERTIFICATE}") == (CERTIFICATE, KEY)


def test_a_key_alone_is_the_value_as_it_is():
    assert split_pair(KEY) == (None, KEY)
    assert split_pair("no PEM at all") == (None, "no PEM at all")
    assert split_pair(json.dumps({"clientKeyData": KEY})) == (None, KEY)
    assert split_pair(json.dumps({"clientKeyData": KEY, "clientCertificateData": ""})) == (None, KEY)


def test_a_certificate_beside_a_key_that_cannot_be_read_leaves_the_value_to_whoever_checks_it():
    broken = CERTIFICATE + "-----BEGIN PRIVATE KEY-----\nplum\n"

    assert split_pair(broken) == (CERTIFICATE, broken)


@pytest.mark.parametrize(
    "value",
    ["{", "{}", '{"clientKeyData": ""}', '{"clientKeyData": 5}', '{"clientKeyData": ["plum"]}', '{"a": "plum"}'],
)
def test_an_object_without_a_key_is_refused_and_not_quoted(value):
    with pytest.raises(SecretError) as caught:
        split_pair(value)

    assert caught.value.message == "the stored item is JSON, but holds no clientKeyData"
    assert caught.value.__context__ is None
    assert "property" in caught.value.hint


def test_pem_of_an_object_is_mended_and_its_other_fields_stay():
    whole = join_pair(CERTIFICATE, KEY).encode()
    assert repair_pair(whole) == (whole, [])

    mended, wrong = repair_pair(json.dumps({"clientKeyData": IN_ONE_LINE, "note": "mine"}).encode())
    assert json.loads(mended) == {"clientKeyData": KEY, "note": "mine"}
    assert b", " not in mended
    assert len(wrong) == 1

    both = {"clientKeyData": IN_ONE_LINE, "clientCertificateData": CERTIFICATE.replace("\n", " ").strip()}
    mended, wrong = repair_pair(json.dumps(both).encode())
    assert split_pair(mended.decode()) == (CERTIFICATE, KEY)
    assert len(wrong) == len({*wrong}) == 1


def test_pem_that_is_no_object_is_mended_as_any_is():
    mended, wrong = repair_pair(IN_ONE_LINE.encode())

    assert (mended.decode(), len(wrong)) == (KEY, 1)
    assert repair_pair(KEY.encode()) == (KEY.encode(), [])


@pytest.mark.parametrize("value", [b"{", b" {]", b'{"clientKeyData": 5}', b'{"clientKeyData": ["x"]}'])
def test_what_is_no_such_object_stays_as_it_is(value):
    assert repair_pair(value) == (value, [])
