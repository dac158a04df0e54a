"""What `view` hides beyond kubectl, and what it lets people see."""

import pytest

from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.redact import hide_url, is_secret_name, redact, redact_args
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.parse import parse_yaml

HIDDEN_ARGS = [
    ["--token", "plum"],
    ["--token=plum"],
    ["--token", "-plum"],
    ["--client-secret", "plum"],
    ["--secret-id", "plum"],
    ["--pat", "plum"],
    ["-c", "curl -H 'Authorization: Bearer plum'"],
    ["--header", "Authorization: Basic plum"],
    ["--set=token=plum"],
    ['{"password":"plum"}'],
    ["password: plum"],
    ["https://u:plum@example.com"],
    ["u:plum@example.com"],
    ["https://example.com/?token=plum"],
]
SHOWN_ARGS = [
    ["--token-file", "plum"],
    ["--token-url=https://plum.example.com"],
    ["get-token", "--region", "plum"],
    ["--client-id", "plum"],
    ["--oidc-issuer-url=https://plum.example.com/a:b"],
]


@pytest.mark.parametrize("args", HIDDEN_ARGS, ids=" ".join)
def test_arguments_hidden(args):
    assert "plum" not in " ".join(redact_args(args))


@pytest.mark.parametrize("args", SHOWN_ARGS, ids=" ".join)
def test_arguments_shown(args):
    assert redact_args(args) == args


@pytest.mark.parametrize(
    "name",
    [
        "TOKEN",
        "API_KEY",
        "apiKey",
        "DB_PASSWORD",
        "SSHPASS",
        "GITHUB_PAT",
        "OP_SESSION_x",
        "VAULT_SECRET_ID",
        "AUTHORIZATION",
    ],
)
def test_names_of_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["AWS_PROFILE", "TOKEN_FILE", "CLIENT_ID", "KEYBOARD", "PATH", "AWS_SESSION_NAME"])
def test_other_names(name):
    assert not is_secret_name(name)


def test_foreign_data():
    text = """\
clusters:
- name: c
  unknownPassword: plum
  cluster:
    server: https://example.com/?token=plum&a=b
    extraSecret: plum
    extensions:
    - name: x
      extension:
        passwords: [plum]
        secretData: {value: plum}
        neutral: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tcGx1bQ==
users:
- name: u
  user:
    as-user-extra: {token: [plum], team: [red]}
    exec: {command: c, env: [{name: X, value: Password=plum;}]}
"""

    shown = dump_yaml(redact(decode(parse_yaml(text.encode(), "file"))).to_value(unknown=True))

    assert "plum" not in shown
    assert "cGx1bQ" not in shown
    assert "team:\n      - red\n" in shown


def test_urls():
    assert hide_url("https://u:p@example.com:1/x?a=b") == "https://REDACTED@example.com:1/x?a=b"
    assert hide_url("https://example.com") == "https://example.com"
