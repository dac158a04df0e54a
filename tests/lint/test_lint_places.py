"""Rules whose answer depends on the machine: who could replace a plugin, who can read a file; and shadowed entries."""

import os
import stat
from types import SimpleNamespace

import pytest
from lint_world import FILES

from kcfg.lint.open import open_kubeconfigs, open_spec, real_outside
from kcfg.lint.rules.plugins import untrusted_place
from kcfg.lint.run import lint

PLUGIN = """users:
- name: a
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: COMMAND
      interactiveMode: Never
"""


def test_a_relative_plugin_is_not_looked_up_in_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text(PLUGIN.replace("COMMAND", "./sh"))
    problems = lint(open_kubeconfigs(["config"], real_outside())).problems

    assert {"KCFG306", "KCFG308"} <= {problem.rule for problem in problems}


def rules(folder, text, name="config", mode=0o600):
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return {problem.rule for problem in lint(open_kubeconfigs([str(path)], real_outside())).problems}


@pytest.mark.parametrize(
    ("modes", "where"),
    [
        ({}, ""),
        ({"/opt/a/login": 0o100777}, "/opt/a/login"),
        ({"/opt/a": 0o40777}, "/opt/a"),
        ({"/opt": 0o40777}, "/opt"),
        ({"/opt/a": 0o41777}, "/opt/a"),
        ({"/opt": 0o41777}, ""),  # nobody can replace another's folder in a sticky one
        ({"/opt/a": 0o40775}, ""),
    ],
)
def test_who_could_replace_a_program(modes, where):
    usual = {"/opt/a/login": 0o100755, "/opt/a": 0o40755, "/opt": 0o40755, "/": 0o40755}
    found = {path: SimpleNamespace(st_mode=mode) for path, mode in {**usual, **modes}.items()}

    assert untrusted_place("/opt/a/login", found.get) == where
    assert stat.S_ISDIR(found["/opt"].st_mode)


def test_a_plugin_that_path_finds_in_an_open_folder(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "login").write_text("#!/bin/sh\n")
    (folder / "login").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert rules(tmp_path, PLUGIN.replace("COMMAND", "login")) & {"KCFG306", "KCFG309"} == set()
    folder.chmod(0o777)

    assert rules(tmp_path, PLUGIN.replace("COMMAND", "login")) & {"KCFG306", "KCFG309"} == {"KCFG309"}


def test_a_relative_plugin_starts_at_the_folder_of_the_file(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/login").write_text("#!/bin/sh\n")
    (tmp_path / "there/login").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    text = PLUGIN.replace("COMMAND", "./login")

    assert rules(tmp_path / "there", text) & {"KCFG306", "KCFG308"} == {"KCFG308"}
    assert rules(tmp_path, text) & {"KCFG306", "KCFG308"} == {"KCFG306", "KCFG308"}


@pytest.mark.parametrize(("mode", "found"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_mode_of_a_file_with_secrets(mode, found, tmp_path):
    assert ("KCFG206" in rules(tmp_path, "users:\n- {name: a, user: {token: hunter2}}\n", mode=mode)) is found


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ("exec: {command: sh, args: [--client-secret=hunter2]}", True),
        ("auth-provider: {name: oidc, config: {id-token: hunter2}}", True),
        ("token: REDACTED", False),
        ("username: me", False),
        ("exec: {command: sh, args: [get-token]}", False),
    ],
)
def test_what_makes_a_file_secret(user, found, tmp_path):
    text = f"users:\n- name: a\n  user: {{{user}}}\n"
    assert ("KCFG206" in rules(tmp_path, text, mode=0o644)) is found


def test_a_token_beside_a_name_that_only_sounds_secret(tmp_path):
    text = PLUGIN.replace("COMMAND", "sh\n      args: [--token-file=/run/token, --secret-name, db]")

    assert "KCFG204" not in rules(tmp_path, text)


def test_references_in_a_spec_are_no_plain_secrets(tmp_path):
    spec = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n" + PLUGIN.replace(
        "COMMAND", "sh\n      env: [{name: LOGIN_PASSWORD, value: ref+default://login}]"
    ).replace("  user:\n    exec", "  exec").replace("\n      ", "\n    ")
    (tmp_path / "kcfg.yaml").write_text(spec)
    problems = lint(open_spec(str(tmp_path / "kcfg.yaml"), real_outside())).problems

    assert {problem.rule for problem in problems} == {"KCFG504"}


def test_entries_of_several_files_are_all_looked_at(tmp_path):
    texts = ["a", "b"]
    for name in texts:
        (tmp_path / name).write_text(f"clusters:\n- name: same\n  cluster: {{server: 'http://{name}.example.com'}}\n")
    paths = [str(tmp_path / name) for name in texts]
    found = [problem for problem in lint(open_kubeconfigs(paths, real_outside())).problems if problem.rule == "KCFG502"]

    assert [os.path.basename(problem.location.file) for problem in found] == texts


def test_a_cluster_that_another_files_context_uses_is_used(tmp_path):
    (tmp_path / "a").write_text("clusters:\n- {name: c, cluster: {server: 'https://a.example.com'}}\n")
    (tmp_path / "b").write_text("contexts:\n- {name: x, context: {cluster: c}}\n")
    both = lint(open_kubeconfigs([str(tmp_path / "a"), str(tmp_path / "b")], real_outside()))
    alone = lint(open_kubeconfigs([str(tmp_path / "a")], real_outside()))

    assert {"KCFG102", "KCFG503"} & {problem.rule for problem in both.problems} == set()
    assert "KCFG503" in {problem.rule for problem in alone.problems}


def test_an_ended_authority_beside_one_that_lasts(world):
    (world / "both.crt").write_bytes(FILES["expired-ca.crt"] + FILES["ca.crt"])
    (world / "ended.crt").write_bytes(FILES["expired-ca.crt"] * 2)
    text = "clusters:\n- name: a\n  cluster: {server: 'https://a.example.com', certificate-authority: NAME.crt}\n"

    assert "KCFG401" not in rules(world, text.replace("NAME", "both"))
    assert "KCFG401" in rules(world, text.replace("NAME", "ended"))
