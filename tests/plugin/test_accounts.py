"""A user that is a service account by the credential of another: `auth: {service-account: {via: …}}`, asked of a server
that answers as Kubernetes does; a real one is in tests/e2e/test_via_served.py."""

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fleet_servers import TOKEN, answer_as_kubernetes

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
ACCOUNT = re.compile(r"/api/v1/namespaces/([^/]+)/serviceaccounts/([^/]+)/token")
API = "client.authentication.k8s.io/v1"
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: lent}}
secretStores: [{{name: vars, provider: env, env: {{prefix: KCFG_T_}}}}]
clusters:
- {{name: local, server: "{url}", certificate-authority: ca.crt}}
- {{name: other, server: "{other}", certificate-authority: ca.crt}}
users:
- {{name: boss, {boss}}}
- name: agent
  auth:
    service-account: {{via: boss, namespace: shop, name: agent, ttl: 15m, audiences: [api], bound-object: pod/x}}
contexts:
- {{name: agent, cluster: local, user: agent}}
- {{name: boss, cluster: local, user: boss}}
"""
BY_TOKEN = "token: ref+vars://boss"
BY_KEY = "client-certificate: boss.crt, client-key-data: ref+vars://key"


def jwt(ends):
    parts = ({"alg": "none"}, {"exp": ends}, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)


class Cluster:
    """A server that hands tokens to those it knows."""

    def __init__(self, fleet):
        self.ends, self.asked = int(time.time()) + 900, []
        self.server, self.other = fleet.start(answer=self.answer), fleet.start(answer=self.answer)

    def answer(self, request):
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token == jwt(self.ends):
            request.headers.replace_header("Authorization", f"Bearer {TOKEN}")
        status, body = answer_as_kubernetes(request)
        if found := ACCOUNT.fullmatch(request.path):
            self.asked.append((*found.groups(), dict(request.headers), request.server.owner))
            if status == 401:
                return status, body
            return 201, {"status": {"token": jwt(self.ends), "expirationTimestamp": "2030-01-01T00:00:00Z"}}
        return status, body


@pytest.fixture
def cluster(fleet):
    return Cluster(fleet)


@pytest.fixture
def world(cluster, fleet, kcfg, tmp_path, private_home):
    """world(boss) writes the spec; world.run(...) runs kcfg, world.ask(...) the plugin as kubectl would."""
    certificate, key = fleet.client

    class World:
        def __init__(self):
            path = f"{PLUGIN.parent}{os.pathsep}{os.environ['PATH']}"
            self.env = {"KCFG_T_BOSS": TOKEN, "KCFG_T_KEY": key.decode(), "PATH": path}

        def __call__(self, boss=BY_TOKEN, *, trust=True):
            (tmp_path / "ca.crt").write_bytes(fleet.authority[0])
            (tmp_path / "boss.crt").write_bytes(certificate)
            (tmp_path / "boss.token").write_text(TOKEN)
            text = SPEC.format(url=cluster.server.url, other=cluster.other.url, boss=boss)
            (tmp_path / "kcfg.yaml").write_text(text)
            if trust:
                assert self.run("trust", "--yes").returncode == 0

        def run(self, *words, **more):
            return kcfg(*words, env=self.env, **more)

        def ask(self, cluster_info, version=API, **env):
            spec = {"interactive": False} | ({"cluster": cluster_info} if cluster_info else {})
            info = json.dumps({"kind": "ExecCredential", "apiVersion": version, "spec": spec})
            words = ("credential", "--spec", "lent", "--user", "agent")
            return kcfg(*words, env={**self.env, "KUBERNETES_EXEC_INFO": info, **env})

        def here(self, **changed):
            authority = base64.b64encode(fleet.authority[0]).decode()
            return {"server": cluster.server.url, "certificate-authority-data": authority, "config": None, **changed}

    return World()


def login(tmp_path):
    """Somebody's plugin: a token for who has its variable."""
    file = tmp_path / "login"
    status = shlex.quote(json.dumps({"apiVersion": API, "kind": "ExecCredential", "status": {"token": TOKEN}}))
    file.write_text(f'#!/bin/sh\n[ "$SECRET$PLAIN" ] && printf %s {status}\n')
    file.chmod(0o755)


EXEC = f"exec: {{apiVersion: {API}, command: ./login, interactiveMode: Never, env: [{{name: %s}}]}}"


@pytest.mark.parametrize(
    "boss",
    [
        BY_TOKEN,
        BY_KEY,
        "tokenFile: boss.token",
        EXEC % "PLAIN, value: shown",
        EXEC % "SECRET, value: ref+vars://boss",
    ],
    ids=["token", "key", "file", "plugin", "plugin-with-a-secret"],
)
def test_any_credential_asks(boss, world, cluster, tmp_path):
    login(tmp_path)
    world(boss)
    done = world.ask(world.here())

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(cluster.ends))
    assert (answer["apiVersion"], answer["status"]) == (API, {"token": jwt(cluster.ends), "expirationTimestamp": ends})
    ((namespace, name, headers, _),) = cluster.asked
    assert (namespace, name) == ("shop", "agent")
    assert headers.get("Authorization") in (f"Bearer {TOKEN}", None)
    assert TOKEN not in (tmp_path / "home/.local/state/kcfg/trust.json").read_text()


def test_as_whom_it_impersonates_too(world, cluster):
    world(f"{BY_TOKEN}, as: jane@example.com")

    assert world.ask(world.here()).returncode == 0
    assert cluster.asked[0][2]["Impersonate-User"] == "jane@example.com"


def test_the_older_api_is_answered_in(world):
    world()

    assert json.loads(world.ask(world.here(), f"{API}beta1").stdout)["apiVersion"] == f"{API}beta1"


ELSEWHERE = (
    ({"server": "OTHER"}, "is no server that you allowed for user 'agent'"),
    ({"certificate-authority-data": ""}, "is no server that you allowed"),
    ({"certificate-authority-data": "", "insecure-skip-tls-verify": True}, "without checking its certificate"),
    ({"tls-server-name": "api.internal"}, "as api.internal"),
    ({"proxy-url": "http://127.0.0.1:1"}, "through proxy"),
    ({"certificate-authority-data": "%"}, "is not base64"),
    ({"server": ""}, "does not say which cluster"),
)


def test_the_credential_goes_nowhere_else(world, cluster):
    world()
    for given, told in ELSEWHERE:
        changed = {name: cluster.other.url if value == "OTHER" else value for name, value in given.items()}
        done = world.ask(world.here(**changed))

        assert (done.returncode, done.stdout) == (1, ""), changed
        assert told in done.stderr
        assert done.stderr.count("\n") == 1
    assert not cluster.server.asked
    assert not cluster.other.asked


def test_no_cluster_is_told(world, cluster):
    world()
    done = world.ask(None)

    assert (done.returncode, "provideClusterInfo" in done.stderr) == (1, True)


def test_what_nobody_allowed_is_not_asked_for(world, cluster):
    world(trust=False)
    done = world.ask(world.here())

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "kcfg: the command of lent/agent is not trusted; run `kcfg trust` at its spec\n"


def test_the_gate_shows_the_account_and_every_server(world, cluster):
    world(trust=False)
    done = world.run("trust")

    told = done.stdout + done.stderr
    assert "asks for tokens of service account shop/agent as boss" in told
    assert cluster.server.url in told


def test_a_server_more_is_asked_about(world, cluster, tmp_path):
    world()
    spec = tmp_path / "kcfg.yaml"
    spec.write_text(spec.read_text() + "- {name: more, cluster: other, user: agent}\n")

    assert world.run("whoami", "-f", "kcfg.yaml", "--context", "more").returncode == 1
    assert world.ask(world.here(server=cluster.other.url)).returncode == 1
    assert world.run("trust", "--yes").returncode == 0
    assert world.ask(world.here(server=cluster.other.url)).returncode == 0


def test_another_account_is_asked_about(world, tmp_path):
    world()
    spec = tmp_path / "kcfg.yaml"
    spec.write_text(spec.read_text().replace("name: agent, ttl", "name: admin, ttl"))
    done = world.run("get-token", "-f", "kcfg.yaml", "agent")

    assert done.returncode == 1
    assert "service account shop/admin" in done.stderr


@pytest.mark.parametrize("words", [("render", "--out", "k"), ("apply", "--yes", "--kubeconfig", "k")])
def test_the_stanza_names_the_user_alone(words, world, tmp_path):
    world()
    assert world.run(*words).returncode == 0
    users = {
        each["name"]: each["user"]
        for each in json.loads(world.run("view", "--kubeconfig", "k", "-o", "json").stdout)["users"]
    }

    stanza = users["agent"]["exec"]
    assert (stanza["command"], stanza["args"]) == ("kcfg-credential", ["--spec", "lent", "--user", "agent"])
    assert stanza["provideClusterInfo"] is True
    assert "shop" not in (tmp_path / "k").read_text()


def test_inline_is_refused_with_its_place_and_omit_omits(world, tmp_path):
    world()
    done = world.run("render", "--credentials", "inline", "--out", "k")

    assert done.returncode == 1
    assert "kcfg.yaml:12:22" in done.stderr
    assert "KCFG302" in done.stderr
    assert "agent" not in (tmp_path / "k").read_text()
    done = world.run("render", "--credentials", "omit", "-o", "json")
    assert json.loads(done.stdout)["users"][0]["user"] == {}


def test_commands_that_ask_get_a_token_at_that_moment(world, cluster, tmp_path):
    world()
    token = world.run("get-token", "-f", "kcfg.yaml", "agent")
    assert jwt(cluster.ends) in token.stdout, token.stderr
    assert world.run("whoami", "-f", "kcfg.yaml", "--context", "agent").returncode == 0
    assert world.run("curl", "-f", "kcfg.yaml", "--context", "agent", "/version").returncode == 0
    done = world.run("exec", "-f", "kcfg.yaml", "agent", "--", "sh", "-c", 'cat "$KUBECONFIG"')
    assert ("kcfg-credential" in done.stdout, TOKEN in done.stdout) == (True, False), done.stderr


def test_an_environment_that_inlines_asks_too(world, tmp_path):
    world(trust=False)
    spec = tmp_path / "kcfg.yaml"
    more = "environments: [{name: ci, credentials: inline, select: {names: [agent]}}]\n"
    spec.write_text(spec.read_text() + more)
    assert world.run("trust", "--yes").returncode == 0

    done = world.run("get-token", "-f", "kcfg.yaml", "-e", "ci", "agent")
    assert done.returncode == 0, done.stderr
    assert world.run("exec", "-f", "kcfg.yaml", "-e", "ci", "agent", "--", "true").returncode == 0
    assert "KCFG302" in world.run("render", "-e", "ci", "--out", "k").stderr


@pytest.mark.kubectl
def test_kubectl_is_the_account(world, cluster, kubectl_path, tmp_path):
    world()
    assert world.run("render", "--out", "k").returncode == 0
    words = (
        kubectl_path,
        "--kubeconfig",
        "k",
        "--context",
        "agent",
        "--cache-dir",
        "cache",
        "get",
        "--raw",
        "/version",
    )
    environ = {**os.environ, **world.env}
    done = subprocess.run(words, capture_output=True, text=True, env=environ, cwd=tmp_path, timeout=60)

    assert done.returncode == 0, done.stderr
    assert cluster.server.asked[-1][2]["Authorization"] == f"Bearer {jwt(cluster.ends)}"


def test_engines_refuse_it(world):
    world()
    for name in ("argocd", "flux", "capi", "clusterprofile"):
        done = world.run("render", "--to", name, "--context", "agent", "--out", "out")

        assert done.returncode == 2, name
        assert "KCFG702" in done.stderr, name


def test_rename_and_delete_know_who_asks(world, tmp_path):
    world()
    assert world.run("spec", "delete", "context", "boss", "--cascade").returncode == 0
    done = world.run("spec", "delete", "user", "boss")
    assert (done.returncode, "asks for the tokens of agent" in done.stderr) == (1, True), done.stderr
    assert world.run("spec", "rename", "user", "boss", "chief").returncode == 0
    assert "via: chief" in (tmp_path / "kcfg.yaml").read_text()
    assert world.run("validate").returncode == 0


def test_restore_leaves_it(world, tmp_path):
    world()
    assert world.run("render", "--context", "agent", "--out", "k").returncode == 0
    done = world.run("secret", "restore", "k", "--yes")

    assert (done.returncode, "there is none to restore" in done.stderr) == (1, True)


def test_import_brings_it_back(world, tmp_path):
    world()
    assert world.run("render", "--out", "k").returncode == 0
    done = world.run("import", "k", "--name", "lent", "--out", "copy")

    assert done.returncode == 0, done.stderr
    text = (tmp_path / "copy/kcfg.yaml").read_text()
    assert "via: boss" in text
    assert "bound-object: pod/x" in text
    assert "kcfg-credential" not in text


def test_a_shell_is_the_account_until_it_ends(world, cluster, tmp_path):
    world()
    shell = tmp_path / "sh"
    shell.write_text('#!/bin/sh\nexec kcfg get-token --kubeconfig "$KUBECONFIG"\n')
    shell.chmod(0o755)
    world.env["SHELL"] = str(shell)
    done = world.run("shell", "-f", "kcfg.yaml", "agent", "--ttl", "10m")

    assert jwt(cluster.ends) in done.stdout, done.stderr


PATCHES = """\
- {name: two, token: ref+vars://two}
environments:
- name: merged
  patches: [{target: {kind: User, name: agent}, merge: {auth: {service-account: {via: two}}}}]
- name: at-once
  patches:
  - target: {kind: User, name: agent}
    json6902: [{op: replace, path: /auth/service-account/via, value: two}]
- name: around
  patches:
  - target: {kind: User, name: agent}
    json6902: [{op: add, path: /auth, value: {service-account: {via: two, namespace: a, name: b}}}]
- name: contexts
  patches:
  - {target: {kind: Context, name: boss}, merge: {user: two}}
  - {target: {kind: Context, name: agent}, json6902: [{op: replace, path: /user, value: two}]}
"""


def test_rename_follows_into_patches_and_delete_is_refused(world, tmp_path):
    world()
    spec = tmp_path / "kcfg.yaml"
    user, rest = PATCHES.split("\n", 1)
    spec.write_text(before := spec.read_text().replace("contexts:\n", f"{user}\ncontexts:\n") + rest)
    assert world.run("spec", "delete", "user", "two").returncode != 0
    assert spec.read_text() == before

    done = world.run("spec", "rename", "user", "two", "three")
    assert done.returncode == 0, done.stderr
    after = spec.read_text()
    assert after == before.replace("name: two,", "name: three,").replace("via: two", "via: three").replace(
        "value: two}", "value: three}"
    ).replace("user: two}", "user: three}")


def test_the_graph_shows_who_asks_by_whom(world):
    world()

    assert "  user1 -. via .-> user2\n" in world.run("graph", "--context", "agent").stdout
    assert 'user1 -> user2 [style=dashed, label="via"];' in world.run("graph", "-o", "dot").stdout
    rows = json.loads(world.run("graph", "-o", "json").stdout)["contexts"]
    assert [each.get("via") for each in rows] == ["boss", None]


@pytest.mark.parametrize("words", ["exec agent -- true", "get-token agent", "curl agent /version", "whoami agent"])
def test_trust_for_one_run_is_told_before_anything_starts(words, world):
    """Tokens of an account are the plugin's to ask for, which knows what is remembered alone."""
    world(trust=False)
    first, *more = words.replace("whoami", "whoami --context").split(" ")
    done = world.run(first, "-f", ".", "--trust", *more)

    assert done.returncode != 0
    assert "agent: kcfg-credential asks for its tokens, and the command of lent/agent is not trusted" in done.stderr
    assert "run `kcfg trust` first" in done.stderr


@pytest.mark.parametrize("words", ["whoami --context", "check connectivity --context", "exec", "get-token"])
def test_trust_for_one_run_serves_a_command_store(words, world, tmp_path):
    world("token: ref+tool://boss.token", trust=False)
    spec, tool = tmp_path / "kcfg.yaml", '{name: tool, provider: command, command: {argv: [cat, "{key}"]}}'
    spec.write_text(spec.read_text().replace("secretStores: [", f"secretStores: [{tool}, "))
    program = ("--", "sh", "-c", 'grep -q "token: " "$KUBECONFIG"') if words == "exec" else ()
    *command, last = words.split(" ")
    given = (last, "-f", ".", "--trust") if last != "--context" else ("-f", ".", "--trust", last)
    done = world.run(*command, *given, "boss", *program)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("words", "code"), [("whoami --all", 2), ("check connectivity", 1)])
def test_an_account_that_is_not_remembered_stops_none_of_the_others(words, code, world, cluster):
    world(trust=False)
    done = world.run(*words.split(" "), "-f", ".", "--trust", "-o", "json")

    agent, boss = json.loads(done.stdout)["contexts"]
    assert (done.returncode, agent["cause"], boss["cause"], boss["username"]) == (code, "plugin", None, "robot")
    assert agent["message"].startswith("kcfg-credential asks for its tokens, and the command of lent/agent is not")
    assert agent["hint"].startswith("run `kcfg trust` first")
    assert cluster.asked == []

    told = world.run(*words.split(" "), "-f", ".", "--trust")
    assert (told.returncode, "robot" in told.stdout) == (code, True)
    assert "kcfg-credential asks for its tokens" in told.stdout + told.stderr
    assert told.stderr.count("run `kcfg trust` first") == 1
