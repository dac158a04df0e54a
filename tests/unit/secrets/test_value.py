"""What may be stored as a secret: no placeholder, nothing around a token. One check for every command."""

import base64
import json

import pytest

from kcfg.errors import SecretError
from kcfg.importing.entries import Unfit, fit
from kcfg.kubeconfig.decode import decode
from kcfg.migrate import make_migration
from kcfg.secrets.secret import Secret
from kcfg.secrets.value import bare_token, check_kind
from kcfg.yaml.parse import parse_yaml

PLACEHOLDERS = [
    "REDACTED", "DATA+OMITTED", "***", "*****", "<token>", "<YOUR_TOKEN>", "${{ secrets.TOKEN }}", "{{ token }}",
    "${TOKEN}", "$TOKEN", "$(TOKEN)", "xxxx", "XXXXXXXX", "changeme", "CHANGE-ME", "your-token-here", "[MASKED]",
    "(sensitive value)", '"REDACTED"', "ENC[AES256_GCM,data:cGx1bQ==,type:str]",
]  # fmt: skip
REAL = ["plum", "hunter2", "xxx", "pl*m***", "<plum", "changeme2", "$2y$plum", "your plum", "nonesuch", "plum.xxxx"]
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


@pytest.mark.parametrize("value", [*AROUND, base64.b64encode(JWT.encode()).decode()])
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
