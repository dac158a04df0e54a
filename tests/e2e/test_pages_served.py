"""The rows of examples/kubernetes-pages that ask a server, at a real one, as far as one without a kubelet goes.

There the workloads are: a labelled service with ports, its pods, a node. What would be behind them is missing: the API
server says so of exactly what was asked, which shows that the path, the port and the user are those that it knows.
"""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT
from real_cluster import TOKEN, Refused
from terminal import Terminal, on_terminal

sys.path.append(str(ROOT / "tests" / "run"))

from test_kubernetes_pages import CODE, TABLES, run_proxy

from kcfg.kubeconfig.file import load_file

SYSTEM = "/api/v1/namespaces/kube-system"
PORTS = [{"name": "http", "port": 9200}, {"name": "web", "port": 443}]
POD = {
    "spec": {"automountServiceAccountToken": False, "containers": [{"name": "c", "image": "registry.example.com/c"}]}
}
ROLE = {
    "metadata": {"name": "pages"},
    "rules": [
        {"apiGroups": [""], "resources": [f"{each}/proxy" for each in ("services", "pods", "nodes")], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["*"]},
    ],
}
BINDING = {
    "metadata": {"name": "pages"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "pages"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "viewers"}],
}


@pytest.fixture(scope="module")
def workloads(cluster):
    """What the pages take for granted in a cluster."""
    label = {"kubernetes.io/cluster-service": "true"}
    cluster.wait_for(f"{SYSTEM}/serviceaccounts", lambda found: found["items"])
    for path, body in (
        (f"{SYSTEM}/services", {"metadata": {"name": "search", "labels": label}, "spec": {"ports": PORTS}}),
        (f"{SYSTEM}/pods", {"metadata": {"name": "web-0"}, **POD}),
        ("/api/v1/namespaces/default/pods", {"metadata": {"name": "web-0"}, **POD}),
        ("/api/v1/nodes", {"metadata": {"name": "n1"}}),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles", ROLE),
        ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", BINDING),
    ):
        cluster.request("POST", path, body)


@pytest.fixture
def desk(cluster, workloads, plugin_env, private_home, tmp_path):
    """Run a command of a page in a shell: kcfg on PATH, a kubeconfig in ~/.kube, a pod's files in ACCOUNT."""
    account, work, programs = (tmp_path / name for name in ("account", "work", "bin"))
    for each in (account, work, programs, private_home / ".kube"):
        each.mkdir()
    value = json.loads(cluster.kubeconfig.read_text())
    value["users"] = [{"name": "u", "user": {"token": TOKEN}}]
    (private_home / ".kube/config").write_text(json.dumps(value))
    for name, text in (("token", TOKEN), ("namespace", "kube-system"), ("ca.crt", cluster.ca)):
        (account / name).write_text(text)
    (programs / "main.py").write_text(CODE)
    (programs / "kcfg").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{programs}/main.py" "$@"\n')
    (programs / "kcfg").chmod(0o755)
    environ = {
        **plugin_env, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(private_home),
        "ACCOUNT": str(account), "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(cluster.port),
    }  # fmt: skip

    def run(command):
        return subprocess.run(
            ["bash", "-euc", command], cwd=work, env=environ, capture_output=True, text=True, timeout=120
        )

    return SimpleNamespace(run=run, work=work, environ=environ, home=private_home)


def without_anybody(cluster, path):
    """What the API server says of a proxy's path: HTTP's code, and the message of its Status."""
    try:
        cluster.request("GET", path)
    except Refused as refused:
        return refused.code, json.loads(str(refused))["message"]
    return 200, ""


def ends(code, *words):
    return lambda done: (
        (done.returncode, [word for word in words if word not in done.stdout + done.stderr]) == (code, [])
    )


NOBODY = ends(22, "503")
URLS = ("search", "search:http", "search:9200", "https:search:", "https:search:web")
SAID = {
    "Accessing Clusters": {
        "Look at location and credentials": ends(0, "server: https://127.0.0.1"),
        "Find the token": ends(0, TOKEN),
        "Ask the API without a proxy": ends(0, "APIVersions"),
        "In a pod: sign in": ends(0, TOKEN),
        "In a pod: ask the API": ends(0, "APIVersions"),
    },
    "Configure Access to Multiple Clusters": {"Ask who one is": ends(0, "robot", "viewers")},
    "Access Services Running on Clusters": {
        "Find the services of the cluster": ends(0, '"search"'),
        "Search in it": NOBODY,
        "Ask for its health": NOBODY,
        "Ask for its health over https": NOBODY,
        "Access a pod": lambda done: done.returncode == 22 and re.search(r"\b[45]\d\d\b", done.stderr),
        "Access a node": lambda done: done.returncode == 22 and re.search(r"\b[45]\d\d\b", done.stderr),
    },
}


@pytest.mark.parametrize("page", SAID)
def test_a_page(page, desk):
    """The documentation's page, its questions to the server."""
    for step, right in SAID[page].items():
        done = desk.run(TABLES[page][step])
        assert right(done), f"{step}: {done.stdout}{done.stderr}"


def test_urls_of_services(desk, cluster):
    """The documentation's URLs of a service and its ports: the server finds nobody behind that service."""
    rows = [
        command for command in TABLES["Access Services Running on Clusters"].values() if command.startswith("kcfg url")
    ]
    urls = [desk.run(command).stdout.strip() for command in rows]

    assert urls == [f"{cluster.url}{SYSTEM}/services/{each}/proxy" for each in URLS]
    known = {without_anybody(cluster, f"{url.removeprefix(cluster.url)}/") for url in urls}
    assert {code for code, _ in known} == {503}
    assert all('no endpoints available for service "search"' in said for _, said in known), known


def test_the_proxy(desk, program):
    """The documentation's `kubectl proxy`, by `kcfg exec`: it answers as the user, and ends when it is interrupted."""
    (Path(desk.environ["PATH"].partition(":")[0]) / "kubectl").symlink_to(program)

    run_proxy(TABLES["Accessing Clusters"]["Explore the API through a proxy"], desk)


def test_a_shell_in_a_pod(desk, program):
    """The documentation's `kubectl exec`, by `kcfg exec`: as far as the missing kubelet, as it is without kcfg."""
    (Path(desk.environ["PATH"].partition(":")[0]) / "kubectl").symlink_to(program)
    command = TABLES["Access Services Running on Clusters"]["Look from a shell in the cluster"]

    done, alone = desk.run(command), desk.run(command.removeprefix("kcfg exec -- "))

    assert (done.returncode, done.stderr) == (alone.returncode, alone.stderr)
    assert "does not have a host assigned" in done.stderr


def test_a_clients_kubeconfig(desk, program, plugin_env, cluster):
    """The documentation's kubeconfig for programs: what `minify --flatten` writes is enough by itself."""
    assert desk.run(TABLES["Accessing Clusters"]["Give Go and Python clients their kubeconfig"]).returncode == 0
    words = [program, "--kubeconfig", "client.kubeconfig", "get", "namespaces", "-o", "name"]
    done = subprocess.run(words, cwd=desk.work, env=plugin_env, capture_output=True, text=True, timeout=120)

    assert "namespace/kube-system" in done.stdout.split(), done.stderr
    assert base64.b64encode(cluster.ca.encode()).decode() in (desk.work / "client.kubeconfig").read_text()


def test_a_namespace_is_chosen(desk, cluster, unique):
    """`kcfg ns` on a terminal: the server's namespaces are offered, in a list and as a question."""
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": unique}})
    config = desk.home / ".kube/config"
    (desk.work / "none").mkdir()
    environ = {**desk.environ, "TERM": "xterm", "PATH": str(desk.work / "none")}  # without fzf

    terminal = Terminal([sys.executable, "-m", "kcfg", "ns"], environ, desk.work)
    terminal.expect(b"current: default")
    terminal.type(f"{unique}\r".encode())
    shown, code = terminal.end()
    assert (code, load_file(str(config)).config.contexts["c"].get("namespace")) == (0, unique), shown

    plain = {name: environ[name] for name in ("HOME", "PATH")} | {"TERM": "dumb"}
    code, said = on_terminal(["ns"], b"kube-system\n", cwd=desk.work, env=plain)
    assert (code, load_file(str(config)).config.contexts["c"].get("namespace")) == (0, "kube-system"), said
