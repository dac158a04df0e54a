"""What a secret is: one answer for redaction, lint, scan and import, for known plugins and for all others.

Values that look like tokens are put together here: no file of the project holds one.
"""

import base64
import json

import pytest

from kcfg.errors import FileError
from kcfg.importing.entries import Unfit, fit
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.plugins_table import FLAGS, PROVIDERS, VARIABLES
from kcfg.kubeconfig.redact import redact
from kcfg.scan import find_secrets
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.parse import parse_yaml

PLUM = "plum-plum"
COMMANDS = {"kubectl-oidc_login": ("kubectl", ["oidc-login", "get-token"])}


def stanza(command, args=(), env=()):
    return {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": list(args),
        "env": [{"name": name, "value": value} for name, value in env], "interactiveMode": "Never",
    }}  # fmt: skip


def of(program, *args):
    command, before = COMMANDS.get(program, (program, []))
    return stanza(command, [*before, *args])


def provider(name, config):
    return {"auth-provider": {"name": name, "config": config}}


def config_of(user, **more):
    return {"apiVersion": "v1", "kind": "Config", "users": [{"name": "u", "user": user}], **more}


def shown(config):
    return dump_yaml(redact(decode(parse_yaml(json.dumps(config).encode(), "file"))).to_value(unknown=True))


def found(config):
    return find_secrets(json.dumps(config).encode(), "file")


def imported(user):
    """What a spec would say, or None where import leaves the user out."""

    def read(path):
        raise FileError("no such file")

    try:
        return fit("users", decode(parse_yaml(json.dumps(config_of(user)).encode(), "file")).users["u"], read)
    except Unfit:
        return None


def dashed(flag):
    return f"-{flag}" if len(flag) == 1 else f"--{flag}"


SECRET_FLAGS = [(program, dashed(flag)) for program, (secret, _) in FLAGS.items() for flag in sorted(secret)]
HARMLESS_FLAGS = [(program, dashed(flag)) for program, (_, harmless) in FLAGS.items() for flag in sorted(harmless)]


@pytest.mark.parametrize(("program", "flag"), SECRET_FLAGS)
def test_a_secret_flag_of_a_known_plugin(program, flag):
    for args in ([flag, PLUM], [f"{flag}={PLUM}"]):
        user = of(program, *args)
        assert PLUM not in shown(config_of(user))
        assert len(found(config_of(user))) == 1
        assert imported(user) is None


@pytest.mark.parametrize(("program", "flag"), HARMLESS_FLAGS)
def test_a_harmless_flag_of_a_known_plugin(program, flag):
    for args in ([flag, PLUM], [f"{flag}={PLUM}"], [flag]):
        user = of(program, *args)
        assert args[-1] in shown(config_of(user))
        assert found(config_of(user)) == []
        assert imported(user) is not None


@pytest.mark.parametrize("name", sorted(VARIABLES[0]))
def test_a_secret_variable(name):
    user = stanza("login", env=[(name, PLUM)])
    assert PLUM not in shown(config_of(user))
    assert len(found(config_of(user))) == 1
    assert [each.secret.reveal() for each in imported(user).secrets] == [PLUM]


@pytest.mark.parametrize("name", sorted(VARIABLES[1]))
def test_a_harmless_variable(name):
    user = stanza("login", env=[(name, PLUM)])
    assert PLUM in shown(config_of(user))
    assert found(config_of(user)) == []
    assert imported(user).secrets == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_settings_of_providers(name):
    secret, harmless = PROVIDERS[name]
    user = provider(name, {key: f"{PLUM}-{key}" for key in sorted(secret)} | dict.fromkeys(harmless, "fig"))
    assert PLUM not in shown(config_of(user))
    assert shown(config_of(user)).count(": fig\n") == len(harmless)
    assert len(found(config_of(user))) == len(secret)
    assert len(imported(user).secrets) == len(secret)


def part(*parts):
    return "".join(parts)


def b64(text):
    return base64.b64encode(text.encode()).decode()


JWT = ".".join((b64('{"alg":"none"}').rstrip("="), b64('{"sub":"plum"}').rstrip("="), "c2ln" * 8))
PEM = part("-----BEGIN PRIVATE", " KEY-----\n", b64("plum" * 12), "\n-----END PRIVATE", " KEY-----\n")
TOKENS = {
    "jwt": JWT,
    "jwt-in-base64": b64(JWT),
    "pem": PEM,
    "pem-in-base64": b64(PEM),
    "pem-in-base64-twice": b64(b64(PEM)),
    "github": part("gh", "p_", "a1B2" * 9),
    "gitlab": part("gl", "pat-", "a1B2" * 5),
    "slack": part("xo", "xb-", "1234-abcd-" * 3),
    "aws-id": part("AK", "IA", "ABCD" * 4),
    "openshift": part("sha", "256~", "aB3_" * 10),
    "rancher": part("kubeconfig", "-u-abcde:", "bcdf5" * 10),
    "digitalocean": part("do", "p_v1_", "0a1b" * 16),
    "eks": part("k8s-aws", "-v1.", "aHR0" * 10),
}
IN_TEXT = {
    "short-flag": ["-p", PLUM],
    "short-flag-attached": ["-pPlum1-plum-plum"],
    "short-flag-any": ["-x", part("Plum1-plum", "-plum9ABCDE")],
    "user-and-password": ["-u", f"me:{PLUM}"],
    "shell": ["-c", f"curl -u me:{PLUM} https://login.example.com"],
    "shell-flag": ["-c", f"login --password {PLUM} --quiet"],
    "shell-short": ["-c", f"login -p {PLUM}"],
    "json": [json.dumps({"user": {"name": "me", "password": PLUM}})],
    "json-flag": [f"--options={json.dumps({'clientSecret': PLUM})}"],
    "header": ["-H", f"X-Api-Key: {PLUM}"],
    "basic": ["-H", f"Authorization: Basic {b64('me:' + PLUM)}"],
    "unset-words": ["--pw", PLUM],
    "env": [f"LOGIN_PASSWORD={PLUM}", "login"],
    "url": [f"https://me:{PLUM}@login.example.com"],
    "query": [f"https://login.example.com/?a=b&sig={PLUM}"],
    "fragment": [f"https://login.example.com/#access_token={PLUM}"],
    "auth": ["--auth", PLUM],  # means a secret for a plugin that nobody knows
    "auth-with-harmless-look": ["--auth", "security_token"],
}


@pytest.mark.parametrize("what", TOKENS)
def test_tokens_of_well_known_kinds_are_found_wherever_they_stand(what):
    token = TOKENS[what]
    for user in (
        of("login", token), of("login", f"--with={token}"), of("login", f"ask {token} now"),
        stanza("login", env=[("PLAIN", token)]), provider("other", {"plain": token}), {"as": token},
    ):  # fmt: skip
        assert token.strip() not in shown(config_of(user)), user
        assert found(config_of(user)), user
    text = f"https://example.com/{token.strip()}/x"
    cluster = {"clusters": [{"name": "c", "cluster": {"server": text}}]}
    if "\n" not in token:
        assert token not in shown(cluster)
        assert found({"apiVersion": "v1", "kind": "Config", **cluster})


@pytest.mark.parametrize("what", IN_TEXT)
def test_secrets_inside_arguments(what):
    user = of("login", *IN_TEXT[what])
    assert "lum-plum" not in shown(config_of(user))
    assert len(found(config_of(user))) == 1
    assert imported(user) is None


HARMLESS = [
    ["oidc-login", "get-token", "--token-cache-storage=disk", "--oidc-pkce-method=auto"],
    ["--server-id", PLUM, "--client-id", PLUM],
    ["--token-file", PLUM, "--key-path", PLUM, "--credential-dir", PLUM, "--token-url", "https://login.example.com"],
    ["--session-duration", "1h", "--auth-type", PLUM, "--credential-name", PLUM, "--token-ttl", "5m"],
    ["get-token", "--region", PLUM], ["-profile", PLUM], ["--resource", "pods:get"], ["--public-key", PLUM],
    ["--cluster", "arn:aws:eks:eu-central-1:111122223333:cluster/prod"],
    ["-c", "exec login --region eu | jq -r .status"],
]  # fmt: skip


@pytest.mark.parametrize("args", HARMLESS, ids=" ".join)
def test_names_that_only_speak_of_a_secret(args):
    user = of("login", *args)
    assert (
        redact(decode(parse_yaml(json.dumps(config_of(user)).encode(), "file"))).users["u"].body["exec"]["args"] == args
    )
    assert found(config_of(user)) == []
    assert imported(user) is not None


def test_an_access_key_id_is_an_id():
    user = stanza("aws", ["eks", "get-token"], [("AWS_ACCESS_KEY_ID", TOKENS["aws-id"])])
    assert TOKENS["aws-id"] in shown(config_of(user))
    assert found(config_of(user)) == []


def test_what_kcfg_writes_is_a_reference():
    for command in ("/usr/local/bin/kcfg-credential", "our-credential"):
        user = of(command, "--kind", "token", "--command", "prod/default", "--key", "prod-admin/token")
        assert "prod-admin/token" in shown(config_of(user))
        assert found(config_of(user)) == []


def test_an_encrypted_value_counts_only_in_a_document_of_sops():
    user = {"token": "ENC[AES256_GCM,data:cGx1bQ==,type:str]"}
    assert found(config_of(user))
    assert found(config_of(user, sops={"version": "3.9.0"})) == []
