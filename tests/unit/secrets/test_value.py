"""What may be stored as a secret: no placeholder, nothing around a token. One check for every command."""

import base64
import json

import pytest
from samples import AUTHORITY, CERTIFICATE, KEY

from kcfg.errors import SecretError
from kcfg.expiry import certificate_validity
from kcfg.importing.entries import Unfit, fit
from kcfg.kubeconfig.decode import decode
from kcfg.migrate import make_migration
from kcfg.secrets.secret import Secret
from kcfg.secrets.value import bare_token, check_kind, validity_of
from kcfg.x509 import make_client
from kcfg.yaml.parse import parse_yaml

PLACEHOLDERS = [
    "REDACTED", "DATA+OMITTED", "***", "*****", "<token>", "<YOUR_TOKEN>", "${{ secrets.TOKEN }}", "{{ token }}",
    "${TOKEN}", "$TOKEN", "$(TOKEN)", "xxxx", "XXXXXXXX", "changeme", "CHANGE-ME", "your-token-here", "[MASKED]",
    "(sensitive value)", '"REDACTED"', "ENC[AES256_GCM,data:cGx1bQ==,type:str]",
]  # fmt: skip
REAL = ["plum", "hunter2", "xxx", "pl*m***", "<plum", "changeme2", "$2y$plum", "your plum", "nonesuch", "plum.xxxx",
        '"plum', "ZXlKa", "ZXlKcGx1bQ=="]  # fmt: skip
JWT = ".".join(
    base64.urlsafe_b64encode(text).decode().rstrip("=") for text in (b'{"alg":"none"}', b'{"sub":"a"}', b"x")
)
AROUND = ["Bearer plum", "bearer plum", "Authorization: Bearer plum", " plum", "plum\t", '"plum"', "'plum'"]


def config_of(user):
    value = {"apiVersion": "v1", "kind": "Config", "users": [{"name": "u", "user": user}]}
    return decode(parse_yaml(json.dumps(value).encode(), "file"))


@pytest.mark.parametrize("value", PLACEHOLDERS)
@pytest.mark.parametrize("kind", ["token", "password", "other"])
def test_placeholders_are_not_stored(value, kind):
    with pytest.raises(SecretError) as caught:
        check_kind(Secret(value), kind)
    assert value not in str(caught.value)
    assert caught.value.hint or caught.value.problems[0].hint


@pytest.mark.parametrize("value", REAL)
@pytest.mark.parametrize("kind", ["token", "password", "other"])
def test_values_that_only_resemble_one_are_stored(value, kind):
    check_kind(Secret(value), kind)


ENCODED = base64.b64encode(JWT.encode()).decode()


@pytest.mark.parametrize("value", [*AROUND, ENCODED, ENCODED.rstrip("=")])
def test_what_stands_around_a_token_is_refused(value):
    with pytest.raises(SecretError) as caught:
        check_kind(Secret(value), "token")
    assert "plum" not in str(caught.value)
    check_kind(Secret(JWT), "token")


@pytest.mark.parametrize("value", [*AROUND, "' Bearer plum '", "\"plum'", "Basic plum", "Bearer", "Bearer ", '""'])
def test_a_token_is_taken_out_of_what_was_copied_with_it(value):
    token, around = bare_token(value)
    if value in AROUND or value == "' Bearer plum '":
        assert (token, bool(around)) == ("plum", True)
    else:
        assert token == value.strip()
    assert bare_token(JWT) == (JWT, [])
    assert bare_token('"p"') == ("p", ["quotes"])


def test_import_leaves_out_what_no_server_takes():
    for value in ("Bearer plum", "REDACTED"):
        with pytest.raises(Unfit, match=r"placeholder|header"):
            fit("users", config_of({"token": value}).users["u"], lambda path: b"")


def test_migrate_stores_the_token_alone_and_says_so():
    (move,) = make_migration(config_of({"token": "Bearer plum"}), lambda path: b"").moves
    assert move.secret.reveal() == "plum"
    assert "`Bearer` around the token left out" in move.note


@pytest.mark.parametrize("value", ["REDACTED", "Basic plum", "***"])
def test_migrate_leaves_a_placeholder_and_says_why(value):
    migration = make_migration(config_of({"token": value}), lambda path: b"")
    assert migration.moves == []
    assert list(migration.reasons) == ["u"]


def test_a_secret_of_properties_has_each_of_them():
    check_kind(Secret('{"a": "plum", "b": "pear"}'), "token", properties=("a", "b"))
    with pytest.raises(SecretError, match="no text property 'c'"):
        check_kind(Secret('{"a": "plum"}'), "token", properties=("a", "c"))


@pytest.mark.parametrize("kind", ["token", "password"])
def test_a_token_or_a_password_is_one_line(kind):
    with pytest.raises(SecretError, match="line breaks"):
        check_kind(Secret("plum\npear"), kind)
    check_kind(Secret("plum\npear"), "other")


PAIR, OTHER = (CERTIFICATE.decode(), KEY.decode()), [each.decode() for each in make_client("other", (), AUTHORITY)]


@pytest.mark.parametrize(
    ("value", "certificate", "fault"),
    [
        ("".join(PAIR), None, None),
        (PAIR[1], PAIR[0], None),
        ("".join(PAIR), PAIR[0], None),
        (PAIR[1], None, "the client key has no certificate"),
        (PAIR[0] + OTHER[1], None, "does not match"),
        (PAIR[0] + OTHER[1], OTHER[0], "does not match"),  # the item's own certificate counts, too
        ("".join(PAIR), OTHER[0], "does not match"),
        (PAIR[1], OTHER[0], "does not match"),
        (PAIR[0], None, "client key"),
        ("plum", PAIR[0], "client key"),
        ("plum", None, "PEM"),  # what is wrong with the key comes first
    ],
)
def test_a_client_key_goes_with_each_certificate_there_is(value, certificate, fault):
    for kind in ("client-key", "client-certificate"):
        if fault is None:
            check_kind(Secret(value), kind, certificate=certificate)
        else:
            with pytest.raises(SecretError, match=fault) as caught:
                check_kind(Secret(value), kind, certificate=certificate)
            assert "plum" not in str(caught.value)


def test_when_a_secret_ends_is_read_from_it_or_from_the_certificate_beside_it():
    claims = base64.urlsafe_b64encode(b'{"nbf":0,"exp":86400}').decode().rstrip("=")
    token = f"eyJhbGciOiJub25lIn0.{claims}.eA"
    ends = certificate_validity(PAIR[0])

    assert validity_of(Secret(token), "token") == ("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z")
    assert validity_of(Secret(token), "password") == ("", "")
    assert all(ends)
    assert validity_of(Secret("".join(PAIR)), "client-key") == ends
    assert validity_of(Secret(PAIR[1]), "client-certificate", PAIR[0]) == ends
    assert validity_of(Secret(PAIR[1]), "client-key") == ("", "")
