"""`secret restore` and `secret copy`: the ways back, and to another store; and which secrets nobody stored yet."""

import json
import subprocess

import pytest
import yaml
from terminal import on_terminal

from kcfg.x509 import make_authority, make_client

TOKEN = "canary-token-51aa"
OTHER = "canary-token-other"
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
clusters: [{name: c, server: "https://c.example.com"}]
users:
- {name: bot, token: ref+default://bot/token}
- {name: file, token: ref+files://file/token}
- {name: left, token: ref+default://left/token, credentials: keep}
- {name: another, token: {secretRef: {keyring: {service: mail, username: me}}}}
contexts: [{name: c, cluster: c, user: bot}, {name: f, cluster: c, user: file}]
secretStores:
- {name: files, provider: file, file: {directory: secrets}}
- {name: vars, provider: env, env: {prefix: KCFG_}}
environments: [{name: prod}]
"""


@pytest.fixture
def pair():
    return [pem.decode() for pem in make_client("admin", (), make_authority("test"))]


@pytest.fixture
def run(kcfg, secret_service):
    env = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    return lambda *words, **more: kcfg(*words, env=env, **more)


@pytest.fixture
def config(tmp_path, pair):
    """A file with a token, a pair, and a plugin of another tool."""
    from base64 import b64encode

    certificate, key = (b64encode(each.encode()).decode() for each in pair)
    path = tmp_path / "config"
    path.write_text(f"""\
# by hand
users:
- name: bot   # the robot
  user: {{token: {TOKEN}, as: deputy}}
- name: admin
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
- name: plugin
  user:
    exec: {{apiVersion: client.authentication.k8s.io/v1, command: kubelogin, interactiveMode: Never}}
""")
    path.chmod(0o600)
    return path


def users(path):
    return {user["name"]: user["user"] for user in yaml.safe_load(path.read_text())["users"]}


def test_what_was_migrated_comes_back(run, config):
    before = users(config)
    assert run("secret", "migrate", config).returncode == 0
    assert TOKEN not in config.read_text()
    done = run("secret", "restore", config, "--yes")

    assert done.returncode == 0, done.stderr
    assert users(config) == before
    assert config.read_text().startswith("# by hand\nusers:\n- name: bot   # the robot\n")
    assert config.stat().st_mode & 0o777 == 0o600
    assert 'user "bot" restored from keyring item kcfg/kubeconfig/bot' in done.stdout
    assert run("secret", "migrate", config).returncode == 0  # the items are still there, and the same


def test_a_dry_run_and_a_script_without_yes_write_nothing(run, config):
    run("secret", "migrate", config)
    before = config.read_bytes()

    assert run("secret", "restore", config, "--dry-run").stdout.count("would be restored") == 2
    refused = run("secret", "restore", config)

    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert config.read_bytes() == before


def test_plain_text_does_not_go_into_a_work_tree(run, config, tmp_path):
    run("secret", "migrate", config)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    before = config.read_bytes()
    done = run("secret", "restore", config, "--yes")

    assert done.returncode == 2
    assert "git work tree" in done.stderr
    assert config.read_bytes() == before


def test_whose_credential_is_gone_stays_as_it_is(run, config, secret_service):
    run("secret", "migrate", config)
    stanza = users(config)["bot"]
    secret_service.tool("clear", "service", "kcfg/kubeconfig/bot")
    done = run("secret", "restore", config, "--yes")

    assert done.returncode == 1
    assert "users.bot: not restored: no keyring item 'kcfg/kubeconfig/bot'" in done.stderr
    assert users(config)["bot"] == stanza
    assert "client-key-data" in users(config)["admin"]


def test_a_file_without_stanzas_is_unchanged(run, config):
    before = config.read_bytes()

    assert run("secret", "restore", config, "--yes").stdout == f"{config} unchanged\n"
    assert config.read_bytes() == before


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    return tmp_path


@pytest.fixture
def trusted(spec, run):
    assert run("trust", "--yes").returncode == 0


def test_where_a_spec_sends_values_is_asked_about(run, spec):
    run("secret", "set", "bot/token", stdin=TOKEN)
    done = run("secret", "copy", "bot/token", "--to", "files")

    assert done.returncode == 1
    assert "not trusted: " in done.stderr
    assert not (spec / "secrets").exists()


def test_copies_are_read_back_and_leave_the_first(run, trusted, spec):
    assert run("secret", "set", "bot/token", stdin=TOKEN).returncode == 0
    done = run("secret", "copy", "bot/token", "--to", "files")

    assert (done.returncode, done.stdout) == (0, 'secret "files:bot/token" created\n'), done.stderr
    assert (spec / "secrets/bot/token").read_text() == TOKEN
    assert (spec / "secrets/bot/token").stat().st_mode & 0o777 == 0o600
    assert run("secret", "get", "bot/token", "--reveal").stdout.strip() == TOKEN
    assert run("secret", "copy", "bot/token", "--to", "files").stdout == 'secret "files:bot/token" unchanged\n'


def test_another_value_is_never_overwritten(run, trusted, spec):
    run("secret", "set", "bot/token", stdin=TOKEN)
    (spec / "secrets/bot").mkdir(parents=True)
    (spec / "secrets/bot/token").write_text(OTHER)
    (spec / "secrets/bot/token").chmod(0o600)
    done = run("secret", "copy", "bot/token", "--to", "files")

    assert done.returncode == 1
    assert "has another value" in done.stderr
    assert (spec / "secrets/bot/token").read_text() == OTHER
    assert OTHER not in done.stderr + done.stdout


def test_all_of_them_and_what_is_missing_is_told(run, spec):
    run("secret", "set", "files:file/token", stdin=TOKEN)
    done = run("secret", "copy", "--to", "default", "--trust")

    assert done.returncode == 0, done.stderr
    assert done.stdout == 'secret "file/token" created\n'
    assert run("secret", "copy", "--to", "files", "--trust").returncode == 1  # bot/token is nowhere


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bot/token", "--to", "fils"), "did you mean 'files'?"),
        (("bot/token",), "which store?"),
        (("nobody", "--to", "files"), "the spec refers to no secret 'nobody'"),
        (("bot/token", "--to", "vars"), "read-only"),
    ],
)
def test_what_cannot_be_copied_is_told(words, told, run, trusted, spec):
    run("secret", "set", "bot/token", stdin=TOKEN)
    done = run("secret", "copy", *words)

    assert done.returncode in (1, 2)
    assert told in done.stderr


@pytest.mark.parametrize("command", [("diff",), ("apply", "--yes", "--trust"), ("apply", "--dry-run", "--trust")])
def test_what_nobody_stored_is_told_while_the_keyring_is_locked(command, run, spec, secret_service):
    secret_service.lock()
    done = run(*command, "--kubeconfig", "k")

    assert "note: not stored yet: bot/token, files:file/token; `kcfg secret set --missing` asks for each" in done.stderr
    prod = run(*command, "--kubeconfig", "k", "-e", "prod")
    assert "`kcfg secret set --missing -e prod`" in prod.stderr


def test_what_is_stored_is_not_told(run, spec):
    for key in ("bot/token", "files:file/token"):
        assert run("secret", "set", key, stdin=TOKEN).returncode == 0

    assert "not stored" not in run("diff", "--kubeconfig", "k").stderr


def test_a_locked_keyring_is_listed_from_the_index(run, spec, secret_service):
    assert run("secret", "set", "bot/token", stdin=TOKEN).returncode == 0
    secret_service.lock()
    done = run("secret", "ls", "-o", "json")
    status = {row["name"]: row["status"] for row in json.loads(done.stdout)["secrets"]}

    assert done.returncode == 2
    assert "the keyring is locked" in done.stderr
    assert status == {
        "bot/token": "recorded",
        "left/token": "missing",
        "files:file/token": "missing",
        "mail": "unknown",
    }


def test_on_a_terminal_restore_asks(run, config, secret_service, tmp_path):
    run("secret", "migrate", config)
    code, said = on_terminal(
        ["secret", "restore", str(config)],
        [b"n\n"],
        cwd=tmp_path,
        env={"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]},
    )

    assert code == 1
    assert "Write 2 credentials in plain text into" in said
    assert TOKEN not in config.read_text()


def test_a_user_whose_name_holds_a_slash_misses_a_secret(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
        'clusters: [{name: c, server: "https://c.example.com"}]\n'
        "users: [{name: org/dev, token: ref+default://bot/token}]\n"
        "contexts: [{name: c, cluster: c, user: org/dev}]\n"
    )
    done = kcfg("diff", "--kubeconfig", "k", cwd=tmp_path)

    assert (done.returncode, "not stored yet: bot/token" in done.stderr) == (1, True)
