"""`kcfg get-token`: an ExecCredential of any user that has one; kubectl takes it; a terminal does not get it."""

import base64
import json
import shlex
import sys

import pytest
from conftest import ROOT
from fleet_servers import TOKEN
from terminal import on_terminal

GROUP = "client.authentication.k8s.io/"


def jwt(ends):
    parts = ({"alg": "none"}, {"exp": ends}, {})
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts]
    return "eyJ" + ".".join(encoded)[3:]


@pytest.fixture
def get_token(kcfg, fleet):
    def run(user, *words, server="https://dev.example.com", **more):
        fleet.user("me", **user)
        fleet.context("a", server, "me")
        fleet.clusters["a"].pop("certificate-authority", None)
        return kcfg("get-token", "--kubeconfig", fleet.write(), *words, **more)

    return run


def plugin(fleet, status, name="login"):
    file = fleet.folder / name
    answer = {"apiVersion": f"{GROUP}v1", "kind": "ExecCredential", "status": status}
    file.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(json.dumps(answer))}\n")
    file.chmod(0o755)
    return {"exec": {"apiVersion": f"{GROUP}v1", "command": f"./{name}", "interactiveMode": "Never"}}


def test_every_kind_of_user(get_token, fleet):
    certificate, key = (each.decode() for each in fleet.client)
    pair = {"clientCertificateData": certificate, "clientKeyData": key}
    (fleet.folder / "token").write_text(f"{TOKEN}\n")
    (fleet.folder / "a.crt").write_text(certificate)
    (fleet.folder / "a.key").write_text(key)
    soon = "2030-01-01T00:00:00Z"
    users = [
        ({"token": TOKEN}, {"token": TOKEN}),
        ({"tokenFile": "token"}, {"token": TOKEN}),
        ({"token": jwt(4102444800)}, {"token": jwt(4102444800), "expirationTimestamp": "2100-01-01T00:00:00Z"}),
        (plugin(fleet, {"token": TOKEN, "expirationTimestamp": soon}), {"token": TOKEN, "expirationTimestamp": soon}),
        ({"client-certificate": "a.crt", "client-key": "a.key"}, pair),
        (plugin(fleet, pair, "other"), pair),
    ]
    for user, status in users:
        done = get_token(user)
        found = json.loads(done.stdout)
        assert (done.returncode, found["kind"], found["apiVersion"]) == (0, "ExecCredential", f"{GROUP}v1")
        if "token" not in status:
            assert found["status"].pop("expirationTimestamp") > "2025"
        assert found["status"] == status
        fleet.users.clear()


def test_a_token_for_scripts(get_token, fleet):
    certificate, key = (base64.b64encode(each).decode() for each in fleet.client)
    done = get_token({"token": TOKEN}, "-o", "token")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TOKEN}\n", "")
    done = get_token({"client-certificate-data": certificate, "client-key-data": key}, "-o", "token")
    assert (done.returncode, done.stdout) == (2, "")


def test_what_is_no_credential_is_told(get_token, fleet):
    for user, server, words in (
        ({"username": "jane", "password": "planted"}, "https://dev.example.com", "no username and password"),
        ({}, "https://dev.example.com", "has no credential"),
        ({"token": "planted"}, "http://dev.example.com", "no credential goes over http"),
        ({"token": jwt(1000000000)}, "https://dev.example.com", "expired at 2001-09-09"),
        (plugin(fleet, {}), "https://dev.example.com", "neither a token nor"),
    ):
        done = get_token(user, server=server)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert words in done.stderr
        assert "planted" not in done.stderr
        fleet.users.clear()


def test_a_terminal_gets_it_only_with_reveal(fleet, tmp_path):
    fleet.context("a", "https://dev.example.com", "robot", **{"proxy-url": ""})
    words = ["get-token", "--kubeconfig", fleet.write()]

    code, shown = on_terminal(words, b"", cwd=tmp_path, env={})
    assert (code, TOKEN in shown, "--reveal" in shown) == (2, False, True)
    code, shown = on_terminal([*words, "--reveal"], b"", cwd=tmp_path, env={})
    assert (code, TOKEN in shown) == (0, True)


def test_the_answer_is_in_the_version_that_kubectl_asks_for(get_token):
    def version(asked):
        done = get_token({"token": TOKEN}, env={"KUBERNETES_EXEC_INFO": asked})
        return json.loads(done.stdout)["apiVersion"] if done.returncode == 0 else done.returncode

    assert version(json.dumps({"apiVersion": f"{GROUP}v1beta1"})) == f"{GROUP}v1beta1"
    assert [version(text) for text in (json.dumps({"apiVersion": f"{GROUP}v1alpha1"}), "{", "[]")] == [2, 2, 2]


@pytest.mark.kubectl
@pytest.mark.parametrize("way", ["token", "certificate"])
def test_kubectl_signs_in_with_it(way, fleet, kubectl, monkeypatch):
    certificate, key = (base64.b64encode(each).decode() for each in fleet.client)
    fleet.user("me", **{"token": {"token": TOKEN}, "certificate": {
        "client-certificate-data": certificate, "client-key-data": key
    }}[way])  # fmt: skip
    server = fleet.start()
    fleet.context("a", server.url, "me")
    known = fleet.write("known.json")
    args = ["-m", "kcfg", "get-token", "--kubeconfig", known, "a"]
    base = {"apiVersion": f"{GROUP}v1", "command": sys.executable, "args": args, "interactiveMode": "Never"}
    fleet.user("me", exec=base)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = kubectl("--kubeconfig", fleet.write(), "get", "--raw", "/version")

    assert (done.returncode, "v1.33.0" in done.stdout) == (0, True), done.stderr


def test_a_plugin_that_asks_for_its_own_context_ends(get_token, fleet):
    file = fleet.folder / "itself"
    stanza = {"apiVersion": f"{GROUP}v1", "command": "./itself", "interactiveMode": "Never"}
    again = f'"{sys.executable}" -m kcfg get-token --kubeconfig "{fleet.folder}/fleet.json"'
    file.write_text(f'#!/bin/sh\necho run >> "$0.log"\nexec {again}\n')
    file.chmod(0o755)
    done = get_token({"exec": stanza})

    assert (done.returncode, done.stdout) == (2, "")
    assert (fleet.folder / "itself.log").read_text() == "run\n"


SPEC = f"""apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: demo}}
secretStores: [{{name: default, provider: env, env: {{prefix: KCFG_DEMO_}}}}]
clusters: [{{name: a, server: "https://dev.example.com"}}]
users:
- {{name: me, token: "ref+default://token"}}
- {{name: other, token: "ref+default://other"}}
- name: plugin
  exec: {{apiVersion: {GROUP}v1, command: ./fleet/login, interactiveMode: Never}}
contexts:
- {{name: a, cluster: a, user: me}}
- {{name: other, cluster: a, user: other}}
- {{name: plugin, cluster: a, user: plugin}}
"""


def test_of_a_spec_only_this_users_secret_is_read(kcfg, fleet, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    env = {"KCFG_DEMO_TOKEN": TOKEN}
    kcfg("trust", "-f", ".", "--yes")
    done = kcfg("get-token", "a", "-f", ".", "-o", "token", env=env)

    assert (done.returncode, done.stdout) == (0, f"{TOKEN}\n"), done.stderr
    assert "is not set" in kcfg("get-token", "other", "-f", ".", env=env).stderr
    assert "there is no current context" in kcfg("get-token", "-f", ".", env=env).stderr


def test_a_specs_plugin_runs_only_when_it_is_trusted(kcfg, fleet, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    plugin(fleet, {"token": TOKEN})

    assert kcfg("get-token", "plugin", "-f", ".").returncode == 1
    done = kcfg("get-token", "plugin", "-f", ".", "--trust", "-o", "token")
    assert (done.returncode, done.stdout) == (0, f"{TOKEN}\n"), done.stderr
