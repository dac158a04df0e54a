"""Users that are service accounts (`auth: {service-account: {via: …}}`), by every kind of credential that asks."""

import json
import shlex
import time

import pytest
from real_cluster import TOKEN

from kcfg.expiry import token_expiry

RBAC = "rbac.authorization.k8s.io"
API = "client.authentication.k8s.io/v1"
ROBOT = "- {name: boss, token: ref+default://boss}\n"
ADMIN = "- {name: boss, client-certificate: boss.crt, client-key-data: ref+default://boss}\n"
LOGIN = (
    f"- name: boss\n  exec:\n    apiVersion: {API}\n    command: ./login\n    interactiveMode: Never\n"
    "    env: [{name: LOGIN_SECRET, value: ref+default://boss}]\n"
)


@pytest.fixture
def world(cluster, unique):
    """A namespace with the account `agent`, whose tokens `robot` and `plum-boss` may ask for."""
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": unique}})
    cluster.request("POST", f"/api/v1/namespaces/{unique}/serviceaccounts", {"metadata": {"name": "agent"}})
    role = {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}
    at = f"/apis/{RBAC}/v1/namespaces/{unique}"
    cluster.request("POST", f"{at}/roles", {"metadata": {"name": "lender"}, "rules": [role]})
    subjects = [{"kind": "User", "apiGroup": RBAC, "name": name} for name in ("robot", "plum-boss")]
    ref = {"apiGroup": RBAC, "kind": "Role", "name": "lender"}
    cluster.request(
        "POST", f"{at}/rolebindings", {"metadata": {"name": "lender"}, "roleRef": ref, "subjects": subjects}
    )
    return unique


@pytest.fixture
def lent(cluster, world, spec, ok, tmp_path):
    """lent(boss, stored, ttl=…) writes and applies a spec to `config`, whose user `agent` asks as `boss`."""

    def write(boss, stored, more="", **parts):
        account = f"via: boss, namespace: {world}, name: agent, ttl: 15m{more}"
        spec(f"{boss}- name: agent\n  auth: {{service-account: {{{account}}}}}\n", **parts)
        ok("secret", "set", "boss", stdin=stored)
        ok("trust", "--yes")
        ok("apply", "--yes", "--kubeconfig", "config")

    return write


@pytest.mark.parametrize("kind", ["token", "certificate", "plugin"])
def test_kubectl_is_the_account(kind, lent, world, cluster, kubectl_of, tmp_path):
    """`auth: {service-account: {via: USER}}`: kubectl is the account, by USER's credential"""
    if kind == "token":
        lent(ROBOT, TOKEN)
    elif kind == "certificate":
        certificate, key = cluster.client("plum-boss")
        (tmp_path / "boss.crt").write_text(certificate)
        lent(ADMIN, key)
    else:
        status = shlex.quote(json.dumps({"apiVersion": API, "kind": "ExecCredential", "status": {"token": TOKEN}}))
        login = tmp_path / "login"
        login.write_text(f'#!/bin/sh\n[ "$LOGIN_SECRET" = fig-of-the-login ] && printf %s {status}\n')
        login.chmod(0o755)
        lent(LOGIN, "fig-of-the-login")

    kubectl = kubectl_of("config")
    assert kubectl.who("agent") == f"system:serviceaccount:{world}:agent"
    assert TOKEN not in (tmp_path / "config").read_text()
    assert kubectl("get", "secrets", "-n", world, context="agent").returncode == 1


def test_the_end_is_the_servers(lent, ok):
    """Its token ends when the server signed it to, and kcfg's answer says so"""
    lent(ROBOT, TOKEN)
    done = ok("get-token", "--kubeconfig", "config", "agent", "-o", "json")
    status = json.loads(done.stdout)["status"]

    assert token_expiry(status["token"]) == status["expirationTimestamp"]
    ends = time.mktime(time.strptime(status["expirationTimestamp"], "%Y-%m-%dT%H:%M:%SZ"))
    assert 800 < ends - time.mktime(time.gmtime()) <= 901


def test_for_another_audience(lent, kubectl_of):
    """A token for another audience is none for the API server"""
    lent(ROBOT, TOKEN, ", audiences: [vault.example.com]")

    assert "Unauthorized" in kubectl_of("config").who("agent")


def test_a_token_ends_with_what_it_is_bound_to(lent, world, cluster, kubectl_of):
    """Bound to a Secret, it ends with that; and no other is given where the Secret is gone"""
    cluster.request("POST", f"/api/v1/namespaces/{world}/secrets", {"metadata": {"name": "anchor"}})
    lent(ROBOT, TOKEN, ", bound-object: secret/anchor")
    kubectl = kubectl_of("config")
    assert kubectl.who("agent") == f"system:serviceaccount:{world}:agent"

    cluster.request("DELETE", f"/api/v1/namespaces/{world}/secrets/anchor")
    assert f"there has to be a secret/anchor in {world}" in kubectl.who("agent")


def test_who_may_not_ask_is_told(lent, world, kubectl_of):
    """Who may not ask for its tokens is told which right it takes"""
    lent(ROBOT, "fig-token-of-the-robot")

    assert f"needs the verb create on serviceaccounts/token in {world}" in kubectl_of("config").who("agent")


def test_a_moved_server_gets_nothing(lent, world, other_cluster, kubectl_of, tmp_path):
    """A kubeconfig that names another server, or another authority, gets no token: nobody asks as USER there"""
    lent(ROBOT, TOKEN)
    config = tmp_path / "config"
    text = config.read_text()
    moved = kubectl_of("config")
    moved("config", "set-cluster", "local", "--server", other_cluster.url)
    assert "is no server that you allowed for user 'agent'" in moved.who("agent")
    config.write_text(text)
    moved("config", "set-cluster", "local", "--server", other_cluster.url, "--insecure-skip-tls-verify=true")
    assert "is no server that you allowed for user 'agent'" in moved.who("agent")
    config.write_text(text)
    assert moved.who("agent") == f"system:serviceaccount:{world}:agent"
