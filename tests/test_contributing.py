"""CONTRIBUTING.md shows how to add a part by diffs: applied to a copy of the tree, each of them adds what it says."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = {
    heading.split("`")[0].split("more ")[1].strip(): re.findall(r"^```diff\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for heading, text in re.findall(r"^## (One more .*)\n((?:(?!## ).*\n)*)", CONTRIBUTING, re.MULTILINE)
}
PARTS = ("kcfg", "schemas", "tests", "pyproject.toml")
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
secretStores: [{name: default, provider: jsonfile, jsonfile: {directory: keep}}]
clusters: [{name: dev, server: "https://dev.example.com", request-timeout: 5s}]
users:
- {name: ci, token: ref+default://ci}
- {name: ops, auth: {doctl: {cluster: c-1}}}
contexts:
- {name: dev, cluster: dev, user: ci, namespace: kube-system}
- {name: ops, cluster: dev, user: ops}
"""


def values(said):
    """What stands on standard output, before what is told."""
    return yaml.safe_load(said.partition("kcfg: ")[0])


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A tree with every diff applied, and kcfg of that tree, warm: what `git apply` and `make schemas` make of ours."""
    folder = tmp_path_factory.mktemp("tree")
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    for part in PARTS:
        whole = ROOT / part
        shutil.copytree(whole, folder / part, ignore=skipped) if whole.is_dir() else shutil.copy(whole, folder)
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    for diffs in SECTIONS.values():
        for diff in diffs:
            applied = subprocess.run(
                ["git", "apply", "-"], input=diff, cwd=folder, capture_output=True, text=True,
                env={**environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
            )  # fmt: skip
            assert applied.returncode == 0, applied.stderr
    subprocess.run([sys.executable, "schemas/generate.py"], cwd=folder, env=environ, check=True)
    spec = importlib.util.spec_from_file_location("warm_copy", folder / "tests/warm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    warm = module.Warm()
    yield folder, warm
    warm.close()


@pytest.fixture
def kcfg(copy, tmp_path):
    """The kcfg of the copy, in a folder with a spec that says all that is new."""
    folder, warm = copy
    (tmp_path / "kcfg.yaml").write_text(SPEC)

    def run(*words, stdin="", ok=True):
        environ = {**os.environ, "PYTHONPATH": str(folder), "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
        done = warm.run(words, cwd=tmp_path, env=environ, stdin=stdin)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_each_part_that_can_be_added_is_shown_as_a_diff():
    assert {name: len(diffs) for name, diffs in SECTIONS.items()} == dict.fromkeys(
        ("secret store", "target of", "lint rule", "preset of", "command", "field of a cluster"), 1
    )


def test_a_store_keeps_and_gives_secrets_once_it_is_trusted(kcfg, tmp_path):
    kcfg("validate")
    asked = ["credential", "--kind", "token", "--jsonfile", "demo/default", "--key", "ci"]
    assert f"asks jsonfile directory={tmp_path}/keep" in kcfg("secret", "set", "ci", stdin="s3cr3t", ok=False)
    kcfg("trust", "--yes")

    assert 'secret "ci" created' in kcfg("secret", "set", "ci", stdin="s3cr3t")
    assert (tmp_path / "keep/secrets.json").stat().st_mode & 0o777 == 0o600
    assert kcfg("secret", "get", "ci", "--reveal").strip() == "s3cr3t"
    assert " ".join(asked[1:]) in " ".join(values(kcfg("render"))["users"][0]["user"]["exec"]["args"])
    assert '"token":"s3cr3t"' in kcfg(*asked)
    kcfg("secret", "rm", "ci", "--yes")
    assert "no 'ci' in" in kcfg(*asked, ok=False)


def test_a_target_is_rendered_and_listed(kcfg, copy):
    case = copy[0] / "tests/targets/hub/plain"
    assert kcfg("render", "-f", str(case), "--to", "hub") == (case / "expected/dev.yaml").read_text()
    kcfg("trust", "--yes")
    kcfg("secret", "set", "ci", stdin="s3cr3t")
    words = ["render", "--to", "hub", "--context", "dev"]

    assert "users[0].token" in kcfg(*words, ok=False)
    found = kcfg(*words, "--credentials", "inline")
    assert "the hub does not read namespace" in found
    assert "token: s3cr3t" in values(found)["stringData"]["kubeconfig"]
    assert "direnv|hub" in kcfg("render", "--help")


def test_a_rule_finds_and_is_explained(kcfg):
    assert "contexts[0].namespace: a slip here deletes what the cluster runs on [KCFG507]" in kcfg("lint")
    assert "KCFG507: kube-system by default (info)" in kcfg("explain", "KCFG507")


def test_a_preset_is_valid_rendered_and_recognized(kcfg, tmp_path):
    kcfg("render", "--out", "config")
    (user,) = [
        each["user"] for each in yaml.safe_load((tmp_path / "config").read_text())["users"] if each["name"] == "ops"
    ]
    assert (user["exec"]["command"], user["exec"]["args"][-1]) == ("doctl", "c-1")

    assert "recognized as doctl" in kcfg("import", "config", "--into", "back", "--secrets", "keep-out")
    assert "doctl:" in (tmp_path / "back/kcfg.yaml").read_text()
    assert "The cluster's id." in kcfg("explain", "users.auth.doctl")


def test_a_command_has_help_and_runs(kcfg, tmp_path):
    kcfg("render", "--out", "config")

    assert "Say how many contexts there are." in kcfg("count", "--help")
    assert kcfg("count", "--kubeconfig", "config") == "2\n"
    assert "count" in kcfg("__complete", "bash", "cou")


def test_a_field_is_known_to_specs_and_kubeconfigs(kcfg):
    assert values(kcfg("render"))["clusters"][0]["cluster"]["request-timeout"] == "5s"
    kcfg("render", "--out", "config")
    assert "request-timeout: 5s" in kcfg("view", "--kubeconfig", "config")
    kcfg("validate", "--kubeconfig", "config")
    assert '"request-timeout"' in kcfg("schema")
    assert "Of one request." in kcfg("explain", "clusters.request-timeout")


def test_the_store_keeps_the_contract_of_all_stores(copy):
    folder, _ = copy
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "jsonfile", "tests/contract"],
        capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout + "0 passed")[1]) > 10, done.stdout
