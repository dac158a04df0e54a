"""`kcfg shell --read-only` at a server over TLS: what passes its proxy, what does not, and who may use it.

A real kube-apiserver and kubectl are in tests/e2e/test_reading_served.py.
"""

import json
import os
import socket
import subprocess
import sys

import pytest
from conftest import ROOT
from fleet_servers import TOKEN

PODS = {"kind": "PodList", "items": []}


def answer(request):
    server = request.server.owner
    server.seen.append((request.command, request.path, dict(request.headers)))
    if request.path.startswith("/api/v1/pods?watch"):
        return 200, b"one\ntwo\n"
    return 200, {"path": request.path, **PODS}


@pytest.fixture
def server(fleet):
    found = fleet.start(answer=answer)
    found.seen = []
    fleet.context("prod", found.url, "robot")
    found.kubeconfig = fleet.write()
    return found


@pytest.fixture
def run(server, private_home):
    """Run a script in such a shell; `inside` of it is Python with a client of its kubeconfig."""

    def call(script, *words, cwd=None):
        environ = {"PATH": os.environ["PATH"], "HOME": str(private_home), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
                   "KUBECONFIG": str(server.kubeconfig), "XDG_RUNTIME_DIR": str(private_home)}  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "kcfg", "shell", "prod", "--read-only", "--shell", "/bin/sh", *words],
            env=environ, input=script, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return call


def python(code):
    return f"{sys.executable} - <<'END'\nfrom kubernetes_requests import Inside\ninside = Inside()\n{code}\nEND\n"


def test_reading_passes_with_the_credential_that_the_shell_does_not_have(run, server):
    done = run('cat "$KUBECONFIG"\n' + python("print(inside.ask('GET', '/api/v1/pods')[1])"))

    assert done.returncode == 0, done.stderr
    assert '"kind": "PodList"' in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert server.url not in done.stdout
    assert [(method, path) for method, path, _ in server.seen] == [("GET", "/api/v1/pods")]
    assert server.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"
    assert "a proxy of kcfg lets it read, Secrets kept back" in done.stderr


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("POST", "/api/v1/namespaces/a/pods", {}, 403),
        ("DELETE", "/api/v1/namespaces/a/pods/b", {}, 403),
        ("GET", "/api/v1/namespaces/a/secrets", {}, 403),
        ("GET", "/api/v1/namespaces/a/pods/../secrets/b", {}, 403),
        ("GET", "/api/v1/namespaces/a/%73ecrets", {}, 403),
        ("GET", "/api/v1/namespaces/a/pods/b/exec?command=id", {"Upgrade": "SPDY/3.1"}, 403),
        ("GET", "/api/v1/pods", {"Impersonate-User": "system:admin"}, 403),
        ("GET", "/api/v1/pods", {"Authorization": "Bearer x"}, 401),
        ("GET", "/api/v1/pods", {"Transfer-Encoding": "chunked"}, 400),
        ("GET", "/api/v1/pods", {"Content-Length": "5, 6"}, 400),
    ],
)
def test_what_does_not_pass_reaches_no_server(method, path, headers, code, run, server):
    done = run(python(f"print(*inside.ask({method!r}, {path!r}, {headers!r}))"))

    assert done.stdout.startswith(f"{code} "), (done.stdout, done.stderr)
    assert json.loads(done.stdout.partition(" ")[2])["kind"] == "Status"
    assert server.seen == []


def test_secrets_on_demand(run, server):
    done = run(python("print(inside.ask('GET', '/api/v1/secrets')[0])"), "--with-secrets")

    assert done.stdout == "200\n"
    assert server.seen


def test_nobody_without_its_authority_and_token_is_answered(run, server):
    code = "import urllib.request\ntry:\n    urllib.request.urlopen(inside.url)\nexcept OSError as error: print(error)"
    done = run(python(code))
    assert "CERTIFICATE_VERIFY_FAILED" in done.stdout


def test_its_kubeconfig_is_fixed_and_nothing_is_left(run, private_home):
    done = run('echo x >> "$KUBECONFIG" || echo refused; echo "$KUBECONFIG"\n')

    assert done.stdout.startswith("refused\n")
    assert not os.path.exists(done.stdout.split()[-1])
    assert [path for path in private_home.rglob("*") if path.is_file()] == []


def test_after_its_time_nothing_is_answered(run, server):
    ask = "inside.ask('GET', '/api/v1/pods')"
    for seconds in (2, 10, 60):
        done = run(
            python(f"import time\nprint({ask}[0]); time.sleep({seconds + 0.5}); print(*{ask})"), "--ttl", f"{seconds}s"
        )
        if done.stdout.startswith("200\n"):
            break  # a busy machine may come to its first question when the session has ended

    assert done.stdout.startswith("200\n401 "), (done.stdout, done.stderr)
    assert "this session has ended" in done.stdout


def test_an_answer_comes_as_it_is_made(run, server):
    code = "print(inside.ask('GET', '/api/v1/pods?watch=1')[1])"
    assert "one\ntwo" in run(python(code)).stdout


def test_the_proxy_ends_with_the_shell(run):
    done = run(python("print(inside.url)"))
    port = int(done.stdout.strip().rpartition(":")[2])

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)
