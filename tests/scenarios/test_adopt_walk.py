"""The README's two minutes, with what people have: a ~/.kube/config of several tools becomes a spec."""

import json
import os
import shlex
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT
from samples import AUTHORITY, FILES, KEY, SAMPLES, encoded

LINES = """\
git init -q acme
kcfg import ~/.kube/config --into acme
cd acme
kcfg validate && git add . && git commit -qm "our clusters"
kcfg plan --adopt
kcfg apply --adopt --yes
kcfg secret scan ~/.kube/config
""".splitlines()
TOOLS = ("kind", "eks", "gke", "openshift", "minikube")
SECRETS = ("sample~openshift-oauth-token", encoded(KEY), KEY.decode().splitlines()[1])


@pytest.fixture
def walk(tmp_path, private_home, secret_service, kubectl_path):
    """A shell with kcfg, git, kubectl and a keyring, and a ~/.kube/config of several tools."""
    kube = private_home / ".kube"
    kube.mkdir()
    sections = ("clusters", "users", "contexts")
    merged = {
        "apiVersion": "v1",
        "kind": "Config",
        **{section: [each for tool in TOOLS for each in SAMPLES[tool][section]] for section in sections},
        "current-context": "kind-dev",
    }
    for name, content in FILES.items():
        (kube / name).parent.mkdir(exist_ok=True)
        (kube / name).write_bytes(content)
    (kube / "config").write_text("# mine since years\n" + yaml.safe_dump(merged))
    (kube / "config").chmod(0o600)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "kubectl").symlink_to(kubectl_path)
    for name, module in (("kcfg", "kcfg"), ("kcfg-credential", "kcfg.credential")):
        code = f"from {module}{'.__main__' if module == 'kcfg' else ''} import main; import sys; sys.exit(main())"
        (programs / name).write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{code}' \"$@\"\n")
        (programs / name).chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"],
        **{f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    folder = tmp_path / "work"
    folder.mkdir()

    def run(line):
        # Each line goes on where the one before ended, as in a terminal.
        ended = tmp_path / "ended"
        script = f"trap 'pwd > \"{ended}\"' EXIT; {line}"
        at = ended.read_text().strip() if ended.exists() else folder
        return subprocess.run(["bash", "-c", script], env=environ, cwd=at, capture_output=True, text=True, timeout=100)

    return run


@pytest.mark.kubectl
@pytest.mark.secret_service
def test_the_walk(walk, private_home, tmp_path):
    before = json.loads(walk("kubectl config view --raw --flatten -o json").stdout)
    said = ""
    for line in LINES:
        done = walk(line)
        said += done.stdout + done.stderr
        # `plan` says no: there is something to apply.
        assert done.returncode == (1 if line.startswith("kcfg plan") else 0), (line, said)

    config = (private_home / ".kube/config").read_text()
    acme = tmp_path / "work/acme"
    committed = walk("git ls-files").stdout.split()
    everything = config + said + "".join((acme / name).read_text() for name in committed)
    assert [secret for secret in SECRETS if secret in everything] == []
    assert "kcfg.yaml" in committed
    assert walk("git status --porcelain").stdout == ""
    assert config.startswith("# mine since years\n")
    assert "current-context: kind-dev" in config
    after = json.loads(walk("kubectl config view --raw --flatten -o json").stdout)
    assert [each["name"] for each in after["contexts"]] == [each["name"] for each in before["contexts"]]
    stanza = next(each["user"]["exec"] for each in after["users"] if each["name"] == "kind-dev")
    given = json.loads(walk(shlex.join([stanza["command"], *stanza["args"]])).stdout)
    assert given["status"]["clientKeyData"] == KEY.decode()
    assert AUTHORITY[0].decode() in {(acme / name).read_text() for name in committed if name.startswith("pki/")}
