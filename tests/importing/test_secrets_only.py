"""`kcfg import --secrets-only`: the spec is there, a kubeconfig has the credentials; each goes to its reference."""

import json
import os

import pytest
import yaml
from samples import AUTHORITY, CERTIFICATE, KEY, config, encoded

from kcfg.x509 import make_client

TOKEN = "canary-token-83b6"
OTHER = "canary-token-other-1f"
HOST = "https://dev.example.com:6443"
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: acme}}
{stores}clusters: [{{name: dev, server: "{host}"}}]
users:
{users}
contexts: [{contexts}]
"""


@pytest.fixture
def fill(kcfg, tmp_path, secret_service):
    """Fill a spec's users from those of a kubeconfig: fill({spec users}, {kubeconfig users}) → the done process."""
    environ = {**os.environ, **secret_service.env, "HOME": os.environ["HOME"]}

    def run(wanted, given, *words, stores="", host=HOST, env=None):
        names = list(wanted)
        users = "\n".join(f"- {json.dumps({'name': name, **body})}" for name, body in wanted.items())
        contexts = ", ".join(f"{{name: {name}, cluster: dev, user: {name}}}" for name in names)
        (tmp_path / "kcfg.yaml").write_text(SPEC.format(stores=stores, users=users, contexts=contexts, host=host))
        live = {name: {"cluster": "dev", "user": name} for name in given}
        (tmp_path / "config").write_text(yaml.safe_dump(config({"dev": {"server": HOST}}, given, live)))
        before = files(tmp_path)
        done = kcfg("import", "--secrets-only", "config", *words, env={**environ, **(env or {})})
        assert files(tmp_path) == before
        assert TOKEN not in done.stdout + done.stderr
        assert OTHER not in done.stdout + done.stderr
        return done

    run.environ = environ
    return run


def files(folder):
    """Every file beside the home, where state and stores are."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "home" not in path.parts}


@pytest.fixture
def stored(kcfg, fill):
    def get(key, *words):
        return kcfg("secret", "get", key, "--reveal", *words, env=fill.environ).stdout.removesuffix("\n")

    return get


def token(key):
    return {"token": f"ref+default://{key}"}


def test_one_of_two_is_there(fill, stored, kcfg):
    done = fill({"ci": token("ci/token"), "admin": token("admin/token")}, {"ci": {"token": TOKEN}})

    assert done.returncode == 1
    assert done.stdout == 'secret "ci/token" created\n'
    assert "admin/token: still missing: the kubeconfig has no user 'admin'" in done.stderr
    assert "kcfg: 2 secrets, 1 created, 1 still missing" in done.stderr
    assert stored("ci/token") == TOKEN
    listed = json.loads(kcfg("secret", "ls", "-o", "json", env=fill.environ).stdout)["secrets"]
    assert [each["status"] for each in listed if each["name"] == "ci/token"] == ["present"]


def test_what_is_stored_stays_unless_it_is_forced(fill, stored):
    wanted = {"ci": token("ci/token")}
    assert fill(wanted, {"ci": {"token": TOKEN}}).returncode == 0
    again = fill(wanted, {"ci": {"token": TOKEN}})
    other = fill(wanted, {"ci": {"token": OTHER}})

    assert (again.returncode, again.stdout) == (0, 'secret "ci/token" unchanged\n')
    assert (other.returncode, other.stdout) == (0, "")
    assert "ci/token: differs from what is stored, which is kept: --force replaces it" in other.stderr
    assert stored("ci/token") == TOKEN
    assert fill(wanted, {"ci": {"token": OTHER}}, "--force").stdout == 'secret "ci/token" configured\n'
    assert stored("ci/token") == OTHER
    assert fill(wanted, {"x": {"token": OTHER}}).returncode == 0  # nothing is missing


def test_a_dry_run_stores_nothing(fill, stored):
    done = fill({"ci": token("ci/token")}, {"ci": {"token": TOKEN}}, "--dry-run")

    assert (done.returncode, done.stdout) == (0, 'secret "ci/token" created (dry run)\n')
    assert stored("ci/token") == ""


PAIR = {"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}
REFERENCE = {"client-key-data": "ref+default://admin/key"}


def test_a_key_goes_beside_the_certificate_of_the_spec(fill, stored):
    wanted = {"admin": {**REFERENCE, "client-certificate-data": encoded(CERTIFICATE)}}

    assert fill(wanted, {"admin": PAIR}).returncode == 0
    assert stored("admin/key") == KEY.decode().removesuffix("\n")


def test_a_key_takes_its_certificate_along_where_the_spec_has_none(fill, kcfg):
    assert fill({"admin": REFERENCE}, {"admin": PAIR}).returncode == 0
    rendered = yaml.safe_load(kcfg("render", "--credentials", "inline", env=fill.environ).stdout)

    assert rendered["users"][0]["user"] == PAIR
    assert fill({"admin": REFERENCE}, {"admin": PAIR}).stdout == 'secret "admin/key" unchanged\n'


def test_a_key_of_another_certificate_is_refused(fill, stored):
    certificate, _ = make_client("someone", (), AUTHORITY)
    done = fill({"admin": {**REFERENCE, "client-certificate-data": encoded(certificate)}}, {"admin": PAIR})

    assert done.returncode == 1
    assert "admin/key: still missing: " in done.stderr
    assert stored("admin/key") == ""


REFUSED = {
    "a placeholder": {"token": "REDACTED"},
    "no key": {"client-key-data": encoded(b"no key"), "client-certificate-data": encoded(CERTIFICATE)},
    "another kind": {"token": ""} | PAIR,
    "kcfg's own stanza": {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "kcfg-credential", "interactiveMode": "Never",
            "args": ["--kind", "token", "--keyring", "kcfg/acme/ci/token"],
        }
    },
}  # fmt: skip
REASONS = {
    "a placeholder": "this is a placeholder",
    "no key": "the kubeconfig's user 'ci'",
    "another kind": "has no token",
    "kcfg's own stanza": "has no token: it names the place of its credential",
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_secret_set_refuses_is_not_stored(how, fill, stored):
    done = fill({"ci": token("ci/token")}, {"ci": REFUSED[how]})

    assert done.returncode == 1
    assert REASONS[how] in done.stderr
    assert stored("ci/token") == ""


def test_passwords_variables_and_what_is_not_ours(fill, stored, tmp_path):
    variable = {"name": "AZ_SECRET", "value": "ref+default://az/secret"}
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "az", "interactiveMode": "Never"}
    wanted = {
        "basic": {"username": "me", "password": "ref+default://basic/password"},
        "az": {"exec": {**plugin, "env": [{"name": "A", "value": "b"}, variable]}},
        "env": {"token": "ref+vars://x"},
        "foreign": {"token": {"secretRef": {"keyring": {"service": "gh", "username": "me"}}}},
        "part": token("part#one"),
    }
    given = {
        "basic": {"username": "me", "password": TOKEN},
        "az": {"exec": {**plugin, "env": [{"name": "AZ_SECRET", "value": OTHER}]}},
        **{name: {"token": TOKEN} for name in ("env", "foreign", "part")},
    }
    done = fill(wanted, given, stores="secretStores: [{name: vars, provider: env}]\n")

    assert done.returncode == 1
    assert (stored("basic/password"), stored("az/secret")) == (TOKEN, OTHER)
    assert "vars:x: not kcfg's to store (env store)" in done.stderr
    assert "gh: not kcfg's to store (another tool's item)" in done.stderr
    assert "part: still missing: it holds several values" in done.stderr


def test_two_users_of_one_secret(fill, stored):
    both = {"a": token("shared"), "b": token("shared")}
    differ = fill(both, {"a": {"token": TOKEN}, "b": {"token": OTHER}})

    assert differ.returncode == 1
    assert "the users 'a', 'b' of the kubeconfig have different values" in differ.stderr
    assert fill(both, {"b": {"token": TOKEN}}).returncode == 0
    assert stored("shared") == TOKEN


def test_the_stores_of_an_environment(fill, tmp_path):
    rebound = "environments: [{name: ci, secretStores: [{name: default, provider: file, file: {directory: ~/s}}]}]\n"
    done = fill({"ci": token("ci/token")}, {"ci": {"token": TOKEN}}, "-e", "ci", stores=rebound)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "home/s/ci/token").read_text() == TOKEN
    assert (tmp_path / "home/s/ci/token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("host", [HOST, "https://attacker.example.com"])
def test_it_may_go_where_the_kubeconfig_sends_it_and_nowhere_else(host, fill, kcfg):
    assert fill({"ci": token("ci/token")}, {"ci": {"token": TOKEN}}, host=host).returncode == 0
    done = kcfg("apply", "--kubeconfig", "out", "--yes", env=fill.environ)

    assert done.returncode == (0 if host == HOST else 1), done.stderr
    assert ("attacker.example.com" in done.stderr) == (host != HOST)


def test_a_locked_keyring_stays_locked(fill, secret_service):
    secret_service.lock()
    done = fill({"ci": token("ci/token")}, {"ci": {"token": TOKEN}})

    assert done.returncode == 2
    assert "the keyring is locked" in done.stderr


@pytest.mark.parametrize("words", ["--secrets-only --unmanaged", "--secrets-only --in-cluster", "-e prod"])
def test_words_that_exclude_one_another(words, kcfg):
    done = kcfg("import", "config", *words.split())

    assert done.returncode == 2
    assert "kcfg: hint:" in done.stderr
