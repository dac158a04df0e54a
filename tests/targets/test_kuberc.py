"""kubectl 1.35 obeys the allowlist: it runs the plugins in use, refuses any other, and stops at nothing."""

import json
import os
import re
import subprocess

import pytest
from conftest import is_newest

PLUGIN = """#!/bin/sh
touch "$0.ran"
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t"}}'
"""
SPEC = """
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: fleet}
clusters: [{name: a, server: "https://127.0.0.1:1"}]
contexts: [{name: a, cluster: a, user: a}]
users:
- name: a
  exec: {apiVersion: client.authentication.k8s.io/v1, command: COMMAND, interactiveMode: Never}
"""
ALLOWLIST = """
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
credentialPluginPolicy: Allowlist
credentialPluginAllowlist: [{FIELD: kcfg-credential}]
"""
REFUSED = "is not permitted by the credential plugin allowlist"


@pytest.fixture
def world(tmp_path, kubectl_135, kcfg):
    """Plugins `good` and `other` on PATH; world(command, listed=…) asks a server as a user of the command."""
    for name in ("good", "other"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(PLUGIN)
        (tmp_path / "bin" / name).chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "KUBERC": str(tmp_path / "out/kuberc")}

    def rendered(command, *words):
        spec = SPEC.replace("COMMAND", (command or "").format(bin=tmp_path / "bin"))
        if command is None:
            spec = spec[: spec.index("  exec:")] + "  as: nobody\n"
        done = kcfg("render", "-f", "-", *words, stdin=spec)
        assert done.returncode == 0, done.stderr

    def run(command, *, listed):
        rendered(listed, "--to", "kuberc", "--out", tmp_path / "out")
        rendered(command, "--out", tmp_path / "config")
        words = [kubectl_135, "--kubeconfig", tmp_path / "config", "--context", "a", "get", "--raw", "/version"]
        done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60)
        return done.stderr, {each.name for each in (tmp_path / "bin").glob("*.ran")}

    return run


@pytest.mark.parametrize("command", ["good", "{bin}/good", "{bin}/../bin//good", "/{bin}/./good"])
def test_a_plugin_in_use_runs(command, world):
    said, ran = world(command, listed=command)

    assert ran == {"good.ran"}
    assert said.startswith("The connection to the server 127.0.0.1:1 was refused")


@pytest.mark.parametrize("command", ["other", "{bin}/other"])
def test_a_plugin_that_is_not_listed_is_refused(command, world):
    said, ran = world(command, listed="good")

    assert (ran, REFUSED in said) == (set(), True)


def test_kubectl_has_nothing_to_say_about_the_preferences(world, kubectl_135, tmp_path):
    world("good", listed="good")
    environ = {**os.environ, "KUBERC": str(tmp_path / "out/kuberc")}
    words = [kubectl_135, "version", "--client", "-o", "json"]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["clientVersion"]["minor"] >= "35"


def test_where_no_plugin_is_in_use_none_runs(world):
    said, ran = world("good", listed=None)

    assert (ran, 'policy set to "DenyAll"' in said) == (set(), True)


def test_doctor_and_kubectl_agree_on_an_allowlist_that_stops_everything(kubectl_135, kcfg, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kubectl").symlink_to(kubectl_135)
    (tmp_path / "bin/kcfg-credential").write_text(PLUGIN)
    (tmp_path / "bin/kcfg-credential").chmod(0o755)
    environ = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "KUBERC": str(tmp_path / "kuberc")}
    agreed = []
    for field in ("command", "name"):
        (tmp_path / "kuberc").write_text(ALLOWLIST.replace("FIELD", field))
        done = subprocess.run([kubectl_135, "config", "view"], env={**os.environ, **environ}, capture_output=True)
        (found,) = re.findall("^(ok|problem) +kuberc", kcfg("doctor", env=environ).stdout, re.MULTILINE)
        agreed.append((found, done.returncode))

    # 1.36 and newer read `command` too; doctor goes on asking for what every kubectl reads.
    assert agreed == [("problem", 0 if is_newest(kubectl_135) else 1), ("ok", 0)]
