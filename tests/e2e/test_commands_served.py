"""The commands that reach a server, at a real one: as a token's user and as a certificate's."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, require
from real_cluster import TOKEN
from secret_service import end

CONTAINER = {"name": "c", "image": "registry.example.com/c"}
POD = {"spec": {"automountServiceAccountToken": False, "containers": [CONTAINER]}}
SERVICE = {"spec": {"ports": [{"name": "http", "port": 80}]}}


@pytest.fixture
def world(cluster, spec, ok, tmp_path, unique):
    """A kubeconfig `config`, with robot (token) and root (certificate), and a namespace with a pod and a service."""
    certificate, key = cluster.client("plum-root", "system:masters")
    (tmp_path / "root.crt").write_text(certificate)
    spec(
        "- {name: robot, token: ref+default://robot/token}\n"
        "- {name: root, client-certificate: root.crt, client-key-data: {secretRef: {key: root/key}}}\n"
    )
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("secret", "set", "root/key", stdin=key)
    ok("render", "--out", "config")
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": unique}})
    cluster.wait_for(f"/api/v1/namespaces/{unique}/serviceaccounts", lambda found: found["items"])
    for kind, body in (("pods", POD), ("services", SERVICE)):
        cluster.request("POST", f"/api/v1/namespaces/{unique}/{kind}", {"metadata": {"name": "web"}, **body})
    return unique


@pytest.fixture
def asked(ok, world, tmp_path):
    """Run kcfg over that kubeconfig."""
    return lambda *words, **more: ok(*words[:1], "--kubeconfig", tmp_path / "config", *words[1:], **more)


def test_whoami(asked):
    """`kcfg whoami --all` says the names and groups that the server has."""
    found = json.loads(asked("whoami", "--all", "-o", "json").stdout)

    text = json.dumps(found)
    assert all(name in text for name in ("robot", "viewers", "plum-root", "system:masters"))


def test_connectivity(ok, world, cluster, tmp_path):
    """`kcfg check connectivity` says the server's version."""
    done = ok("check", "connectivity", "--kubeconfig", tmp_path / "config")

    assert done.stdout.count(cluster.request("GET", "/version")["gitVersion"]) == 2


@pytest.mark.parametrize(("context", "who"), [("robot", "robot"), ("root", "plum-root")], ids=["token", "certificate"])
def test_curl(context, who, asked, tmp_path):
    """`kcfg curl` asks as the context's user."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    (tmp_path / "review").write_text(json.dumps(review))
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = ("--json", f"@{tmp_path}/review")

    done = asked("curl", context, path, "--", "--silent", *body)

    assert json.loads(done.stdout)["status"]["userInfo"]["username"] == who


def test_curl_is_refused(asked, world):
    """`kcfg curl` passes on that the server forbids it: its exit code, its Status."""
    done = asked("curl", "robot", f"/api/v1/namespaces/{world}/secrets", code=22)

    assert "403" in done.stderr


def test_curl_to_a_service_and_a_pod(asked, world):
    """`kcfg curl --service` and `--pod` reach the API server, which has nobody behind them: its 503 and 4xx/5xx."""
    service = asked("curl", "root", "--service", "web:http", "-n", world, "/", "--", "--silent", code=22)
    pod = asked("curl", "root", "--pod", "web:80", "-n", world, "/", "--", "--silent", code=22)

    assert "503" in service.stderr + service.stdout
    assert re.search(r"\b[45]\d\d\b", pod.stderr + pod.stdout)


def test_url(asked, world, cluster):
    """`kcfg url --service` is a path that the API server knows."""
    said = asked("url", "root", "--service", "web:http", "-n", world).stdout.strip()

    assert said.startswith(cluster.url)
    path = said.removeprefix(cluster.url).partition("/proxy")[0].removesuffix(":http")
    assert cluster.request("GET", path)["metadata"]["name"] == "web"


def test_get_token(asked):
    """`kcfg get-token` gives what the server takes."""
    assert asked("get-token", "robot", "-o", "token").stdout.strip() == TOKEN
    status = json.loads(asked("get-token", "root").stdout)["status"]
    assert "BEGIN CERTIFICATE" in status["clientCertificateData"]


@pytest.mark.parametrize("how", [(), ("--as-file",)], ids=["memory", "file"])
def test_exec(how, program, ok, world, tmp_path):
    """`kcfg exec -- kubectl` sees the namespaces."""
    asked = (program, "get", "pods", "-o", "name")
    done = ok("exec", "--kubeconfig", tmp_path / "config", *how, "root", "-n", world, "--", *asked)

    assert done.stdout == "pod/web\n"


def test_exec_proxy(program, plugin_env, world, tmp_path):
    """`kcfg exec -- kubectl proxy` serves the API as the context's user, with no credential asked."""
    words = [sys.executable, "-m", "kcfg", "exec", "--kubeconfig", "config", "root", "--", program, "proxy", "--port=0"]
    env = {**plugin_env, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env, cwd=tmp_path) as proxy:
        try:
            address = re.search(r"127\.0\.0\.1:\d+", proxy.stdout.readline())[0]
            pods = f"http://{address}/api/v1/namespaces/{world}/pods"
            done = subprocess.run(
                ["curl", "--silent", "--noproxy", "*", pods], capture_output=True, text=True, timeout=60
            )
        finally:
            end(proxy)

    assert json.loads(done.stdout)["items"][0]["metadata"]["name"] == "web"


@pytest.mark.parametrize("words", [("port-forward", "pod/web", ":80"), ("exec", "web", "--", "true")],
                         ids=["forward", "exec"])  # fmt: skip
def test_what_needs_a_node(words, program, kcfg, plugin_env, world, tmp_path):
    """`kcfg exec -- kubectl` where a node is needed: what is said without one is passed on."""
    done = kcfg(
        "exec", "--kubeconfig", "config", "root", "-n", world, "--", program, *words, env=plugin_env, cwd=tmp_path
    )

    alone = subprocess.run(
        [program, "--kubeconfig", "config", "--context", "root", "-n", world, *words],
        capture_output=True, text=True, env=plugin_env, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == alone.returncode == 1
    assert done.stderr == alone.stderr
    assert re.search("not running|host|scheduled", done.stderr)


@pytest.fixture
def pod(cluster, unique, tmp_path):
    """Run kcfg where a pod's files are: in a mount namespace of its own, with a service account's token."""
    account = "/api/v1/namespaces/default/serviceaccounts"
    cluster.request("POST", account, {"metadata": {"name": unique}})
    folder = tmp_path / "mounted"
    folder.mkdir()
    (folder / "token").write_text(cluster.service_account_token(unique))
    (folder / "ca.crt").write_text(cluster.ca)
    (folder / "namespace").write_text("default")
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    able = shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True).returncode == 0
    require("unshare", present=bool(able))
    script = (
        "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && "
        'cp -r "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"'
    )
    env = {
        **os.environ, "PYTHONPATH": str(ROOT), "KUBERNETES_SERVICE_HOST": "127.0.0.1",
        "KUBERNETES_SERVICE_PORT": str(cluster.port),
    }  # fmt: skip

    def run(*words):
        called = [*unshare, "sh", "-c", script, folder, sys.executable, "-m", "kcfg", *words]
        done = subprocess.run([*map(str, called)], capture_output=True, text=True, env=env, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_in_cluster(pod, cluster, unique, tmp_path):
    """In a pod: `kcfg curl`, `url` and `get-token --in-cluster`, as its service account."""
    (tmp_path / "review").write_text(
        json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    )
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

    said = pod("curl", "--in-cluster", path, "--", "--silent", "--json", f"@{tmp_path}/review")

    assert json.loads(said)["status"]["userInfo"]["username"] == f"system:serviceaccount:default:{unique}"
    assert pod("url", "--in-cluster").strip().rstrip("/") == cluster.url
    status = json.loads(pod("get-token", "--in-cluster"))["status"]
    assert status["token"] == (tmp_path / "mounted/token").read_text()
    assert "expirationTimestamp" in status
