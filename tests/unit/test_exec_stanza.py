"""The exec stanza and the plugin are one contract: what the one writes, the other answers."""

import io
import json

import pytest

from kcfg.credential import handle
from kcfg.exec_stanza import make_stanza
from kcfg.secrets.ref import SecretRef
from kcfg.spec.load import load_spec
from kcfg.trust.gate import check_trust
from kcfg.x509 import make_authority, make_client

ENV = {"name": "ci", "provider": "env", "env": {"prefix": "ACME_"}}
BARE_ENV = {"name": "ci", "provider": "env"}
FILE = {"name": "files", "provider": "file", "file": {"directory": "/run/secrets"}}
COMMAND = {"name": "pass", "provider": "command", "command": {"argv": ["pass", "{key}"]}}
KEYRING = {"name": "default", "provider": "keyring"}


def stanza(ref, store, kind="token", **more):
    return make_stanza(ref, kind=kind, spec_name="acme", store=store, **more)


def answer(made, environ):
    """Run the plugin as kubectl would: the credential's status."""
    out, err = io.StringIO(), io.StringIO()
    code = handle(made["args"], environ, out, err)
    assert (code, err.getvalue()) == (0, "")
    return json.loads(out.getvalue())["status"]


@pytest.mark.parametrize(
    ("ref", "store", "place"),
    [
        (SecretRef("ci-bot/token"), KEYRING, ["--keyring", "kcfg/acme/ci-bot/token"]),
        (SecretRef(service="S", username="U", store=""), KEYRING, ["--keyring", "S", "--username", "U"]),
        (SecretRef("ci-bot/token"), ENV, ["--env", "ACME_CI_BOT_TOKEN"]),
        (SecretRef("ci-bot/token"), BARE_ENV, ["--env", "CI_BOT_TOKEN"]),
        (SecretRef("ci-bot/token"), FILE, ["--file", "/run/secrets/ci-bot/token"]),
        (SecretRef("ci-bot/token"), COMMAND, ["--command", "acme/pass", "--key", "ci-bot/token"]),
        (SecretRef("ci", property="p"), ENV, ["--env", "ACME_CI", "--property", "p"]),
    ],
)
def test_args_name_the_place(ref, store, place):
    assert stanza(ref, store)["args"] == ["--kind", "token", *place]


def test_stanza_is_what_kubectl_asks_for():
    made = stanza(SecretRef("a"), ENV)

    assert made["apiVersion"] == "client.authentication.k8s.io/v1"
    assert made["interactiveMode"] == "Never"
    assert made["provideClusterInfo"] is False
    assert made["command"] == "kcfg-credential"
    assert stanza(SecretRef("a"), ENV, command="/opt/kcfg-credential")["command"] == "/opt/kcfg-credential"


def test_plugin_answers_an_env_stanza():
    assert answer(stanza(SecretRef("ci-bot"), ENV), {"ACME_CI_BOT": "planted"}) == {"token": "planted"}


def test_plugin_picks_the_property():
    made = stanza(SecretRef("ci-bot", property="access"), ENV)

    assert answer(made, {"ACME_CI_BOT": '{"access": "planted", "refresh": "other"}'}) == {"token": "planted"}


def test_plugin_answers_a_file_stanza(tmp_path):
    (tmp_path / "ci-bot").mkdir()
    (tmp_path / "ci-bot/token").write_text("planted\n")
    (tmp_path / "ci-bot/token").chmod(0o600)
    store = {**FILE, "file": {"directory": str(tmp_path)}}

    assert answer(stanza(SecretRef("ci-bot/token"), store), {}) == {"token": "planted"}


def test_plugin_answers_a_certificate_stanza():
    certificate, key = (part.decode() for part in make_client("dev", (), make_authority("ca")))
    made = stanza(SecretRef("dev"), ENV, "client-certificate", certificate_pem=certificate)
    status = answer(made, {"ACME_DEV": key})

    assert (status["clientCertificateData"], status["clientKeyData"]) == (certificate, key)
    assert "PRIVATE" not in str(made)


def test_plugin_answers_a_command_stanza_of_a_trusted_spec(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
        "secretStores: [{name: pass, provider: command, command: {argv: [echo, 'of {key}']}}]\n"
    )
    environ = {"XDG_STATE_HOME": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    check_trust(load_spec(str(tmp_path)), environ).remember()

    assert answer(stanza(SecretRef("ci-bot"), COMMAND), environ) == {"token": "of ci-bot"}


@pytest.mark.parametrize("option", ["--key", "--property"])
@pytest.mark.parametrize("words", ["x; touch PWNED", "$(touch PWNED)", "--output=PWNED", "../x", "a b", "x\n"])
def test_plugin_gives_a_trusted_command_no_words_but_plain_ones(option, words, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
        "secretStores: [{name: pass, provider: command, command: {argv: [sh, -c, 'echo {key} {property}']}}]\n"
    )
    environ = {"XDG_STATE_HOME": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    check_trust(load_spec(str(tmp_path)), environ).remember()
    given = {"--kind": "token", "--command": "acme/pass", "--key": "x", "--property": "y", option: words}
    out, err = io.StringIO(), io.StringIO()

    assert handle([word for pair in given.items() for word in pair], environ, out, err) == 1
    assert out.getvalue() == ""
    assert option[2:] in err.getvalue()
    assert not (tmp_path / "PWNED").exists()
