"""A kubeconfig of the wrong shape is told by the rule that says what is wrong with it, as a spec is; exit code 2."""

import json

import pytest

HEAD = "apiVersion: v1\nkind: Config\n"
SHAPES = {
    "clusters: [{name: a, cluster: {server: [x]}}]": "KCFG003",
    "clusters: {a: b}": "KCFG003",
    "clusters: [5]": "KCFG003",
    "contexts: [{name: y, context: {cluster: a}}]": "KCFG003",
    "contexts: [{name: a, context: {cluster: 1e3}}]": "KCFG003",
    "contexts: [{name: a, context: {namespace: 0o17}}]": "KCFG003",
    "users: [{name: a, user: {exec: {env: [{name: A, value: 1}]}}}]": "KCFG003",
    "users: [{name: a, user: {as-groups: [yes]}}]": "KCFG003",
    "clusters: [{name: a, cluster: {certificate-authority-data: '!!!'}}]": "KCFG107",
    "users: [{name: a, user: {client-key-data: RkFL=}}]": "KCFG107",
    "clusters: [{name: a}, {name: a}]": "KCFG101",
    "extensions: [{name: a, extension: 1}, {name: a, extension: 2}]": "KCFG101",
    "extensions: [{name: a, extension: .inf}]": "KCFG005",
}


def rules(called):
    done = called("lint", "--kubeconfig", "config", "-o", "json")
    return done.returncode, [each["rule"] for each in json.loads(done.stdout)["problems"]]


@pytest.mark.parametrize("text", SHAPES)
def test_the_rule_says_what_is_wrong(called, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text(HEAD + text + "\n")

    for command in (["lint", "config", "-o", "json"], ["validate", "--kubeconfig", "config", "-o", "json"]):
        done = called(*command)
        found = json.loads(done.stdout)
        problems = found["problems"]
        assert done.returncode == 2
        assert [(each["rule"], each["line"]) for each in problems] == [(SHAPES[text], 3)]


@pytest.mark.parametrize("head", ["kind: Pod\n", "apiVersion: v2\nkind: Config\n", "- a\n", "an error page\n"])
def test_what_is_no_kubeconfig(called, tmp_path, monkeypatch, head):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text(head)

    assert rules(called) == (2, ["KCFG008"])


def test_what_is_no_yaml_is_still_told_so(called, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text("clusters: [")

    assert rules(called) == (2, ["KCFG001"])


@pytest.mark.parametrize("listed", ["config:absent", "config:config", "config:"])
def test_a_list_is_told_whichever_of_its_files_are_there(called, tmp_path, monkeypatch, listed):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text(
        HEAD + "clusters: [{name: a, cluster: {server: https://a.example.com}}]\n"
        "contexts: [{name: a, context: {cluster: a}}]\ncurrent-context: a\n"
    )
    (tmp_path / "config").chmod(0o600)

    monkeypatch.setenv("KUBECONFIG", listed)
    assert "lightkube cannot read this: it reads one file" in called("lint").stdout
    monkeypatch.setenv("KUBECONFIG", "config")
    assert "lightkube" not in called("lint").stdout
