"""The tables of examples/kubernetes-pages: the kcfg way of every step is run, row after row, on a page's own desk."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import EXAMPLES, ROOT
from fleet_servers import TOKEN, Fleet, answer_as_kubernetes

from kcfg.cli.table import NAMES

PAGE = (EXAMPLES / "kubernetes-pages" / "README.md").read_text(encoding="utf-8")
SERVICES = "/api/v1/namespaces/kube-system/services"
PODS = "/api/v1/namespaces/kube-system/pods"
PROXIED = re.compile(r"/proxy(/|$)")


def tables():
    """{heading: {step: the command in the kcfg column}}."""
    found = {}
    for section in PAGE.split("\n## ")[1:]:
        rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")][2:]
        commands = {row[0].strip(): re.findall(r"`(kcfg [^`]+)`", row[2]) for row in rows}
        assert all(len(each) == 1 for each in commands.values()), commands
        found[section.partition("\n")[0]] = {step: command for step, (command,) in commands.items()}
    return found


TABLES = tables()

WEB = "/api/v1/namespaces/default/pods/web-0"
PODS_RESOURCE = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}
FOUND = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [PODS_RESOURCE]},
    SERVICES: {"kind": "ServiceList", "items": [{"metadata": {"name": "search"}}]},
    WEB: {
        "kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-0", "namespace": "default"},
        "spec": {"containers": [{"name": "web", "image": "web"}]}, "status": {"phase": "Running"},
    },
}  # fmt: skip


def answer(request):
    """A Kubernetes API with services, pods and nodes behind it, which say what they were asked, and by whom."""
    status, body = answer_as_kubernetes(request)
    if status == 401:
        return status, body
    path = request.path.partition("?")[0]
    if PROXIED.search(path):
        return 200, {"asked": request.path}
    return (200, FOUND[path]) if path in FOUND else (status, body)


def pem64(content):
    return base64.b64encode(content).decode()


CODE = """\
import os, sys
from kcfg.kubeconfig import in_cluster
in_cluster.SERVICE_ACCOUNT = os.environ["ACCOUNT"]
from kcfg.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def desk(tmp_path, private_home, tutorial):
    """A folder with what the pages take for granted; `run(command)` runs one in a shell."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    fleet = Fleet(folder)
    server = fleet.start(answer=answer)
    fleet.context("prod", server.url, **{"certificate-authority-data": pem64(fleet.authority[0])})
    (private_home / ".kube").mkdir()
    (private_home / ".kube/config").write_bytes(Path(fleet.write()).read_bytes())
    account, work, programs = (tmp_path / name for name in ("account", "work", "bin"))
    for each in (account, work, programs):
        each.mkdir()
    (account / "token").write_text(TOKEN)
    (account / "namespace").write_text("shop")
    (account / "ca.crt").write_bytes(fleet.authority[0])
    (work / "password").write_text("some-password")
    for name in ("fake-ca-file", "fake-cert-file", "fake-key-file"):
        (work / name).write_bytes((tutorial / name).read_bytes())
    (programs / "main.py").write_text(CODE)
    (programs / "kcfg").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{programs}/main.py" "$@"\n')
    (programs / "kcfg").chmod(0o755)
    port = server.url.rpartition(":")[2]
    environ = {
        **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "ACCOUNT": str(account),
        "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port,
    }  # fmt: skip

    def run(command):
        return subprocess.run(
            ["bash", "-euc", command], cwd=work, env=environ, capture_output=True, text=True, timeout=60
        )

    yield SimpleNamespace(run=run, work=work, environ=environ, server=server, home=private_home)
    fleet.close()


def shows(*words, without=("some-password",)):
    """The command ends well, and says these words and not those."""

    def check(done, _):
        assert done.returncode == 0, done.stderr
        assert [word for word in words if word not in done.stdout] == []
        assert [word for word in (*without, "PRIVATE KEY") if word in done.stdout] == []

    return check


def writes(name, *words):
    """The command ends well, and a file holds these words."""

    def check(done, desk):
        assert done.returncode == 0, done.stderr
        text = (desk.work / name).read_text()
        assert [word for word in words if word not in text] == []

    return check


def lacks(name, word):
    def check(done, desk):
        assert done.returncode == 0, done.stderr
        assert word not in (desk.work / name).read_text()

    return check


def prints(make):
    """The command prints exactly this line."""

    def check(done, desk):
        assert (done.returncode, done.stdout) == (0, f"{make(desk)}\n"), done.stderr

    return check


def asks(path):
    """The command's request reaches the server under this path, and what it answers is shown."""

    def check(done, desk):
        assert done.returncode == 0, done.stderr
        assert desk.server.asked[-1][1] == path
        if PROXIED.search(path):
            assert json.loads(done.stdout) == {"asked": path}

    return check


def proxied(done, desk):
    """A kubectl proxy answers on its port, and ends when it is interrupted."""
    raise AssertionError("runs until it is interrupted: see run_proxy")


def kubectl_exec(done, desk):
    """What kubectl wants to run in the pod is asked for as the context's user; there is no kubelet to run it."""
    asked = [headers for _, path, headers in desk.server.asked if path.startswith(f"{WEB}/exec?command=sh&")]

    assert {headers["Authorization"] for headers in asked} == {f"Bearer {TOKEN}"}


def behind(name):
    return prints(lambda desk: f"{desk.server.url}{SERVICES}/{name}/proxy")


def doctor(done, _):
    assert done.returncode in (0, 1), done.stderr
    assert "kubectl" in done.stdout


EXPECTED = {
    "Accessing Clusters": {
        "Look at location and credentials": shows("server: https://127.0.0.1", "prod", without=(TOKEN,)),
        "Explore the API through a proxy": proxied,
        "Find the API server": prints(lambda desk: desk.server.url),
        "Find the token": prints(lambda _: TOKEN),
        "Ask the API without a proxy": asks("/api"),
        "Give Go and Python clients their kubeconfig": writes("client.kubeconfig", "certificate-authority-data", TOKEN),
        "In a pod: find the API server": prints(lambda desk: desk.server.url),
        "In a pod: sign in": prints(lambda _: TOKEN),
        "In a pod: ask the API": asks("/api"),
        "In a pod: a service of its own namespace": prints(
            lambda desk: f"{desk.server.url}/api/v1/namespaces/shop/services/web/proxy"
        ),
    },
    "Configure Access to Multiple Clusters": {
        "Check that kubectl is there, and fits": doctor,
        "Add the development cluster": writes("config-demo", "https://dev.example.com", "fake-ca-file"),
        "Add the test cluster": writes("config-demo", "https://test.example.com", "insecure-skip-tls-verify: true"),
        "Add the developer": writes("config-demo", "fake-cert-file", "fake-key-file"),
        "Add the experimenter": writes("config-demo", "username: exp", "password: some-password"),
        "Add a context for the frontend": writes("config-demo", "namespace: frontend"),
        "Add a context for storage": writes("config-demo", "namespace: storage"),
        "Add a context for the test cluster": writes("config-demo", "user: experimenter"),
        "See what was added": shows("development", "test", "developer", "experimenter", "exp-test"),
        "Embed the certificates": writes("embedded", "certificate-authority-data", "client-certificate-data"),
        "Make a context current": writes("config-demo", "current-context: dev-frontend"),
        "See only what it needs": shows("current-context: dev-frontend", without=("exp-test",)),
        "Work in the test cluster": writes("config-demo", "current-context: exp-test"),
        "See what that needs": shows("username: exp", without=("some-password", "dev-storage")),
        "Work on storage": writes("config-demo", "current-context: dev-storage"),
        "See the storage context": shows("namespace: storage", without=("frontend",)),
        "Create a second file": writes("config-demo-2", "dev-ramp-up", "namespace: ramp"),
        "Join both files": writes("both", "dev-ramp-up", "dev-frontend", "exp-test"),
        "See them joined": shows("dev-ramp-up", "dev-frontend", "dev-storage", "exp-test"),
        "See what is in `~/.kube`": shows("prod", "robot"),
        "Join that, too": writes("all", "dev-ramp-up", "prod"),
        "See all of it": shows("dev-ramp-up", "exp-test", "prod", without=("some-password", TOKEN)),
        "Remove a user": lacks("config-demo", "name: experimenter"),
        "Remove a cluster": lacks("config-demo", "name: test"),
        "Remove a context": lacks("config-demo", "name: exp-test"),
        "Clean up": prints(lambda _: "prod"),
        "Ask who one is": shows("robot", "system:authenticated"),
    },
    "Access Services Running on Clusters": {
        "Find the services of the cluster": asks(f"{SERVICES}?labelSelector=kubernetes.io/cluster-service=true"),
        "A service's default port": behind("search"),
        "A port, by its name": behind("search:http"),
        "A port, by its number": behind("search:9200"),
        "The default port, over https": behind("https:search:"),
        "A port over https": behind("https:search:web"),
        "Search in it": asks(f"{SERVICES}/search/proxy/_search?q=user:kimchy"),
        "Ask for its health": asks(f"{SERVICES}/search/proxy/_cluster/health?pretty=true"),
        "Ask for its health over https": asks(f"{SERVICES}/https:search:/proxy/_cluster/health?pretty=true"),
        "Access a pod": asks(f"{PODS}/web-0:8080/proxy/"),
        "Access a node": asks("/api/v1/nodes/n1:10250/proxy/metrics"),
        "Look from a shell in the cluster": kubectl_exec,
        "Open it in a browser": proxied,
    },
}


def test_every_row_is_expected_to_do_something():
    assert {page: list(rows) for page, rows in TABLES.items()} == {page: list(rows) for page, rows in EXPECTED.items()}


@pytest.mark.kubectl
@pytest.mark.parametrize("page", EXPECTED)
def test_a_page_step_by_step(page, desk, kubectl_path):
    for step, command in TABLES[page].items():
        check = EXPECTED[page][step]
        if command.startswith("kcfg exec "):
            continue  # below
        done = desk.run(command)
        assert TOKEN not in done.stderr, step
        check(done, desk)


EXEC_ROWS = [
    (page, step) for page, rows in TABLES.items() for step, command in rows.items() if command.startswith("kcfg exec ")
]


@pytest.mark.kubectl
@pytest.mark.skipif("exec" not in NAMES, reason="kcfg exec is not there yet")
@pytest.mark.parametrize(("page", "step"), EXEC_ROWS, ids=lambda value: value)
def test_a_step_with_kubectl(page, step, desk, kubectl_path):
    command, check = TABLES[page][step], EXPECTED[page][step]
    (desk.work.parent / "bin/kubectl").symlink_to(kubectl_path)
    if check is proxied:
        run_proxy(command, desk)
    else:
        check(desk.run(command), desk)


def run_proxy(command, desk):
    """A kubectl proxy answers on its port as the context's user, and ends with the first interrupt."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    words = re.sub(r"--port=\d+", f"--port={port}", command)
    with subprocess.Popen(
        ["bash", "-euc", f"exec {words}"], cwd=desk.work, env=desk.environ, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            found = _answer(f"http://127.0.0.1:{port}/api")
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
        finally:
            process.kill()

    assert found["kind"] == "APIVersions"
    assert code in (130, -signal.SIGINT)


def _answer(url):
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return json.load(response)
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
