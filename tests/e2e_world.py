"""What the rows of tests/e2e share: which kubectl asks, who the server says it was, and the table at the end.

A row is a test: its docstring is what it says. With KCFG_RECORD set the table goes into tests/e2e/README.md.
The rows of test_clients_served.py are a table of their own, in clients/README.md.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import client_programs
import cluster_binary
import pytest
from conftest import find_kubectls, require

# The cases of the targets, and what their formats' sources define, are applied here, too.
sys.path.append(str(Path(__file__).parent / "targets"))
README = Path(__file__).parent / "e2e" / "README.md"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
CLIENTS = README.parent / "clients" / "README.md"
STARTED = time.monotonic()
COLUMNS = ("oldest", "newest", "kcfg")


def _oldest():
    """The oldest real kubectl here; that of the server where there is no other."""
    return str(next(iter(find_kubectls().values())))


@pytest.fixture(params=["oldest", "newest"])
def program(request, newest_kubectl):
    """The path of a kubectl: the oldest there is, and the one of the server's version."""
    found = newest_kubectl if request.param == "newest" else _oldest()
    require("kubectl", present=found is not None)
    return found


class Kubectl:
    """A kubectl over a kubeconfig: `kubectl("get", "ns", context="a")`, `kubectl.who(context="a")`."""

    def __init__(self, program, kubeconfig, env):
        self.program, self.kubeconfig, self.env = program, kubeconfig, env

    def __call__(self, *words, context="", stdin=""):
        named = ["--context", context] if context else []
        cache = f"{self.kubeconfig}.cache"
        called = (self.program, "--kubeconfig", self.kubeconfig, "--cache-dir", cache, *named, *words)
        return subprocess.run(
            [*map(str, called)], capture_output=True, text=True, env=self.env, input=stdin, timeout=120
        )

    def who(self, context=""):
        """Who the server says we are; what was said where it says nothing."""
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        done = self("create", "--raw", path, "-f", "-", context=context, stdin=json.dumps(REVIEW))
        return json.loads(done.stdout)["status"]["userInfo"]["username"] if done.returncode == 0 else done.stderr


@pytest.fixture
def kubectl_of(program, plugin_env, tmp_path):
    """kubectl_of(kubeconfig) → Kubectl, with kcfg-credential on PATH and the Secret Service."""
    return lambda kubeconfig, **env: Kubectl(program, tmp_path / kubeconfig, {**plugin_env, **env})


@pytest.fixture
def unique():
    """A name that no other test of this cluster has."""
    return f"x{uuid.uuid4().hex[:12]}"


@pytest.fixture
def spec(cluster, tmp_path):
    """Write a spec of the cluster `local` with these users, a context for each, and return its path."""

    def write(users, *, clusters="", contexts="", head=""):
        (tmp_path / "ca.crt").write_text(cluster.ca)
        names = re.findall(r"^- (?:\{)?name: ([\w-]+)", users, re.MULTILINE)
        each = "".join(f"- {{name: {name}, cluster: local, user: {name}}}\n" for name in names)
        path = tmp_path / "kcfg.yaml"
        path.write_text(
            f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {{name: e2e}}\n{head}"
            f'clusters:\n- {{name: local, server: "{cluster.url}", certificate-authority: ca.crt}}\n{clusters}'
            f"users:\n{users}contexts:\n{each}{contexts}"
        )
        return path

    return write


@pytest.fixture
def as_root(cluster, spec, ok, tmp_path, unique):
    """A kubeconfig `config` with root (certificate, key in the keyring); the name of a new namespace."""
    certificate, key = cluster.client("plum-root", "system:masters")
    (tmp_path / "root.crt").write_text(certificate)
    spec("- {name: root, client-certificate: root.crt, client-key-data: {secretRef: {key: root/key}}}\n")
    ok("secret", "set", "root/key", stdin=key)
    ok("render", "--out", "config")
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": unique}})
    return unique


@pytest.fixture
def ok(kcfg, plugin_env):
    """Run kcfg with the Secret Service, and return what it printed; anything but exit 0 fails."""

    def run(*words, code=0, **more):
        done = kcfg(*words, env={**plugin_env, **more.pop("env", {})}, **more)
        assert done.returncode == code, done.stderr + done.stdout
        return done

    return run


def pytest_runtest_setup(item):
    """Say with each result which row and which column of the table it is."""
    if Path(item.path).parent == README.parent and item.path.stem != "test_clients_served":
        # A parameter that is no kubectl belongs to the row.
        parameters = getattr(item, "callspec", None)
        column = parameters.params.get("program", "kcfg") if parameters else "kcfg"
        more = parameters.id.removeprefix(column).removesuffix(column).strip("-") if parameters else ""
        said = (item.function.__doc__ or item.name).splitlines()[0].rstrip(".")
        topic = item.path.stem.removeprefix("test_").removesuffix("_served").replace("_", " ")
        item.user_properties.append(("row", (topic, f"{said}: {more}" if more else said, column)))


def pytest_terminal_summary(terminalreporter):
    """Print the table."""
    _show(terminalreporter, README, _table(_rows(terminalreporter)))
    _show(terminalreporter, CLIENTS, _client_table(terminalreporter))


def _rows(terminalreporter):
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for outcome, sign in (("passed", "yes"), ("skipped", "skipped"), ("failed", "NO"), ("error", "NO")):
        for report in terminalreporter.stats.get(outcome, []):
            for topic, said, column in [
                value for name, value in getattr(report, "user_properties", []) if name == "row"
            ]:
                rows.setdefault((topic, said), {})[column] = sign
    return rows


def _show(terminalreporter, page, text):
    """Print a table, and with KCFG_RECORD write it into its page."""
    if not text:
        return
    terminalreporter.write_line(f"\n{text}")
    if os.environ.get("KCFG_RECORD"):
        before = page.read_text(encoding="utf-8").partition("\n## The last run\n")[0]
        page.write_text(f"{before}\n## The last run\n\n{text}", encoding="utf-8")


def _client_table(terminalreporter):
    """What each client made of each file: a cell says `yes`, or what the client said."""
    cells: dict[str, dict[str, str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for row, client, cell in [value for name, value in report.user_properties if name == "cell"]:
                cells.setdefault(row, {})[client] = cell
    if not cells:
        return ""
    versions = client_programs.versions()
    notes = dict.fromkeys(by[client] for _, by in sorted(cells.items()) for client in sorted(by) if by[client] != "yes")
    number = {cell: f"no {index}" for index, cell in enumerate(notes, 1)}
    head = [
        f"{datetime.date.today()}: Kubernetes {cluster_binary.kubernetes_version()}.",
        "",
        f"| the kubeconfig has | {' | '.join(f'{client} {versions[client]}' for client in client_programs.CLIENTS)} |",
        f"| --- |{' --- |' * len(client_programs.CLIENTS)}",
    ]
    cell = {(row, client): number.get(text, text) for row, by in cells.items() for client, text in by.items()}
    lines = [
        f"| {row} | {' | '.join(cell.get((row, client), '') for client in client_programs.CLIENTS)} |"
        for row in sorted(cells)
    ]
    words = [f"{index}. `{cell.replace('`', chr(39))}`" for index, cell in enumerate(notes, 1)]
    return "\n".join([*head, *lines, *(["", *words] if words else [])]) + "\n"


def _table(rows):
    if not rows:
        return ""
    versions = _versions()
    built, asked = cluster_binary.seconds(), time.monotonic() - STARTED
    head = [
        f"{datetime.date.today()}: Kubernetes {cluster_binary.kubernetes_version()}, {versions['etcd']}; kubectl "
        f"{versions['oldest']} and {versions['newest']}. The column `kcfg` is for rows that no kubectl asks.",
        "",
        f"From nothing: built in {built} s, and all rows, with the start of the clusters, in {asked:.0f} s.",
        "",
        f"| row | kubectl {versions['oldest']} | kubectl {versions['newest']} | kcfg |",
        "| --- | --- | --- | --- |",
    ]
    lines = [
        f"| {topic}: {said} | {' | '.join(signs.get(column, '') for column in COLUMNS)} |"
        for (topic, said), signs in sorted(rows.items())
    ]
    return "\n".join([*head, *lines]) + "\n"


def _versions():
    def said(*words):
        return subprocess.run([*words], capture_output=True, text=True).stdout

    def of(kubectl):
        return json.loads(said(kubectl, "version", "--client", "-o", "json"))["clientVersion"]["gitVersion"]

    etcd = said("etcd", "--version").partition("\n")[0].replace("etcd Version:", "etcd")
    return {
        "etcd": etcd,
        "oldest": of(_oldest()).partition("-")[0],
        "newest": of(str(cluster_binary.folder() / "kubectl")),
    }
