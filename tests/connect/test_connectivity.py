"""`check connectivity` and `whoami` against real TLS servers, well and out of order in every way."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fleet_servers import TOKEN, answer_as_kubernetes, server_pem, socks, tunnel
from terminal import on_terminal

from kcfg.connect.trouble import Trouble


@pytest.fixture
def check(kcfg, fleet):
    """Run the check with -o json: (exit code, {context: what it says})."""

    def run(*words, command="check connectivity", **more):
        done = kcfg(*command.split(), "--kubeconfig", fleet.write(), "-o", "json", *words, **more)
        assert TOKEN not in done.stdout + done.stderr
        assert done.returncode < 3, done.stderr
        assert done.stdout, done.stderr
        return done.returncode, {each["name"]: each for each in json.loads(done.stdout)["contexts"]}

    return run


LIMITS = (1, 8, 60)  # seconds


def patient(check, wanted):
    """Ask with a short limit, where a busy machine took longer with longer ones: (time in limits, code, answers)."""
    for limit in LIMITS:
        started = time.monotonic()
        code, found = check("--timeout", f"{limit}s")
        took = time.monotonic() - started
        if {name: each["cause"] for name, each in found.items()} == wanted and took < 10 * limit:
            break
    return took / limit, code, found


def pem64(content):
    return base64.b64encode(content).decode()


def test_a_context_that_works(check, fleet):
    fleet.context("good", fleet.start().url)
    code, found = check()

    assert code == 0
    assert found["good"]["steps"] == dict.fromkeys(("credentials", "tcp", "tls", "version", "user"), "ok")
    assert (found["good"]["version"], found["good"]["username"]) == ("v1.33.0", "robot")


CAUSES = {
    "refused": ("tcp", "refuses connections"),
    "dns": ("tcp", "no such host"),
    "tls-authority": ("tls", "not signed by this cluster's certificate-authority"),
    "tls-expired": ("tls", "has expired"),
    "tls-not-yet-valid": ("tls", "not valid yet"),
    "tls-name": ("tls", "for another address"),
    "not-tls": ("tls", "does not speak TLS"),
    "timeout": ("tls", "does not speak TLS in time"),
    "unauthorized": ("user", "does not know this user"),
    "forbidden": ("user", "does not allow"),
    "server-error": ("version", "has a problem"),
    "not-kubernetes": ("version", "sends us elsewhere"),
    "protocol": ("version", "without an answer"),
}


def test_every_cause_by_its_name(check, fleet):
    authority = fleet.authority
    good = fleet.start()
    fleet.user("stranger", token="nobody-knows-it")
    fleet.user("forbidden", token="forbidden")
    fleet.context("refused", fleet.dead())
    fleet.context("dns", "https://no-such-host.invalid:6443")
    fleet.context("tls-authority", fleet.start(pem=server_pem(fleet.other)).url)
    fleet.context("tls-expired", fleet.start(pem=server_pem(authority, start=-9, end=-1)).url)
    fleet.context("tls-not-yet-valid", fleet.start(pem=server_pem(authority, start=5, end=9)).url)
    fleet.context("tls-name", fleet.start(pem=server_pem(authority, address="127.0.0.9")).url)
    fleet.context("not-tls", fleet.start(pem=None).url.replace("http:", "https:"))
    fleet.context("timeout", fleet.silent())
    fleet.context("unauthorized", good.url, "stranger")
    fleet.context("forbidden", good.url, "forbidden")
    fleet.context("server-error", fleet.start(answer=lambda _: (503, {})).url)
    fleet.context("not-kubernetes", fleet.start(answer=lambda _: (302, b"", {"Location": "https://login.invalid"})).url)
    fleet.context("protocol", fleet.start(answer=lambda _: (_.connection.close(), {})).url)
    _, code, found = patient(check, {name: name for name in CAUSES})

    assert code == 1
    assert {name: each["cause"] for name, each in found.items()} == {name: name for name in CAUSES}
    for name, (step, words) in CAUSES.items():
        assert found[name]["steps"][step] == "failed"
        assert words in found[name]["message"]
        assert found[name]["hint"]


def test_a_server_that_takes_the_question_and_does_not_answer(check, fleet):
    fleet.context("slow", fleet.start(delay=3600).url)
    for limit in LIMITS:
        code, found = check("--timeout", f"{limit}s")
        assert (code, found["slow"]["cause"]) == (1, "timeout")
        if found["slow"]["steps"]["tls"] == "ok":
            break

    assert found["slow"]["steps"]["tls"] == "ok"


def test_two_hundred_contexts_in_about_the_slowest_timeout(check, fleet):
    fleet.user("stranger", token="nobody-knows-it")
    fleet.user("forbidden", token="forbidden")
    servers = {
        "good": fleet.start().url, "unauthorized": fleet.start().url, "forbidden": fleet.start().url,
        "tls-expired": fleet.start(pem=server_pem(fleet.authority, start=-9, end=-1)).url,
        "tls-authority": fleet.start(pem=server_pem(fleet.other)).url,
        "refused": fleet.dead(), "timeout": fleet.silent(), "late": fleet.start(delay=0.2).url,
    }  # fmt: skip
    users = {"unauthorized": "stranger", "forbidden": "forbidden"}
    for number in range(200):
        kind = list(servers)[number % len(servers)]
        fleet.context(f"{kind}.{number}", servers[kind], users.get(kind, "robot"))
    kinds = {name: name.partition(".")[0] for name in fleet.contexts}
    wanted = {name: None if kind in ("good", "late") else kind for name, kind in kinds.items()}
    timeouts, code, found = patient(check, wanted)

    assert (code, len(found)) == (1, 200)
    assert {name: each["cause"] for name, each in found.items()} == wanted
    assert timeouts < 10  # there are twenty-five


@pytest.mark.parametrize(
    "way",
    [
        "data",
        "files",
        "token file",
        "basic is refused",
        "impersonation",
        "oidc",
        "file before token",
        "token for a file that is gone",
        "certificate before exec",
    ],
)
def test_every_kind_of_user(way, check, fleet):
    certificate, key = fleet.client
    (fleet.folder / "admin.crt").write_bytes(certificate)
    (fleet.folder / "admin.key").write_bytes(key)
    (fleet.folder / "token").write_text(f"{TOKEN}\n")
    bodies = {
        "data": {"client-certificate-data": pem64(certificate), "client-key-data": pem64(key)},
        "files": {"client-certificate": "admin.crt", "client-key": "admin.key"},
        "token file": {"tokenFile": "token"},
        "basic is refused": {"username": "jane", "password": "planted-password"},
        "impersonation": {"token": TOKEN, "as": "jane", "as-groups": ["one", "two"]},
        "oidc": {"auth-provider": {"name": "oidc", "config": {"id-token": TOKEN}}},
        "file before token": {"tokenFile": "token", "token": "another"},
        "token for a file that is gone": {"tokenFile": "gone", "token": TOKEN},
        "certificate before exec": {
            "client-certificate": "admin.crt",
            "client-key": "admin.key",
            "exec": stanza(command="no-such-plugin"),
        },
    }
    fleet.user("me", **bodies[way])
    server = fleet.start()
    fleet.context("a", server.url, "me")
    _, found = check(command="whoami")
    names = {
        "data": "admin", "files": "admin", "certificate before exec": "admin",
        "basic is refused": None, "impersonation": "jane",
    }  # fmt: skip

    assert found["a"]["username"] == names.get(way, "robot"), found
    if way == "impersonation":
        assert found["a"]["groups"] == ["system:authenticated", "one", "two"]
    if way == "basic is refused":
        assert found["a"]["cause"] == "unauthorized"
        sent = base64.b64encode(b"jane:planted-password").decode()
        assert server.asked[0][2]["Authorization"] == f"Basic {sent}"


def test_a_client_certificate_of_another_authority(check, fleet):
    from kcfg.x509 import make_client

    certificate, key = make_client("mallory", (), fleet.other)
    fleet.user("me", **{"client-certificate-data": pem64(certificate), "client-key-data": pem64(key)})
    fleet.context("a", fleet.start().url, "me")

    assert check()[1]["a"]["cause"] == "client-certificate"


def test_keys_that_cannot_be_used_do_not_ask_for_a_password(check, fleet):
    from cryptography.hazmat.primitives import serialization

    certificate, key = fleet.client
    loaded = serialization.load_pem_private_key(key, None)
    locked = loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"planted"),
    )
    fleet.user("locked", **{"client-certificate-data": pem64(certificate), "client-key-data": pem64(locked)})
    other = fleet.other[1]
    fleet.user("other", **{"client-certificate-data": pem64(certificate), "client-key-data": pem64(other)})
    fleet.context("locked", fleet.start().url, "locked")
    fleet.context("other", fleet.start().url, "other")
    _, found = check()

    assert "is encrypted" in found["locked"]["message"]
    assert "does not belong" in found["other"]["message"]


@pytest.mark.parametrize("how", ["insecure", "name", "data"])
def test_ways_to_trust(how, check, fleet):
    server = fleet.start(pem=server_pem(fleet.authority, address="127.0.0.9"))
    clusters = {
        "insecure": {"insecure-skip-tls-verify": True},
        "name": {"tls-server-name": "api.internal", "certificate-authority": "ca.crt"},
        "data": {"tls-server-name": "api.internal", "certificate-authority-data": pem64(fleet.authority[0])},
    }
    fleet.context("a", server.url, **clusters[how])
    code, found = check()

    assert (code, found["a"]["username"]) == (0, "robot")


def test_no_credential_goes_over_http(check, fleet):
    server = fleet.start(pem=None)
    plugin(fleet, json.dumps({"token": TOKEN}))
    fleet.user("exec", exec=stanza())
    fleet.context("token", server.url)
    fleet.context("exec", server.url, "exec")
    fleet.context("bare", server.url.removeprefix("http://"), **{"certificate-authority": "ca.crt"})
    code, found = check()

    assert (code, {each["cause"] for each in found.values()}) == (1, {"unauthorized"})
    assert "over http://" in found["token"]["message"]
    assert found["token"]["steps"]["tls"] == "skipped"
    assert not any("Authorization" in headers for _, _, headers in server.asked)
    assert not (fleet.folder / "login.log").exists()


def test_the_proxy_of_the_cluster_with_its_password(check, fleet, tmp_path):
    good = fleet.start()
    proxy = fleet.start(pem=None, answer=tunnel, review="Basic " + base64.b64encode(b"jane:plum pw").decode())
    url = proxy.url.replace("//", "//jane:plum%20pw@")
    fleet.context("through", good.url, **{"proxy-url": url, "certificate-authority": "ca.crt"})
    fleet.context("refused", good.url, **{"proxy-url": proxy.url, "certificate-authority": "ca.crt"})
    _, found = check()

    assert found["through"]["ok"]
    assert found["through"]["proxy"] == proxy.url
    assert [path for method, path, _ in proxy.asked if method == "CONNECT"] == [good.url[8:]] * 2
    assert (found["refused"]["cause"], "wants a password" in found["refused"]["message"]) == ("proxy", True)


def test_a_proxy_of_the_environment(check, fleet):
    fleet.context("outside", "https://k8s.example.com:6443")
    fleet.context("inside", "https://api.corp.example.com:6443")
    proxy = fleet.start(pem=None, answer=lambda _: (400, {}))
    env = {"HTTPS_PROXY": proxy.url, "NO_PROXY": ".corp.example.com"}
    _, found = check("--timeout", "2s", env={**os.environ, **env})

    assert (found["outside"]["cause"], found["outside"]["proxy"]) == ("proxy", proxy.url)
    assert found["inside"]["proxy"] is None


PLUGIN = """#!/bin/sh
echo $$ > "$0.pid"
echo run >> "$0.log"
printf '%s' "$KUBERNETES_EXEC_INFO" > "$0.info"
[ -n "$HANG" ] && sleep 600
[ -n "$FAIL" ] && {{ echo planted-stderr >&2; exit 3; }}
printf '{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {status}}}'
"""


def plugin(fleet, status, name="login"):
    file = fleet.folder / name
    file.write_text(PLUGIN.format(status=status))
    file.chmod(0o755)
    return file


def stanza(**more):
    base = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "IfAvailable"}
    return {**base, **more}


def test_a_plugin_is_run_once_as_kubectl_runs_it(check, fleet):
    file = plugin(fleet, json.dumps({"token": TOKEN}))
    fleet.user("exec", exec=stanza(provideClusterInfo=False))
    for number in range(5):
        fleet.context(f"c{number}", fleet.start().url, "exec")
    code, found = check()

    assert (code, {each["username"] for each in found.values()}) == (0, {"robot"})
    assert Path(f"{file}.log").read_text() == "run\n"
    info = json.loads(Path(f"{file}.info").read_text())
    assert info == {
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "spec": {"interactive": False}
    }  # fmt: skip


def test_a_plugin_that_gives_a_certificate_and_is_told_the_cluster(check, fleet):
    certificate, key = fleet.client
    status = {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}
    file = plugin(fleet, json.dumps(status).replace("%", "%%").replace("\\", "\\\\"))
    fleet.user("exec", exec=stanza(provideClusterInfo=True))
    fleet.context("a", fleet.start().url, "exec")
    code, found = check()

    assert (code, found["a"]["username"]) == (0, "admin")
    told = json.loads(Path(f"{file}.info").read_text())["spec"]["cluster"]
    assert base64.b64decode(told["certificate-authority-data"]) == fleet.authority[0]


def test_plugins_that_do_not_work(check, fleet):
    plugin(fleet, "{}")
    url = fleet.start().url
    users = {
        "absent": stanza(command="no-such-plugin-here", installHint="get it from example.com"),
        "failing": stanza(env=[{"name": "FAIL", "value": "1"}]),
        "hanging": stanza(env=[{"name": "HANG", "value": "1"}]),
        "empty": stanza(),
        "asking": stanza(interactiveMode="Always"),
        "old": stanza(apiVersion="client.authentication.k8s.io/v1alpha1"),
    }
    for name, body in users.items():
        fleet.user(name, exec=body)
        fleet.context(name, url, name)
    timeouts, code, found = patient(check, dict.fromkeys(users, "plugin"))

    assert (code, {each["cause"] for each in found.values()}) == (1, {"plugin"})
    words = {
        "absent": "is not installed", "failing": "exit code 3", "hanging": "no answer within",
        "empty": "neither a token nor", "asking": "asks questions", "old": "no longer does",
    }  # fmt: skip
    for name, text in words.items():
        assert text in found[name]["message"]
    assert found["absent"]["hint"] == "get it from example.com"
    assert "planted-stderr" not in json.dumps(found)
    assert timeouts < 10


@pytest.mark.parametrize(("review", "name"), [("v1beta1", "robot"), ("v1alpha1", "robot"), (None, None)])
def test_old_servers_are_asked_in_their_own_version(review, name, check, fleet):
    fleet.context("a", fleet.start(review=review).url)
    code, found = check(command="whoami")

    assert (code, found["a"]["username"], found["a"]["cause"]) == (0, name, None)


def answer_anybody(request):
    """As a server with anonymous authentication does: who has no credential is system:anonymous."""
    status, body = answer_as_kubernetes(request)
    if status != 401 or request.headers.get("Authorization"):
        return status, body
    if request.path == "/version":
        return 200, {"gitVersion": "v1.33.0"}
    if request.server.owner.review == "v1":
        return 201, {"kind": "SelfSubjectReview", "status": {"userInfo": {"username": "system:anonymous"}}}
    return 403, {"kind": "Status", "message": 'selfsubjectreviews is forbidden: User "system:anonymous" cannot create'}


@pytest.mark.parametrize("review", ["v1", "refused"])
def test_who_is_taken_for_nobody_does_not_work(review, check, fleet):
    fleet.user("blank")
    fleet.context("a", fleet.start(answer=answer_anybody, review=review).url, "blank")
    for command in ("check connectivity", "whoami"):
        code, found = check("--context", "a", command=command)

        assert (code, found["a"]["cause"], found["a"]["username"]) == (1, "anonymous", "system:anonymous")
        assert "give it a token" in found["a"]["hint"]


def answer_no_password(request):
    """As Kubernetes since 1.19: it does not look at a password, and who sends one is anonymous."""
    if request.headers.get("Authorization", "").startswith("Basic "):
        del request.headers["Authorization"]
    return answer_anybody(request)


@pytest.mark.parametrize("review", ["v1", "refused"])
@pytest.mark.parametrize("place", ["user", "url"])
def test_who_sends_a_password_is_told_that_nobody_looks_at_it(place, review, check, fleet):
    url = fleet.start(answer=answer_no_password, review=review).url
    fleet.user("jane", **({"username": "jane", "password": "x"} if place == "user" else {"username": "jane"}))
    fleet.context("a", url if place == "user" else url.replace("://", "://jane:x@"), "jane")
    for command in ("check connectivity", "whoami"):
        code, found = check("--context", "a", command=command)

        assert (code, found["a"]["cause"]) == (1, "anonymous")
        assert "does not know this user" in found["a"]["message"]
        assert "Kubernetes takes none since 1.19" in found["a"]["hint"]


def test_who_asks_to_be_anonymous_is(check, fleet):
    fleet.user("me", **{"token": TOKEN, "as": "system:anonymous"})
    fleet.context("a", fleet.start().url, "me")

    assert check(command="whoami")[0] == 0


@pytest.mark.parametrize("beside", [{}, {"username": "jane", "password": "x"}, {"exec": {"command": "never"}}])
def test_an_empty_token_file_is_no_credential(beside, check, fleet, tmp_path):
    (tmp_path / "empty").write_text(" \n")
    fleet.user("me", tokenFile=str(tmp_path / "empty"), **beside)
    server = fleet.start(answer=answer_anybody)
    fleet.context("a", server.url, "me")
    code, found = check()

    assert (code, found["a"]["steps"]["credentials"], server.asked) == (1, "failed", [])
    assert found["a"]["message"] == "the user's tokenFile is empty"


def test_whoami_asks_for_the_current_context_only(check, fleet):
    fleet.context("a", fleet.start().url)
    fleet.context("b", fleet.dead())

    assert set(check(command="whoami")[1]) == {"a"}
    assert check("--all", command="whoami")[0] == 2
    assert set(check("--context", "b", command="whoami")[1]) == {"b"}


def test_whoami_tells_people(kcfg, fleet):
    fleet.user("stranger", token="nobody-knows-it")
    url = fleet.start().url
    fleet.context("a", url)
    fleet.context("b", url, "stranger")
    done = kcfg("whoami", "--kubeconfig", fleet.write(), "--all")

    assert done.returncode == 1
    assert done.stdout.splitlines()[1].split() == ["a", "robot", "system:authenticated"]
    assert "kcfg: error: b: the server does not know this user (401)" in done.stderr


SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: demo}}
clusters: [{{name: a, server: "{url}", certificate-authority: fleet/ca.crt}}]
users:
- name: me
  exec: {{apiVersion: client.authentication.k8s.io/v1, command: ./fleet/login, interactiveMode: Never}}
contexts: [{{name: a, cluster: a, user: me}}]
"""


def test_a_spec_runs_nothing_until_it_is_trusted(kcfg, fleet, tmp_path):
    file = plugin(fleet, json.dumps({"token": TOKEN}))
    server = fleet.start()
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(url=server.url))
    done = kcfg("check", "connectivity", "-f", ".", "-o", "json", cwd=tmp_path)

    assert (done.returncode, "asked without credentials" in done.stderr) == (0, True)
    assert not Path(f"{file}.log").exists()
    assert not any("Authorization" in headers for _, _, headers in server.asked)
    assert kcfg("whoami", "-f", ".", cwd=tmp_path).returncode == 1
    assert not Path(f"{file}.log").exists()
    done = kcfg("whoami", "-f", ".", "--trust", "-o", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["contexts"][0]["username"] == "robot", done.stderr


def command_of(pid):
    """Return a process's command line; nothing of a dead one, which nobody may be there to reap."""
    try:
        return Path("/proc", pid, "cmdline").read_text()
    except OSError:
        return ""


def test_ctrl_c_ends_at_once_and_takes_the_plugins_along(fleet):
    file = plugin(fleet, "{}")
    fleet.user("hanging", exec=stanza(env=[{"name": "HANG", "value": "1"}]))
    fleet.context("silent", fleet.silent())
    fleet.context("hanging", fleet.silent(), "hanging")
    words = [sys.executable, "-m", "kcfg", "check", "connectivity", "--kubeconfig", fleet.write(), "--timeout", "60s"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 60
        while not Path(f"{file}.log").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    deadline = time.monotonic() + 60
    while file.name in command_of(Path(f"{file}.pid").read_text().strip()):  # others get its number
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert process.returncode == 130
    assert time.monotonic() - started < 50  # the limit is 60, and a plugin would have slept for longer
    assert "Traceback" not in out + err


def test_a_plugin_that_is_just_being_started_is_taken_along(monkeypatch, tmp_path):
    """An interrupt comes to one thread while another starts a plugin; and none is started after it."""
    from kcfg.connect import plugin as plugins
    from kcfg.connect.endpoint import Endpoint

    started, may_go, made = threading.Event(), threading.Event(), []

    def start(*words, **more):
        made.append(subprocess.Popen(*words, **more))
        started.set()
        assert may_go.wait(60)
        return made[0]

    monkeypatch.setattr(plugins, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": start}))
    asked = plugins.Plugins(dict(os.environ), 60)
    endpoints = [
        Endpoint("https", "a.example.com", 443, plugin=stanza(command="sleep", args=[each])) for each in ("600", "601")
    ]
    told = []

    def ask(endpoint):
        with pytest.raises(Trouble) as trouble:
            asked.credential(endpoint)
        told.append(trouble.value)

    first = threading.Thread(target=ask, args=(endpoints[0],))
    first.start()
    assert started.wait(60)
    stopping = threading.Thread(target=asked.stop)
    stopping.start()
    may_go.set()
    stopping.join()
    first.join()
    ask(endpoints[1])

    assert [each.wait(60) for each in made] == [-signal.SIGKILL]
    assert len(told) == 2


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--timeout", "soon"], "write 10s"),
        (["--timeout", "0"], "write 10s"),
        (["--max-parallel", "0"], "write 100"),
        (["--context", "sliver"], "did you mean 'silver'?"),
    ],
)
def test_mistakes(words, hint, kcfg, fleet):
    fleet.context("silver", fleet.dead())
    done = kcfg("check", "connectivity", "--kubeconfig", fleet.write(), *words)

    assert (done.returncode, hint in done.stderr) == (2, True)


def test_a_key_in_memory_is_not_left_in_a_file(fleet, tmp_path, monkeypatch):
    from kcfg.connect import tls

    seen = []
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with tls.readable_file(b"planted-key") as path:
        seen = [path, Path(path).stat().st_mode & 0o777]

    assert seen[1] == 0o600
    assert not Path(seen[0]).exists()


@pytest.mark.parametrize(
    ("no_proxy", "host", "used"),
    [
        ("", "k8s.example.com", True), ("*", "k8s.example.com", False), ("example.com", "k8s.example.com", False),
        (".example.com", "example.com", True), ("*.example.com", "k8s.example.com", False),
        ("example.com:6443", "k8s.example.com", False), ("example.com:443", "k8s.example.com", True),
        ("192.0.2.0/24", "192.0.2.7", False), ("198.51.100.1", "192.0.2.7", True),
        ("2001:db8::/32", "2001:db8::1", False),
        ("other.example.com", "k8s.example.com", True), ("", "localhost", False), ("", "127.0.0.9", False),
    ],
)  # fmt: skip
def test_no_proxy_as_go_reads_it(no_proxy, host, used):
    from kcfg.connect.proxies import proxy_for

    environ = {"HTTPS_PROXY": "proxy.example.com:3128", "no_proxy": no_proxy}

    assert (proxy_for("https", host, 6443, environ) is not None) == used


def test_a_socks_proxy(check, fleet):
    good = fleet.start()
    fleet.context("a", good.url, **{"proxy-url": socks(good), "certificate-authority": "ca.crt"})
    code, found = check()

    assert (code, found["a"]["username"]) == (0, "robot"), found


def test_a_bar_while_somebody_waits(fleet):
    for number in range(6):
        fleet.context(f"silent-{number}", fleet.silent())
    words = ["check", "connectivity", "--kubeconfig", fleet.write(), "--timeout", "500ms", "--max-parallel", "2"]
    code, shown = on_terminal(words, b"", cwd=fleet.folder, env={"TERM": "xterm"})

    assert code == 1
    assert "] 2/6  silent-2, silent-3" in shown
    assert shown.index("6/6") < shown.index("NAME")
    assert "\r\x1b[K" in shown


def test_a_login_plugin_is_asked_while_others_wait(check, fleet):
    """Nine plugins of half a second, at most eight at once: nobody's own time runs out while it waits."""
    file = fleet.folder / "login"
    status = json.dumps({"token": TOKEN})
    file.write_text(PLUGIN.format(status=status).replace("echo run", "sleep 0.6; echo run"))
    file.chmod(0o755)
    url = fleet.start().url
    for number in range(17):
        fleet.user(f"u{number}", exec=stanza(args=[str(number)]))
        fleet.context(f"c{number}", url, f"u{number}")
    code, found = check("--timeout", "1s")

    assert code == 0, found
    assert Path(f"{file}.log").read_text().count("run") == 17


WRONG = {
    "a line break": ({"token": f"{TOKEN}\n"}, {}, "HTTP cannot send"),
    "gcp": ({"auth-provider": {"name": "gcp"}}, {}, "no longer has"),
    "oidc without a token": ({"auth-provider": {"name": "oidc"}}, {}, "no id-token"),
    "a missing file": ({"tokenFile": "gone"}, {}, "no such file"),
    "no interactiveMode": ({"exec": stanza(interactiveMode=None)}, {}, "interactiveMode"),
    "insecure with an authority": ({}, {"insecure-skip-tls-verify": True, "certificate-authority": "ca.crt"}, "both"),
    "an authority that is none": ({}, {"certificate-authority-data": pem64(b"plum")}, "not PEM"),
}


def test_what_kubectl_would_refuse(check, fleet):
    for name, (user, cluster, _) in WRONG.items():
        fleet.user(name, **user)
        fleet.context(name, fleet.dead(), name, **cluster)
    code, found = check()

    assert code == 1
    for name, (_, _, words) in WRONG.items():
        assert found[name]["steps"]["credentials"] == "failed"
        assert words in found[name]["message"], found[name]


def test_user_and_password_in_the_url_replace_the_token(check, fleet):
    server = fleet.start()
    fleet.context("a", server.url.replace("//", "//jane:planted@"))
    _, found = check()

    assert server.asked[0][2]["Authorization"] == f"Basic {pem64(b'jane:planted')}"
    assert found["a"]["server"] == server.url


def test_a_plugin_answers_in_yaml_or_in_another_version(check, fleet):
    answers = {"yaml": "v1", "other": "v1beta1"}
    for name, version in answers.items():
        file = fleet.folder / name
        kind = f"apiVersion: client.authentication.k8s.io/{version}\nkind: ExecCredential"
        file.write_text(f"#!/bin/sh\ncat <<END\n{kind}\nstatus: {{token: {TOKEN}}}\nEND\n")
        file.chmod(0o755)
        fleet.user(name, exec=stanza(command=f"./{name}"))
        fleet.context(name, fleet.start().url, name)
    _, found = check()

    assert found["yaml"]["username"] == "robot", found
    assert "another version" in found["other"]["message"]
