"""`kcfg issue`, `revoke` and `exec --as-service-account` at a server that answers as Kubernetes does; a real one is in
tests/e2e/test_borrowed_served.py."""

import base64
import json
import os
import re
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from fleet_servers import TOKEN, answer_as_kubernetes
from terminal import on_terminal

ACCOUNT = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/serviceaccounts/(?P<name>[^/]+)(?P<token>/token)?")
LENT = "lent-token-of-the-agent"


def jwt(ends):
    parts = ({"alg": "none"}, {"exp": ends, "of": LENT}, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)


class Cluster:
    """A server with one account, whose tokens end when it says; what its holder may do is `rules`."""

    def __init__(self, fleet):
        self.rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
        self.accounts, self.asked, self.ends = {("shop", "agent")}, [], int(time.time()) + 900
        self.refusal = None
        self.server = fleet.start(answer=self.answer)
        fleet.context("prod", self.server.url, "robot")
        self.path = fleet.write()

    def answer(self, request):
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        path = request.path.partition("?")[0]
        self.asked.append((request.command, path, token))
        if found := ACCOUNT.fullmatch(path):
            return self.account(found, request)
        if path.endswith("selfsubjectrulesreviews"):
            return 201, {"status": {"resourceRules": self.rules, "incomplete": False}}
        if path.endswith("selfsubjectaccessreviews"):
            return 201, {"status": {"allowed": False}}
        if path == "/api/v1/namespaces":
            return 403, {"kind": "Status", "message": "namespaces is forbidden"}
        if request.command == "POST":
            return 201, {"kind": "made"}
        return answer_as_kubernetes(request)

    def account(self, found, request):
        if self.refusal is not None:
            return self.refusal, {"kind": "Status", "message": f"the server says {self.refusal}"}
        if (found["namespace"], found["name"]) not in self.accounts:
            return 404, {"kind": "Status", "message": f'serviceaccounts "{found["name"]}" not found'}
        if found["token"]:
            return 201, {"status": {"token": jwt(self.ends), "expirationTimestamp": "2030-01-01T00:00:00Z"}}
        return 200, {"kind": "ServiceAccount"}


@pytest.fixture
def cluster(fleet):
    return Cluster(fleet)


@pytest.fixture
def run(kcfg, cluster, private_home):
    return lambda *words, **more: kcfg(*words[:1], "--kubeconfig", cluster.path, *words[1:], **more)


MINE = ("prod", "--service-account", "shop/agent")


def test_what_is_handed_out_is_the_short_token_alone(run, cluster, tmp_path, private_home):
    done = run("issue", *MINE, "--ttl", "15m", "--out", tmp_path / "lent")

    assert done.returncode == 0, done.stderr
    text = (tmp_path / "lent").read_text()
    assert jwt(cluster.ends) in text
    assert TOKEN not in text
    assert "namespace: shop" in text
    assert "certificate-authority-data" in text
    assert "get pods" in done.stderr
    assert jwt(cluster.ends) not in done.stderr
    assert time.strftime("until %Y-%m-%dT%H:%M:%SZ", time.gmtime(cluster.ends)) in done.stderr  # what is signed counts
    for path in private_home.rglob("*"):
        assert path.is_dir() or LENT.encode() not in path.read_bytes()
        assert path.is_dir() or jwt(cluster.ends).encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "the server does not know this user"),
        (403, "create on serviceaccounts/token in shop"),
        (404, "--create makes what is missing"),
        (422, "the server says 422"),
        (500, "the server says 500"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(status, told, run, cluster, tmp_path):
    cluster.refusal = status
    done = run("issue", *MINE, "--out", tmp_path / "lent")

    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "lent").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("prod", "--service-account", "agent"), "write NAMESPACE/NAME"),
        (("prod", "--service-account", "shop/../x"), "write NAMESPACE/NAME"),
        ((*MINE, "--ttl", "5m"), "10 minutes at least"),
        ((*MINE, "--deny", "everything"), "an unknown word"),
        ((*MINE, "--allow", "get:pods"), "add --create"),
        ((*MINE, "--create", "--allow", "pods"), "write VERBS:RESOURCES"),
        ((*MINE, "--create", "--role", "view"), "clusterrole/view"),
        ((*MINE, "--bound-object", "deployment/x"), "pod/NAME"),
        (("prod", "--certificate", "jane", "--service-account", "shop/a"), "exclude one another"),
        (("prod", "--certificate", "jane", "--group", "system:masters"), "no cluster signs"),
        (("prod", "--certificate", "jane", "-o", "token"), "-o certificate prints it"),
        (("prod", "--certificate", ""), "take names"),
        ((*MINE, "--group", "x"), "goes with --certificate"),
        ((*MINE, "--revocable", "--bound-object", "pod/x"), "exclude one another"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_asked(words, told, run, cluster):
    done = run("issue", *words)

    assert done.returncode == 2
    assert told in done.stderr
    assert not cluster.asked


def test_the_risks_of_a_right_are_warned_of(run, cluster):
    cluster.rules = [
        {"verbs": ["*"], "apiGroups": [""], "resources": ["secrets"]},
        {"verbs": ["create"], "apiGroups": ["batch"], "resources": ["jobs"]},
        {"verbs": ["update"], "apiGroups": ["*"], "resources": ["*/approval"]},
    ]
    done = run("issue", *MINE, "-o", "token")

    for risk in ("reads Secrets", "runs pods as any service account", "signs certificates"):
        assert f"warning: it {risk}" in done.stderr


def test_what_is_missing_is_made_only_with_consent(run, cluster):
    cluster.accounts.clear()
    done = run("issue", *MINE, "--create", "--allow", "get:pods")

    assert done.returncode == 2
    assert "kind: RoleBinding" in done.stderr
    assert "nobody is here to be asked" in done.stderr
    assert {command for command, *_ in cluster.asked} == {"GET"}


def test_a_dash_is_standard_output(run, tmp_path):
    done = run("issue", *MINE, "--out", "-", cwd=tmp_path)

    assert "kind: Config" in done.stdout
    assert not (tmp_path / "-").exists()


def test_a_terminal_gets_no_token(cluster, tmp_path):
    words = ["issue", "--kubeconfig", str(cluster.path), *MINE]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    code, text = on_terminal(words, b"", cwd=tmp_path, env=environ)

    assert code == 2
    assert "refusing to print a secret" in text
    assert not cluster.asked


def test_a_token_goes_into_no_work_tree_that_would_commit_it(run, cluster, tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = run("issue", *MINE, "--out", tmp_path / "lent", cwd=tmp_path)

    assert done.returncode == 2
    assert not (tmp_path / "lent").exists()


def test_what_was_issued_is_remembered_by_its_names_until_it_ends(run, cluster, private_home):
    assert run("issue", *MINE, "-o", "token").returncode == 0
    assert "shop/agent" in run("revoke", "--list").stdout
    done = run("revoke", *MINE)
    assert (done.returncode, "cannot be revoked alone" in done.stderr) == (1, True)
    cluster.ends = int(time.time()) - 1
    (state,) = private_home.rglob("issued.json")
    state.write_text(state.read_text().replace(time.strftime("%Y-", time.gmtime()), "2020-"))

    assert "no token" in run("revoke", "--list").stderr
    assert run("revoke", *MINE).returncode == 0


def test_an_account_runs_one_program_with_no_other_credential(run, cluster):
    look = "import os, sys; sys.stdout.write(open(os.environ['KUBECONFIG']).read() + repr(dict(os.environ)))"
    words = ("--as-service-account", "shop/agent", "--ttl", "15m", "--", sys.executable, "-c", look)
    done = run("exec", "prod", *words, env={"GITHUB_TOKEN": "pear", "LC_ALL": "C.UTF-8"})

    assert done.returncode == 0, done.stderr
    assert jwt(cluster.ends) in done.stdout
    assert TOKEN not in done.stdout
    assert "pear" not in done.stdout
    assert "LC_ALL" in done.stdout
    many = run("exec", "--context", "*", *words)
    assert (many.returncode, "several service accounts" in many.stderr) == (125, True)
    denied = run("exec", "prod", "--as-service-account", "shop/agent", "--ttl", "1m", "--", "true")
    assert denied.returncode == 125
