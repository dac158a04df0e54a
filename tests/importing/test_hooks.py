"""The hooks in a real git repository: a planted token is refused, with its place and without its value."""

import os
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT
from samples import KEY, PAIR, SAMPLES, config, encoded

TOKEN = "canary-token-5e19"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata:
  name: acme
clusters:
- name: dev
  server: https://dev.example.com:6443
users:
- name: ci
  token: ref+default://ci/token
contexts:
- name: dev
  cluster: dev
  user: ci
"""


@pytest.fixture
def git(tmp_path, monkeypatch, kcfg_program):
    """A repository of its own with kcfg on PATH: git("commit", …) → CompletedProcess."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)
    folder, programs = tmp_path / "repo", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (programs / "kcfg").symlink_to(kcfg_program)
    settings = {f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environ = {**os.environ, **settings, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(*words):
        return subprocess.run(["git", *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=100)

    run("init", "-q")
    (folder / "kcfg.yaml").write_text(SPEC)
    return run


@pytest.fixture(params=["pre-commit", "plain script"])
def repository(request, git, tmp_path):
    """The repository with the hooks installed, by pre-commit or as a script of one line each."""
    folder = tmp_path / "repo"
    if request.param == "pre-commit":
        pytest.importorskip("pre_commit")
        # As the manifest has them, but run from PATH: nothing is downloaded.
        hooks = [{**hook, "language": "system"} for hook in HOOKS]
        (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}))
        subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=folder, check=True, capture_output=True)
    else:
        lines = [
            f"{hook['entry']}{'' if 'pass_filenames' in hook else ' $(git diff --cached --name-only --diff-filter=d)'}"
            for hook in HOOKS
        ]
        script = folder / ".git/hooks/pre-commit"
        script.write_text("#!/bin/sh\nset -e\n" + "\n".join(lines) + "\n")
        script.chmod(0o755)
    return folder


def test_a_clean_spec_is_committed(repository, git):
    git("add", ".")
    done = git("commit", "-qm", "spec")

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_init_writes_is_committed(repository, git, kcfg):
    (repository / "kcfg.yaml").unlink()
    assert kcfg("init", cwd=repository).returncode == 0
    git("add", ".")
    done = git("commit", "-qm", "spec")

    assert done.returncode == 0, done.stdout + done.stderr


KUBECONFIG = f"apiVersion: v1\nkind: Config\nusers:\n- name: x\n  user:\n    token: {TOKEN}\n"
PLANTED = {
    "kubeconfig.yaml": (KUBECONFIG, ":6:12: error: users[0].user.token: plain-text secret"),
    "config": (KUBECONFIG, ":6:12: error: users[0].user.token: plain-text secret"),
    "admin.json": (
        f'{{"users": [{{"name": "x", "user": {{"token":\n"{TOKEN}"}}}}]}}\n',
        ":2:1: error: users[0].user.token: plain-text secret",
    ),
    "docs/users.yml": (
        f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nusers:\n- name: x\n  token: {TOKEN}\n",
        ":5:10: error: users[0].token: plain-text secret [KCFG201]",
    ),
}


def test_a_planted_token_is_refused_with_its_place(repository, git, kcfg):
    (repository / "docs").mkdir()
    for name, (text, _) in PLANTED.items():
        (repository / name).write_text(text)
    git("add", ".")
    done = git("commit", "-qm", "spec")
    said = done.stdout + done.stderr

    assert done.returncode != 0
    assert [f"{name}{where}" for name, (_, where) in PLANTED.items() if f"{name}{where}" not in said] == []
    assert TOKEN not in said
    assert git("rev-parse", "-q", "--verify", "HEAD").returncode != 0
    assert {name: kcfg("secret", "scan", name, cwd=repository).returncode for name in PLANTED} == dict.fromkeys(
        PLANTED, 1
    )
    for name in PLANTED:
        git("rm", "-q", "--cached", name)
        (repository / name).unlink()
    assert git("commit", "-qm", "without").returncode == 0


def test_an_invalid_spec_is_refused(repository, git):
    (repository / "kcfg.yaml").write_text(SPEC.replace("user: ci", "user: nobody"))
    git("add", ".")
    done = git("commit", "-qm", "spec")

    assert done.returncode != 0
    assert "kcfg.yaml:14:9: error: contexts[0].user: user 'nobody' is not declared" in done.stdout + done.stderr


def test_pre_commit_takes_the_manifest():
    pytest.importorskip("pre_commit")
    words = [sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
    done = subprocess.run(words, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [hook["id"] for hook in HOOKS] == ["kcfg-validate", "kcfg-fmt", "kcfg-secrets", "kcfg-lint"]


FOUND = {
    "users[0].user.token": {"token": TOKEN},
    "users[0].user.password": {"username": "u", "password": TOKEN},
    "users[0].user.client-key-data": PAIR,
    "users[0].user.auth-provider.config.id-token": {"auth-provider": {"name": "oidc", "config": {"id-token": TOKEN}}},
    "users[0].user.exec.env[0].value": {"exec": {"command": "x", "env": [{"name": "A_TOKEN", "value": TOKEN}]}},
    "users[0].user.exec.args[1]": {"exec": {"command": "x", "args": ["--token", TOKEN]}},
    "users[0].user.extensions[0].extension.apiToken": {"extensions": [{"name": "x", "extension": {"apiToken": TOKEN}}]},
}


@pytest.mark.parametrize("path", FOUND)
def test_every_place_of_a_kubeconfig(path, kcfg, tmp_path):
    (tmp_path / "config").write_text(yaml.safe_dump(config({}, {"x": FOUND[path]}, {"x": {}})))
    done = kcfg("secret", "scan", "config")

    assert done.returncode == 1
    assert f"{path}: plain-text secret" in done.stderr
    assert done.stderr.count("plain-text secret") == 2  # the finding, and the sum
    assert TOKEN not in done.stderr
    assert encoded(KEY) not in done.stderr


def test_every_place_of_a_spec(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(f"""\
apiVersion: kcfg/v1
kind: KubeconfigSpec
variables: {{api-token: {{default: {TOKEN}}}, region: {{default: eu}}}}
secretStores: [{{name: c, provider: command, command: {{argv: [get, --password={TOKEN}]}}}}]
clusters: [{{name: a, server: "https://me:{TOKEN}@dev.example.com"}}]
users:
- {{name: a, user: {{token: {TOKEN}}}}}
- {{name: b, password: {{secretRef: {{key: b}}}}, exec: {{command: x, env: [{{name: T_TOKEN, value: ref+default://b}}]}}}}
generate: [{{forEach: {{x: [a]}}, user: {{name: "{{x}}", token: {TOKEN}}}}}]
environments: [{{name: e, variables: {{api-token: {TOKEN}}}, patches: [{{merge: {{token: {TOKEN}}}}}]}}]
""")
    done = kcfg("secret", "scan", "kcfg.yaml")
    paths = {line.split("error: ")[1].split(":")[0] for line in done.stderr.splitlines() if "error: " in line}

    assert paths == {
        "variables.api-token.default",
        "secretStores[0].command.argv[1]",
        "clusters[0].server",
        "users[0].user.token",
        "generate[0].user.token",
        "environments[0].variables.api-token",
        "environments[0].patches[0].merge.token",
    }


def test_what_is_no_secret_is_not_found(kcfg, tmp_path):
    texts = {
        "shown.yaml": yaml.safe_dump(
            config({}, {"x": {"token": "REDACTED", "client-key-data": "DATA+OMITTED"}}, {"x": {}})
        ),
        "eks.yaml": yaml.safe_dump(SAMPLES["eks"]),
        "spec.yaml": SPEC,
        "preset.yaml": SPEC.replace("token: ref+default://ci/token", "auth: {oidc: {issuer-url: i, client-id: k}}"),
        "users.py": "users: list[str] = []\ntoken = {'users': [}\n",
        "manifest.yaml": f"kind: Config\napiVersion: other/v1\nusers: [{{name: x, user: {{token: {TOKEN}}}}}]\n",
        "page.md": f"# How to\n\n```yaml\n{SPEC}```\n`kcfg`: [x\n",
        "empty": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    done = kcfg("secret", "scan", *texts, "binary")

    assert (done.returncode, done.stderr) == (0, "kcfg: not looked into: binary (binary)\n")


def test_a_kubeconfig_that_cannot_be_parsed_is_not_waved_through(kcfg, tmp_path):
    (tmp_path / "config").write_text(f"apiVersion: v1\nkind: Config\nusers: [{{name: x, user: {{token: {TOKEN}\n")
    done = kcfg("secret", "scan", "config")

    assert done.returncode == 2
    assert done.stderr.startswith("config:")
    assert TOKEN not in done.stderr
    utf16 = yaml.safe_dump(config({}, {"x": {"token": TOKEN}}, {"x": {}})).encode("utf-16")
    (tmp_path / "config").write_bytes(utf16)
    assert kcfg("secret", "scan", "config").returncode == 1


def test_json_names_the_place(kcfg, tmp_path):
    (tmp_path / "config").write_text(f"kind: Config\nusers:\n- name: x\n  user: {{token: {TOKEN}}}\n")
    done = kcfg("secret", "scan", "config", "-o", "json")
    (problem,) = yaml.safe_load(done.stdout)["problems"]

    assert (problem["file"], problem["line"], problem["column"]) == ("config", 4, 17)
    assert TOKEN not in done.stdout
