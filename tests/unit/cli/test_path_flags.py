"""Paths that kubectl stores as they come: `~`, variables and missing files are told, and stored all the same."""

import pytest
import yaml

PATHS = {
    "~/ca.crt": "nobody expands ~ in a kubeconfig",
    "$HOME/ca.crt": "nobody expands $ in a kubeconfig",
    "${HOME}/ca.crt": "nobody expands $ in a kubeconfig",
    "gone.crt": "no such file",
    "/gone/ca.crt": "no such file",
    r"C:\ca.crt": "no such file",
}
FLAGS = {
    "--certificate-authority": ("set-cluster", "clusters", "cluster"),
    "--client-certificate": ("set-credentials", "users", "user"),
    "--client-key": ("set-credentials", "users", "user"),
}


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leads_nowhere_is_told_and_stored_as_by_kubectl(flag, path, kcfg, kubectl, tmp_path):
    command, section, wrapper = FLAGS[flag]
    words = (command, "x", f"{flag}={path}", "--kubeconfig")

    done = kcfg(*words, "ours")
    kubectl("config", *words, "theirs")

    assert done.returncode == 0
    assert f"kcfg: warning: {path}: {PATHS[path]}" in done.stderr
    ours, theirs = (yaml.safe_load((tmp_path / name).read_text())[section][0][wrapper] for name in ("ours", "theirs"))
    assert ours == theirs


@pytest.mark.parametrize("flag", FLAGS)
def test_a_path_that_is_there_or_none_is_not_told(flag, kcfg, tmp_path):
    (tmp_path / "$x").write_text("")

    for path in ("$x", "./$x", ""):
        assert kcfg(FLAGS[flag][0], "x", f"{flag}={path}", "--kubeconfig", "k").stderr == ""
