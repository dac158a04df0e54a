"""`render --exec-api`: stanzas for clients that know only v1beta1, and a plugin that answers as it was asked."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT

from kcfg.exec_stanza import read_stanza
from kcfg.importing.proof import written_by_default

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
secretStores:
- name: here
  provider: env
clusters:
- name: a
  server: https://a.example.com
users:
- name: robot
  token: ref+here://robot/token
- name: other
  exec: {apiVersion: client.authentication.k8s.io/v1, command: some-plugin, interactiveMode: Never}
contexts:
- {name: a, cluster: a, user: robot}
- {name: b, cluster: a, user: other}
"""
sys.path.append(str(ROOT / "tests" / "clients"))
from recorder import Recorder, signed  # noqa: E402

GROUP = "client.authentication.k8s.io"


def variable_of(stanza):
    return stanza["args"][stanza["args"].index("--env") + 1]


@pytest.fixture
def rendered(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)

    def render(*more):
        done = kcfg("render", "-f", str(tmp_path), "-o", "json", *more)
        assert done.returncode == 0, done.stderr
        return {each["name"]: each["user"]["exec"] for each in json.loads(done.stdout)["users"]}

    return render


@pytest.mark.parametrize(("more", "version"), [([], "v1"), (["--exec-api", "v1beta1"], "v1beta1")])
def test_only_our_own_stanzas_carry_it(rendered, more, version):
    stanzas = rendered(*more)

    assert stanzas["robot"]["apiVersion"] == f"{GROUP}/{version}"
    assert stanzas["other"]["apiVersion"] == f"{GROUP}/v1"


def test_another_version_is_refused(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)

    assert kcfg("render", "-f", str(tmp_path), "--exec-api", "v1alpha1").returncode == 2


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_the_plugin_answers_in_the_version_of_its_stanza(rendered, version):
    stanza = rendered("--exec-api", version)["robot"]
    asked = {"apiVersion": stanza["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    argv = [sys.executable, "-c", "from kcfg.credential import main; main()", *stanza["args"]]
    env = {variable_of(stanza): "planted", "KUBERNETES_EXEC_INFO": json.dumps(asked)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)

    assert json.loads(done.stdout)["apiVersion"] == stanza["apiVersion"]


def test_it_is_a_stanza_of_kcfg_again(rendered):
    old, new = rendered("--exec-api", "v1beta1")["robot"], rendered()["robot"]
    own = read_stanza(old)

    assert own == read_stanza(new)
    assert written_by_default(old, own) == new


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_kubectl_gets_its_token_through_either(kcfg, tmp_path, kubectl_path, version):
    server = Recorder(tmp_path, authority := signed("authority"))
    (tmp_path / "ca.crt").write_bytes(authority[0])
    spec = SPEC.replace(
        "server: https://a.example.com", f"server: https://127.0.0.1:{server.port}\n  certificate-authority: ca.crt"
    )
    (tmp_path / "kcfg.yaml").write_text(spec)
    path = str(tmp_path / "k")
    assert kcfg("render", "-f", str(tmp_path), "--exec-api", version, "--out", path).returncode == 0
    stanza = next(
        each
        for each in json.loads(kcfg("view", "--raw", "-o", "json", "--kubeconfig", path).stdout)["users"]
        if each["name"] == "robot"
    )["user"]["exec"]
    env = {"HOME": str(tmp_path), "PATH": os.path.dirname(sys.executable), variable_of(stanza): "planted"}
    done = subprocess.run(
        [kubectl_path, "--kubeconfig", path, "--context", "a", "get", "pods"],
        env=env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    server.close()

    assert done.returncode == 0, done.stderr
    assert server.request.one("Authorization") == "Bearer planted"
