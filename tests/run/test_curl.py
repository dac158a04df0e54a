"""`kcfg curl`: the real curl against real TLS servers, and what can be seen of it from outside while it runs."""

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import ROOT
from fleet_servers import TOKEN, answer_as_kubernetes, server_pem, socks, tunnel

PASSWORD = 'plum "pass\\word" ü'
PLUGIN = """#!/bin/sh
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": %s}' "$STATUS"
"""


@pytest.fixture
def curl(kcfg, fleet):
    """Run `kcfg curl` over the fleet's kubeconfig."""

    def run(*words, **more):
        config = fleet.write()
        done = kcfg("curl", "--kubeconfig", config, *words, **more)
        assert not any(secret in done.stdout + done.stderr for secret in (TOKEN, PASSWORD, "PRIVATE KEY"))
        return done

    return run


def pem64(content):
    return base64.b64encode(content).decode()


def plugin(fleet, status):
    file = fleet.folder / "login"
    file.write_text(PLUGIN)
    file.chmod(0o755)
    env = [{"name": "STATUS", "value": json.dumps(status)}]
    base = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}
    return {**base, "env": env}


def pair(fleet):
    certificate, key = fleet.client
    return {"client-certificate-data": pem64(certificate), "client-key-data": pem64(key)}


def users(fleet):
    certificate, key = (each.decode() for each in fleet.client)
    (fleet.folder / "token").write_text(f"{TOKEN}\n")
    both = {"clientCertificateData": certificate, "clientKeyData": key}
    return {
        "token": {"token": TOKEN},
        "token file": {"tokenFile": "token"},
        "certificate": pair(fleet),
        "plugin's token": {"exec": plugin(fleet, {"token": TOKEN})},
        "plugin's certificate": {"exec": plugin(fleet, both)},
        "oidc": {"auth-provider": {"name": "oidc", "config": {"id-token": TOKEN}}},
        "impersonation": {
            "token": TOKEN, "as": 'ja"ne', "as-uid": "7", "as-groups": ["one", "two", ""],
            "as-user-extra": {"Scope/X": ["a\\b"]},
        },
        "basic": {"username": "jane", "password": PASSWORD},
        "nobody": {},
    }  # fmt: skip


WAYS = [
    "token", "token file", "certificate", "plugin's token", "plugin's certificate", "oidc", "impersonation", "basic",
    "nobody",
]  # fmt: skip


@pytest.mark.kubectl
@pytest.mark.parametrize("way", WAYS)
def test_the_server_sees_what_kubectl_shows_it(way, curl, fleet, kubectl):
    fleet.user("me", **users(fleet)[way])
    server = fleet.start(answer=lambda request: seen.append(who(request)) or answer_as_kubernetes(request))
    fleet.context("odd name'\"", server.url, "me")
    seen = []

    def who(request):
        kept = {key.lower(): value for key, value in request.headers.items() if key.startswith(("Auth", "Imp"))}
        groups = request.headers.get_all("Impersonate-Group")
        return kept, groups, (request.connection.getpeercert() or {}).get("subject")

    done = curl("/version")
    ours = list(seen)
    seen.clear()
    kubectl("--kubeconfig", fleet.write(), "get", "--raw", "/version")

    # Without a user kubectl asks for a name; its oidc needs the issuer.
    assert ours == seen[: len(ours)] != [] or (way in ("nobody", "oidc") and not seen)
    if way in ("basic", "nobody"):
        assert (done.returncode, json.loads(done.stdout)["reason"]) == (22, "Unauthorized")
    else:
        assert (done.returncode, json.loads(done.stdout)["gitVersion"]) == (0, "v1.33.0"), done.stderr


def test_a_path_goes_out_as_it_was_meant(curl, fleet):
    server = fleet.start(answer=lambda _: (200, {}))
    fleet.context("a", f"{server.url}/k8s/clusters/c-1/")
    fleet.contexts["a"]["namespace"] = "shop"
    asked = [
        ("/api/v1/pods?limit=5&q=a b",),
        ("/a//[b]{c}/%2F/100%",),
        ("a", "/version"),
        ("--service", "https:web:", "/x y?z=ü"),
        ("--service", "web:http", "-n", "other"),
        ("--pod", "web-0:8080", "/"),
        ("--node", "n1.example.com:10250", "/metrics"),
    ]
    for words in asked:
        done = curl(*words)
        assert (done.returncode, done.stdout) == (0, "{}"), done.stderr

    paths = [path for _, path, _ in server.asked]
    assert [path.removeprefix("/k8s/clusters/c-1") for path in paths] == [
        "/api/v1/pods?limit=5&q=a%20b",
        "/a//%5Bb%5D%7Bc%7D/%2F/100%25",
        "/version",
        "/api/v1/namespaces/shop/services/https:web:/proxy/x%20y?z=%C3%BC",
        "/api/v1/namespaces/other/services/web:http/proxy/",
        "/api/v1/namespaces/shop/pods/web-0:8080/proxy/",
        "/api/v1/nodes/n1.example.com:10250/proxy/metrics",
    ]
    assert all(path.startswith("/k8s/clusters/c-1/") for path in paths)


def test_options_of_curl_pass(curl, fleet, tmp_path):
    server = fleet.start(answer=lambda request: (200, {"was": request.command}))
    fleet.context("a", server.url)
    words = ["-sXPOST", "-d", "@-", "-H", "Content-Type: application/json", "-o", tmp_path / "out", "--max-time", "9"]
    done = curl("/x", "--", *words, stdin="{}")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((tmp_path / "out").read_text()) == {"was": "POST"}
    assert server.asked[0][2]["Content-Type"] == "application/json"
    assert "200" in curl("/x", "--", "-f", "-i").stdout.splitlines()[0]


REFUSED = [
    "-k", "--insecure", "-sk", "--insec", "-v", "-sv", "--verbose", "--trace", "--trace-ascii", "--libcurl", "-L",
    "--location", "--location-trusted", "-K", "--config", "--url", "--next", "-:", "-u", "-ujane:secret-word", "--user",
    "-E", "--cert", "--key", "--cacert", "--capath", "-x", "--proxy", "--preproxy", "--connect-to", "--resolve", "-n",
    "--netrc", "--oauth2-bearer", "--request-target", "--unix-socket", "--proxy-header", "--variable", "--doh-url",
    "--dns-servers", "--interface=x", "-b", "-c", "-q", "--disable", "--engine", "--no-globoff", "--proto", "-Z",
    "https://other.example.com", "--", "--haproxy-protocol", "--ssl-no-revoke", "--aws-sigv4", "--negotiate",
]  # fmt: skip


@pytest.mark.parametrize("word", REFUSED)
def test_options_that_show_or_misdirect_the_credential_do_not_pass(word, curl, fleet):
    server = fleet.start()
    fleet.context("a", server.url)
    done = curl("/version", "--", word, "x")

    assert (done.returncode, done.stdout, server.asked) == (125, "", [])
    assert done.stderr.startswith("kcfg: error: ")
    assert "secret-word" not in done.stderr


@pytest.mark.parametrize("header", ["Authorization: Bearer x", "authorization;", "AUTHORIZATION:", "Host: other"])
def test_the_credentials_headers_are_not_given_twice(header, curl, fleet):
    server = fleet.start()
    fleet.context("a", server.url)

    assert curl("/version", "--", "-H", header).returncode == 125
    assert curl("/version", "--", f"-sH{header}").returncode == 125
    assert server.asked == []


def test_who_answers_is_verified(curl, fleet):
    fleet.context("other", fleet.start(pem=server_pem(fleet.other)).url)
    fleet.context("name", fleet.start(pem=server_pem(fleet.authority, address="127.0.0.9")).url)
    fleet.context("ended", fleet.start(pem=server_pem(fleet.authority, start=-9, end=-1)).url)
    fleet.context("public", fleet.start().url, **{"certificate-authority": ""})
    for name in fleet.contexts:
        done = curl(name, "/version")
        assert (done.returncode, done.stdout) == (60, ""), (name, done.stderr)

    assert all(server.asked == [] for server in fleet.servers)


def test_the_systems_authorities_are_not_asked_beside_the_clusters_own(strace_path, fleet, tmp_path):
    fleet.context("a", fleet.start(pem=server_pem(fleet.other)).url)
    log = tmp_path / "log"
    words = ["curl", "--kubeconfig", fleet.write(), "/version"]
    trace = [strace_path, "-f", "-e", "trace=file", "-o", log, sys.executable, "-m", "kcfg", *words]
    done = subprocess.run(trace, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60)

    assert done.returncode == 60
    assert re.findall(r'"[^"]*/[0-9a-f]{8}\.0"', log.read_text()) == re.findall(
        r'"/dev/null/[0-9a-f]{8}\.0"', log.read_text()
    )
    assert "/dev/null/" in log.read_text()


def test_another_trust_does_not_come_from_outside(curl, fleet, tmp_path, private_home):
    server = fleet.start(pem=server_pem(fleet.other))
    fleet.context("a", server.url)
    (private_home / ".curlrc").write_text("insecure\nverbose\n")
    (tmp_path / "other.crt").write_bytes(fleet.other[0])
    env = {"CURL_CA_BUNDLE": str(tmp_path / "other.crt"), "SSLKEYLOGFILE": str(tmp_path / "keys"), "CURL_HOME": "."}

    assert curl("/version", env=env).returncode == 60
    fleet.context("a", server.url, **{"certificate-authority": "../other.crt"})
    done = curl("/version", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "keys").exists()


def test_a_cluster_that_nobody_verifies_is_refused_and_the_remedy_works(curl, fleet, kcfg):
    server = fleet.start()
    fleet.user("me", exec=plugin(fleet, {"token": TOKEN}) | {"args": ["x"]})
    (fleet.folder / "login").write_text('#!/bin/sh\ntouch "$0.ran"\n')
    fleet.context("a", server.url, "me", **{"insecure-skip-tls-verify": True})
    done = curl("/version")

    assert (done.returncode, server.asked) == (125, [])
    assert not (fleet.folder / "login.ran").exists()
    remedy = done.stderr.partition("`kcfg ")[2].partition("`")[0].split()
    fleet.context("a", server.url, **{"insecure-skip-tls-verify": True})
    config = fleet.write()
    (fleet.folder.parent / "ca.crt").write_bytes(fleet.authority[0])
    assert kcfg(*remedy, "--kubeconfig", config).returncode == 0
    assert kcfg("curl", "--kubeconfig", config, "/version").returncode == 0


@pytest.mark.parametrize("proxied", [False, True])
def test_a_server_that_tls_knows_under_another_name(proxied, curl, fleet):
    server = fleet.start(pem=server_pem(fleet.authority, address="127.0.0.9"))
    proxy = fleet.start(pem=None, answer=tunnel, review=None)
    more = {"proxy-url": proxy.url} if proxied else {}
    fleet.context("a", server.url, **{"tls-server-name": "api.internal", "certificate-authority": "ca.crt"}, **more)
    done = curl("/version")

    assert done.returncode == 0, done.stderr
    assert server.asked[0][2]["Host"] == server.url[8:]
    assert [path for method, path, _ in proxy.asked] == ([server.url[8:]] if proxied else [])


def test_the_proxy_of_the_cluster_gets_its_password_and_nothing_else(curl, fleet):
    server = fleet.start()
    wanted = "Basic " + base64.b64encode(b'jane:plum "pw').decode()
    proxy = fleet.start(pem=None, answer=tunnel, review=wanted)
    url = proxy.url.replace("//", "//jane:plum%20%22pw@")
    fleet.context("a", server.url, **{"proxy-url": url, "certificate-authority": "ca.crt"})
    fleet.user("robot", token=TOKEN, **{"as": "jane"})
    done = curl("/version", env={"NO_PROXY": "*", "HTTPS_PROXY": "http://127.0.0.1:9"})

    assert done.returncode == 0, done.stderr
    ((method, path, headers),) = proxy.asked
    assert (method, path, headers["Proxy-Authorization"]) == ("CONNECT", server.url[8:], wanted)
    assert not {"authorization", "impersonate-user"} & {name.lower() for name in headers}


def test_a_socks_proxy_looks_the_name_up(curl, fleet):
    server = fleet.start()
    url = server.url.replace("127.0.0.1", "api.internal")
    fleet.context("a", url, **{"proxy-url": socks(server), "certificate-authority": "ca.crt"})
    done = curl("/version")

    assert (done.returncode, json.loads(done.stdout)["gitVersion"]) == (0, "v1.33.0"), done.stderr
    assert server.asked[0][2]["Host"] == url[8:]


def test_a_proxy_of_the_environment_as_go_reads_it(curl, fleet):
    proxy = fleet.start(pem=None, answer=lambda _: (400, {}))
    fleet.context("outside", "https://k8s.example.com:6443")
    fleet.context("inside", "https://api.corp.invalid:6443")
    fleet.context("local", fleet.start().url)
    env = {"https_proxy": proxy.url, "NO_PROXY": ".corp.invalid", "ALL_PROXY": "http://127.0.0.1:9"}

    assert curl("outside", "/version", env=env).returncode == 56  # the proxy says no
    assert curl("inside", "/version", env=env).returncode == 6  # not looked up by a proxy, nor known
    assert curl("local", "/version", env=env).returncode == 0
    assert [path for _, path, _ in proxy.asked] == ["k8s.example.com:6443"]


def test_no_credential_goes_over_http(curl, fleet):
    server = fleet.start(pem=None, answer=lambda _: (200, {}))
    fleet.user("both", token=TOKEN, **pair(fleet))
    fleet.context("a", server.url, "both")

    assert curl("/version").returncode == 0
    assert "Authorization" not in server.asked[0][2]


def test_an_answer_that_leads_elsewhere_is_not_followed(curl, fleet):
    other = fleet.start()
    server = fleet.start(answer=lambda _: (302, b"", {"Location": f"{other.url}/version"}))
    fleet.context("a", server.url)

    assert curl("/version").returncode == 0
    assert (len(server.asked), other.asked) == (1, [])


def test_keys_that_cannot_be_used_are_told_before_anything_is_asked(curl, fleet):
    certificate, _ = fleet.client
    fleet.user("me", **{"client-certificate-data": pem64(certificate), "client-key-data": pem64(fleet.other[1])})
    server = fleet.start()
    fleet.context("a", server.url, "me")
    done = curl("/version")

    assert (done.returncode, "does not belong to the certificate" in done.stderr) == (125, True)
    assert server.asked == []


def test_exit_codes_that_are_not_curls(curl, fleet, tmp_path):
    fleet.context("a", fleet.start().url)
    (tmp_path / "bin").mkdir()
    assert curl("/version", env={"PATH": str(tmp_path / "bin")}).returncode == 127
    (tmp_path / "bin/curl").write_bytes(b"\x7fELF broken")
    (tmp_path / "bin/curl").chmod(0o755)
    assert curl("/version", env={"PATH": str(tmp_path / "bin")}).returncode == 126
    for words in (["nobody", "/version"], ["version"], [], ["a", "b", "/version"], ["--service", "A", "/"]):
        done = curl(*words)
        assert (done.returncode, done.stdout) == (125, ""), words


class Held:
    """A server that keeps the answer until it is let go."""

    def __init__(self):
        self.asked, self.go = threading.Event(), threading.Event()

    def __call__(self, request):
        self.asked.set()
        self.go.wait(60)
        return answer_as_kubernetes(request)


def secrets_of(fleet):
    key = fleet.client[1]
    basic = base64.b64encode(f"jane:{PASSWORD}".encode())
    body = key.splitlines()[1]
    return {TOKEN.encode(), PASSWORD.encode(), basic, body, base64.b64encode(body)[4:-4]}


def files_of(*folders):
    """What files hold, by their path; some are those of other programs, and go while they are read."""
    found = {}
    for path in (path for folder in folders for path in Path(folder).rglob("*") if path.is_file()):
        with contextlib.suppress(FileNotFoundError):
            found[path] = path.read_bytes()
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="looks into /proc")
@pytest.mark.parametrize("way", ["token", "certificate", "basic", "plugin's token", "spec"])
def test_nothing_secret_is_in_argv_environment_or_a_file_while_it_runs(way, fleet, tmp_path):
    held = Held()
    server = fleet.start(answer=held)
    if way == "spec":
        spec = SPEC.format(url=server.url)
        (tmp_path / "kcfg.yaml").write_text(spec)
        (tmp_path / "store").mkdir(mode=0o700)
        (tmp_path / "store" / "token").write_text(TOKEN)
        (tmp_path / "store" / "token").chmod(0o600)
        words = ["-f", str(tmp_path), "--trust"]
    else:
        fleet.user("me", **users(fleet)[way])
        fleet.context("a", server.url, "me")
        words = ["--kubeconfig", fleet.write()]
    (tmp_path / "tmp").mkdir()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp"), "XDG_RUNTIME_DIR": str(tmp_path)}
    before = files_of(tmp_path, "/dev/shm")
    with subprocess.Popen(
        [sys.executable, "-m", "kcfg", "curl", *words, "/version"], env=environ, stdout=subprocess.PIPE
    ) as process:
        try:
            assert held.asked.wait(60)
            proc = Path(f"/proc/{process.pid}")
            argv, environment = (proc / "cmdline").read_bytes(), (proc / "environ").read_bytes()
            opened = [os.readlink(each) for each in (proc / "fd").iterdir()]
            made = files_of(tmp_path, "/dev/shm")
        finally:
            held.go.set()
        out = process.communicate(timeout=20)[0]

    assert argv.startswith(b"curl\0-q\0--config\0/proc/")
    assert not [secret for secret in secrets_of(fleet) if secret in argv + environment]
    assert any("memfd:kcfg" in each for each in opened)
    written = {path: data for path, data in made.items() if path not in before}
    assert not [path for path, data in written.items() if any(secret in data for secret in secrets_of(fleet))]
    assert files_of(tmp_path).keys() <= made.keys()
    assert (process.returncode, b"v1.33.0" in out) == ((22, False) if way == "basic" else (0, True))


SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: demo}}
secretStores: [{{name: default, provider: file, file: {{directory: store}}}}]
clusters: [{{name: a, server: "{url}", certificate-authority: fleet/ca.crt}}]
users:
- {{name: me, token: "ref+default://token"}}
- {{name: jane, username: jane, password: "ref+default://token"}}
- name: plugin
  exec: {{apiVersion: client.authentication.k8s.io/v1, command: ./fleet/login, interactiveMode: Never}}
contexts:
- {{name: a, cluster: a, user: me}}
- {{name: basic, cluster: a, user: jane}}
- {{name: plugin, cluster: a, user: plugin}}
current-context: a
"""


def test_a_spec_is_asked_with_its_secrets_only_when_it_is_trusted(kcfg, fleet, tmp_path):
    server = fleet.start()
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(url=server.url))
    (tmp_path / "store").mkdir(mode=0o700)
    (tmp_path / "store" / "token").write_text(TOKEN)
    (tmp_path / "store" / "token").chmod(0o600)
    done = kcfg("curl", "-f", ".", "/version")
    assert (done.returncode, server.asked) == (125, [])
    done = kcfg("curl", "-f", ".", "/version", "--trust")
    assert (done.returncode, json.loads(done.stdout)["gitVersion"]) == (0, "v1.33.0"), done.stderr
    kcfg("curl", "-f", ".", "basic", "/version", "--trust")

    sent = base64.b64encode(f"jane:{TOKEN}".encode()).decode()
    assert [headers["Authorization"] for *_, headers in server.asked] == [f"Bearer {TOKEN}", f"Basic {sent}"]


def test_without_anonymous_memory_a_pipe_does_it(fleet, tmp_path):
    fleet.user("me", **pair(fleet))
    fleet.context("a", fleet.start().url, "me")
    code = "import os, sys, tempfile; del os.memfd_create, tempfile.mkstemp; from kcfg.__main__ import main; main()"
    words = [sys.executable, "-c", code, "curl", "--kubeconfig", fleet.write(), "/version"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = files_of(tmp_path)
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=30)

    assert (done.returncode, json.loads(done.stdout)["gitVersion"]) == (0, "v1.33.0"), done.stderr
    assert files_of(tmp_path) == before


def test_ctrl_c_is_curls(fleet):
    held = Held()
    fleet.context("a", fleet.start(answer=held).url)
    words = [sys.executable, "-m", "kcfg", "curl", "--kubeconfig", fleet.write(), "/version"]
    with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True) as process:
        try:
            assert held.asked.wait(60)
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
        finally:
            held.go.set()
            process.kill()

    assert (code, time.monotonic() - started < 5) == (-signal.SIGINT, True)


@pytest.mark.parametrize("place", ["kubeconfig", "spec"])
def test_a_protected_context_is_asked_about(place, kcfg, tmp_path):
    marker = [{"name": "kcfg", "extension": {"protected": True}}]
    context = {"cluster": "c", "user": "u"}
    server = "https://127.0.0.1:1"
    spec = {
        "apiVersion": "kcfg/v1",
        "kind": "KubeconfigSpec",
        "metadata": {"name": "x"},
        "clusters": [{"name": "c", "server": server}],
        "users": [{"name": "u"}],
        "contexts": [{"name": "prod", **context, "protected": True}],
    }
    config = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "prod", "context": {**context, "extensions": marker}}],
    }
    (tmp_path / "kcfg.yaml").write_text(json.dumps(spec))
    (tmp_path / "config").write_text(json.dumps(config))
    where = ["--kubeconfig", "config"] if place == "kubeconfig" else ["-f", ".", "--trust"]
    refused, asked = (kcfg("curl", "prod", "/version", *where, *yes) for yes in ([], ["--yes-protected"]))

    assert (refused.returncode, "protected: prod" in refused.stderr) == (125, True)
    assert asked.returncode == 7  # curl's own: nobody listens there
