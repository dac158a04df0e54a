"""The pre-commit hook: which files it takes, and that its command is one that takes files."""

import re

import pytest
import yaml
from conftest import ROOT

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
HOOK = HOOKS["kcfg-lint"]


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("kcfg.yaml", True), ("clusters/kcfg.yml", True), ("kubeconfig", True), ("ci/prod.kubeconfig", True),
        ("ci/prod.kubeconfig.yaml", True), ("home/.kube/config", True),
        ("config", False), ("values.yaml", False), ("kubeconfig.go", False), ("my-kcfg.yaml", False),
    ],
)  # fmt: skip
def test_files(path, taken):
    assert bool(re.search(HOOK["files"], path)) == taken


def test_the_command_takes_files(kcfg, tmp_path):
    for name in ("a.kubeconfig", "b.kubeconfig"):
        (tmp_path / name).write_text("clusters:\n- {name: a, cluster: {server: http://a.example.com}}\n")
    program, *words = HOOK["entry"].split()
    done = kcfg(*words, "a.kubeconfig", "b.kubeconfig", cwd=tmp_path)

    assert (program, done.returncode) == ("kcfg", 1)
    assert done.stdout.count("KCFG502") == 2
