"""Service accounts borrowed from a real server: tokens, their end, what they may do, and programs that are them."""

import base64
import json
import os
import subprocess
import sys
import time

import pytest
from conftest import ROOT

from kcfg.expiry import token_expiry

RBAC = "rbac.authorization.k8s.io"


@pytest.fixture
def world(as_root):
    """The namespace, which is empty."""
    return as_root


@pytest.fixture
def run(ok, world, tmp_path):
    """Run kcfg over that kubeconfig."""
    return lambda *words, **more: ok(*words[:1], "--kubeconfig", tmp_path / "config", *words[1:], **more)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def account(namespace, *more):
    return ("root", "--service-account", f"{namespace}/agent", *more)


MADE = ("--create", "--yes", "--allow", "get,list:pods,deployments.apps", "--role", "clusterrole/view")


def test_made_issued_and_used(run, world, kubectl_of, tmp_path):
    """`kcfg issue --create` makes account, Role and RoleBindings; its kubeconfig is that account and nothing else"""
    done = run("issue", *account(world, "--ttl", "15m", *MADE, "--out", "agent"))

    config = (tmp_path / "agent").read_text()
    kubectl = kubectl_of("agent")
    assert kubectl.who() == f"system:serviceaccount:{world}:agent"
    assert kubectl("get", "pods").returncode == 0
    assert kubectl("get", "secrets").returncode == 1
    assert (tmp_path / "agent").stat().st_mode & 0o777 == 0o600
    assert "plum-root" not in config
    assert "exec" not in config
    for line in (
        "rolebinding/kcfg:agent:clusterrole:view created",
        "get,list pods, deployments.apps",
        f"in {world} it may:",
    ):
        assert line in done.stderr
    again = run("issue", *account(world, *MADE, "-o", "token"))
    assert "created" not in again.stderr
    assert again.stdout.count(".") == 2


def test_the_end_is_the_servers(run, world):
    """A token ends when the server says, about as long from now as was asked"""
    done = run("issue", *account(world, "--ttl", "15m", "--create", "--yes", "-o", "exec-credential"))

    status = json.loads(done.stdout)["status"]
    assert token_expiry(status["token"]) == status["expirationTimestamp"]
    assert f"until {status['expirationTimestamp']}" in done.stderr
    left = time.mktime(time.strptime(status["expirationTimestamp"], "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(time.gmtime())
    assert 800 < left <= 901


def test_revoked_alone_and_with_the_account(run, world, cluster, kubectl_of, tmp_path):
    """`kcfg revoke` ends a revocable token at once, `--delete` the account with all others"""
    run("issue", *account(world, "--create", "--yes", "--revocable", "--out", "agent"))
    run("issue", *account(world, "--out", "other"))
    kubectl, other = kubectl_of("agent"), kubectl_of("other")
    assert kubectl.who() == other.who() == f"system:serviceaccount:{world}:agent"
    assert f"{world}/agent" in run("revoke", "--list").stdout

    done = run("revoke", *account(world), code=1)

    assert "revoked" in done.stdout
    assert "1 token of" in done.stderr
    ended = time.monotonic() + 30
    while "system:" in kubectl.who() and time.monotonic() < ended:  # the server may believe a token for 10 seconds
        time.sleep(0.5)
    assert "Unauthorized" in kubectl.who()
    assert other.who() == f"system:serviceaccount:{world}:agent"
    done = run("revoke", *account(world, "--delete", "--yes"))
    assert "serviceaccount/agent deleted" in done.stdout
    assert cluster.request("GET", f"/api/v1/namespaces/{world}/secrets")["items"] == []
    assert world not in run("revoke", "--list").stdout


def test_denied(run, world, tmp_path):
    """`--deny secrets` hands nothing out where the account may read Secrets, in any namespace"""
    allowed = ("--create", "--yes", "--allow", "get:secrets")
    done = run("issue", *account(world, *allowed, "--deny", "secrets", "--out", "agent"), code=2)

    assert f"may get secrets in {world}" in done.stderr
    assert not (tmp_path / "agent").exists()
    done = run("issue", *account(world, "--deny", "escalation", "--out", "agent"))
    assert "warning: it reads Secrets (get secrets)" in done.stderr


def test_denied_elsewhere(run, world, cluster, unique):
    """A right in another namespace counts, too"""
    other = f"{unique}-b"
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": other}})
    run("issue", *account(world, "--create", "--yes", "-o", "token"))
    for kind, more in (
        ("roles", {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]}),
        ("rolebindings", {
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "r"},
            "subjects": [{"kind": "ServiceAccount", "name": "agent", "namespace": world}],
        }),
    ):  # fmt: skip
        cluster.request("POST", f"/apis/{RBAC}/v1/namespaces/{other}/{kind}", {"metadata": {"name": "r"}, **more})

    assert f"may list secrets in {other}" in run("issue", *account(world, "--deny", "secrets"), code=2).stderr


def test_a_certificate_signed_by_the_cluster(run, kubectl_of, unique, tmp_path):
    """`kcfg issue --certificate` has the cluster sign a key that was made here; kubectl uses both"""
    done = run("issue", "root", "--certificate", unique, "--group", "viewers", "--ttl", "24h", "--out", "jane")

    kubectl = kubectl_of("jane")
    assert kubectl.who() == unique
    assert kubectl("get", "pods").returncode == 0
    assert kubectl("get", "secrets").returncode == 1
    assert "nothing ends sooner" in done.stderr
    left = [line for line in kubectl_of("config")("get", "csr", "-o", "name").stdout.splitlines() if "kcfg-" in line]
    assert left == []


def test_a_certificate_waits_for_who_may_approve(ok, cluster, run, spec, unique, tmp_path):
    """Where the user may not approve it, somebody else does while kcfg waits; denied, it is told with the reason"""
    rules = [{"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests"],
              "verbs": ["create", "get", "delete"]}]  # fmt: skip
    role = {"metadata": {"name": unique}, "rules": rules}
    cluster.request("POST", f"/apis/{RBAC}/v1/clusterroles", role)
    cluster.request("POST", f"/apis/{RBAC}/v1/clusterrolebindings", {
        "metadata": {"name": unique}, "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": unique},
        "subjects": [{"kind": "User", "name": unique}],
    })  # fmt: skip
    certificate, key = cluster.client(unique)
    body = {"apiVersion": "v1", "kind": "Config", "current-context": "me"}
    body["clusters"] = [{"name": "me", "cluster": {"server": cluster.url, "certificate-authority": "ca.crt"}}]
    pair = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    body |= {
        "users": [{"name": "me", "user": pair}],
        "contexts": [{"name": "me", "context": {"cluster": "me", "user": "me"}}],
    }
    (tmp_path / "mine").write_text(json.dumps(body))
    (tmp_path / "mine").chmod(0o600)
    (tmp_path / "ca.crt").write_text(cluster.ca)
    for verdict, code in ("Approved", 0), ("Denied", 2):
        words = [sys.executable, "-m", "kcfg", "issue", "me", "--kubeconfig", "mine", "--certificate", f"{unique}-b",
                 "-o", "certificate", "--wait", "2m"]  # fmt: skip
        environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            words, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            line = process.stderr.readline()
            name = line.split()[-1]
            path = f"/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}"
            made = cluster.request("GET", path)
            made["status"] = {
                "conditions": [{"type": verdict, "status": "True", "reason": "Test", "message": "as I like"}]
            }
            cluster.request("PUT", f"{path}/approval", made)
            out, err = process.communicate(timeout=60)
        assert process.returncode == code, line + err
        assert ("BEGIN CERTIFICATE" in out and "PRIVATE KEY" in out) == (code == 0)
        assert code == 0 or "denied: as I like" in err


def test_a_certificate_is_renewed_by_rotating_it(run, ok, cluster, spec, kubectl_of, unique, tmp_path):
    """`kcfg secret rotate` with `kcfg issue --certificate` renews a user's certificate and key, in one item"""
    config = tmp_path / "config"
    first = run("issue", "root", "--certificate", unique, "--group", "viewers", "-o", "certificate").stdout
    spec("- name: jane\n  client-key-data: {secretRef: {key: jane/pair}}\n")
    ok("secret", "set", "jane/pair", stdin=first)
    ok("apply", "--yes", "--kubeconfig", tmp_path / "janes")
    assert kubectl_of("janes").who("jane") == unique
    words = (sys.executable, "-m", "kcfg", "issue", "root", "--kubeconfig", config, "--certificate", unique)
    done = ok("secret", "rotate", "jane/pair", "--", *words, "--group", "viewers", "-o", "certificate",
              env={"PYTHONPATH": str(ROOT)})  # fmt: skip

    assert 'secret "jane/pair" rotated' in done.stdout
    assert kubectl_of("janes").who("jane") == unique


LOOK = """
import json, os, subprocess, sys
config = open(os.environ["KUBECONFIG"]).read()
parent = f"/proc/{os.getppid()}"
seen = {"config": config, "environ": dict(os.environ), "fds": []}
for name in os.listdir("/proc/self/fd"):
    try:
        seen["fds"].append(open(f"/proc/self/fd/{name}").read() if int(name) > 2 else "")
    except OSError:
        pass
for name in ("environ", "cmdline", "maps"):
    try:
        seen[name + "-of-parent"] = open(f"{parent}/{name}").read()
    except OSError as error:
        seen[name + "-of-parent"] = error.strerror
json.dump(seen, sys.stdout)
"""


@pytest.mark.parametrize("way", [(), ("--as-file",)], ids=["memory", "file"])
def test_a_program_that_is_an_account(way, run, world, plugin_env, tmp_path):
    """`kcfg exec --as-service-account` gives a program the token and nothing else that it could read"""
    run("issue", *account(world, "--create", "--yes", "-o", "token"))
    secret = "pear-of-the-human"
    environ = {"HUMAN_TOKEN": secret, "AWS_SECRET_ACCESS_KEY": secret, "KEPT": "kept"}
    words = ("--as-service-account", f"{world}/agent", "--keep-env", "KEPT", *way, "--", sys.executable, "-c", LOOK)
    done = run("exec", "root", *words, env=environ)

    seen = json.loads(done.stdout)
    assert f"system:serviceaccount:{world}:agent" in seen["config"]
    assert "client-key" not in done.stdout
    assert secret not in json.dumps({name: value for name, value in seen.items() if not name.endswith("-of-parent")})
    assert seen["environ"]["KEPT"] == "kept"
    assert not {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK"} & seen["environ"].keys()
    assert f"{world}/agent on root, until" in done.stderr
