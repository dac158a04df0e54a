"""examples/ci: the recipes parse, their scripts run, and the pull loop takes signed commits only if asked."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import EXAMPLES, ROOT

CI = EXAMPLES / "ci"
GITHUB = yaml.safe_load((CI / "github.yaml").read_text())
GITLAB = yaml.safe_load((CI / "gitlab.yaml").read_text())
TOKEN = "canary-token-b30c"


def github_scripts(job):
    return [step["run"] for step in GITHUB["jobs"][job]["steps"] if "run" in step]


def gitlab_scripts(job):
    return [*GITLAB[job].get("before_script", []), *GITLAB[job]["script"]]


RECIPES = {"github": github_scripts, "gitlab": gitlab_scripts}


@pytest.fixture
def machine(tmp_path, private_home, kcfg_program):
    """A machine with kcfg, and stand-ins for what a runner has: machine("words", cwd=…) → CompletedProcess."""
    programs = tmp_path / "bin"
    programs.mkdir()
    texts = {
        "pip": "exit 0",
        "gh": f'echo "$@" > {tmp_path}/gh.args; cp diff.md {tmp_path}/comment.md',
        "curl": f'cat > {tmp_path}/curl.in; echo "$@" > {tmp_path}/curl.args; cp diff.md {tmp_path}/comment.md',
    }
    for name, text in texts.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    (programs / "kcfg").symlink_to(kcfg_program)
    fixed = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        **{f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }

    def run(script, cwd=tmp_path, **environ):
        words = ["bash", "-eo", "pipefail", "-c", script]
        return subprocess.run(words, cwd=cwd, env=fixed | environ, capture_output=True, text=True, timeout=100)

    return run


@pytest.fixture
def repository(machine, tmp_path):
    """A repository with a spec on main (also as origin/main) and a change of it on a branch."""
    origin, folder = tmp_path / "origin", tmp_path / "repo"
    shutil.copytree(EXAMPLES / "environments", origin)
    machine("git init -q -b main && git add . && git commit -qm spec", cwd=origin)
    done = machine(f"git clone -q {origin} {folder} && cd {folder} && git checkout -q -b change")
    assert done.returncode == 0, done.stderr
    text = (folder / "kcfg.yaml").read_text()
    (folder / "kcfg.yaml").write_text(text.replace("namespace: shop, protected", "namespace: web, protected", 1))
    tests = (folder / "kcfg.test.yaml").read_text()
    (folder / "kcfg.test.yaml").write_text(tests.replace("namespace: shop", "namespace: web"))
    machine("kcfg fmt && git commit -qam change", cwd=folder)
    return folder


@pytest.mark.parametrize("recipe", RECIPES)
def test_check_runs_the_tests_of_the_spec(recipe, repository, machine):
    (script,) = (each for each in RECIPES[recipe]("check") if "kcfg test" in each)
    assert machine(script, cwd=repository).returncode == 0

    machine("git checkout -q origin/main -- kcfg.test.yaml", cwd=repository)
    done = machine(script, cwd=repository)
    assert done.returncode == 1
    assert "expected 'shop', got 'web'" in done.stdout

    (repository / "kcfg.test.yaml").unlink()
    assert machine(script, cwd=repository).returncode == 0


@pytest.mark.parametrize("recipe", RECIPES)
def test_check_validates_and_comments_what_would_change(recipe, repository, machine, tmp_path):
    base = machine("git rev-parse origin/main", cwd=repository).stdout.strip()
    environ = {
        "KCFG_ENV": "ci", "GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "PR": "https://github.example.com/acme/pull/1", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_API_V4_URL": "https://gitlab.example.com/api/v4", "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "2",
        "KCFG_COMMENT_TOKEN": TOKEN,
    }  # fmt: skip
    for script in RECIPES[recipe]("check"):
        done = machine(script, cwd=repository, **environ)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
    comment = (tmp_path / "comment.md").read_text()

    assert "prod" in comment
    assert "web" in comment
    assert "```diff" in comment
    if recipe == "gitlab":
        assert TOKEN not in (tmp_path / "curl.args").read_text()
        assert (tmp_path / "curl.in").read_text() == f"PRIVATE-TOKEN: {TOKEN}\n"


@pytest.mark.parametrize("recipe", RECIPES)
def test_check_refuses_a_planted_token(recipe, repository, machine):
    (repository / "old.kubeconfig").write_text(f"kind: Config\nusers:\n- name: x\n  user: {{token: {TOKEN}}}\n")
    machine("git add .", cwd=repository)
    (script,) = [script for script in RECIPES[recipe]("check") if "scan" in script]
    done = machine(script, cwd=repository)

    assert done.returncode != 0
    assert "old.kubeconfig:4:17: error: users[0].user.token: plain-text secret" in done.stderr
    assert TOKEN not in done.stderr


@pytest.mark.parametrize("recipe", RECIPES)
def test_apply_makes_the_kubeconfig_and_verifies(recipe, repository, machine, private_home):
    environ = {"KCFG_ENV": "ci", "KCFG_SHOP_DEPLOYER_TOKEN": TOKEN}
    for script in RECIPES[recipe]("apply"):
        done = machine(script, cwd=repository, **environ)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
    config = private_home / ".kube/config"

    assert TOKEN in config.read_text()
    assert config.stat().st_mode & 0o777 == 0o600


def test_recipes_ask_for_as_little_as_they_need():
    assert GITHUB["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in (CI / "github.yaml").read_text()
    assert "SHOP" not in str(GITHUB["jobs"]["check"])
    # What others may write (a branch name, a title) reaches no script but through a variable.
    assert [script for job in GITHUB["jobs"] for script in github_scripts(job) if "${{" in script] == []


@pytest.fixture
def laptop(repository, machine, tmp_path):
    """A clone that follows main of the repository, for the pull loop."""
    machine(f"git clone -q -b main {tmp_path}/origin {tmp_path}/laptop")
    assert machine("kcfg trust --yes", cwd=tmp_path / "laptop").returncode == 0
    return tmp_path / "laptop"


PULL = f"{CI}/pull/kcfg-pull"


def test_pull_applies_what_came(laptop, machine, tmp_path, private_home):
    words = f"{PULL} {laptop} -e prod"
    first = machine(words)
    assert first.returncode == 0, first.stderr
    text = (tmp_path / "origin/kcfg.yaml").read_text()
    (tmp_path / "origin/kcfg.yaml").write_text(text.replace("namespace: shop, protected", "namespace: web, protected"))
    machine("git commit -qam web", cwd=tmp_path / "origin")
    second, third = machine(words), machine(words)

    assert second.returncode == 0, second.stderr
    assert "namespace: web" in (private_home / ".kube/config").read_text()
    assert "unchanged" in third.stdout


def test_pull_leaves_the_kubeconfig_when_the_spec_is_broken(laptop, machine, tmp_path, private_home):
    assert machine(f"{PULL} {laptop} -e prod").returncode == 0
    before = (private_home / ".kube/config").read_bytes()
    text = (tmp_path / "origin/kcfg.yaml").read_text()
    (tmp_path / "origin/kcfg.yaml").write_text(text.replace("cluster: prod-eu", "cluster: nope"))
    machine("git commit -qam broken", cwd=tmp_path / "origin")
    done = machine(f"{PULL} {laptop} -e prod")

    assert done.returncode == 1
    assert "cluster 'nope' is not declared" in done.stderr
    assert (private_home / ".kube/config").read_bytes() == before


def test_pull_takes_only_signed_commits_when_asked(laptop, machine, tmp_path):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    words = f"{PULL} {laptop} -e prod"
    head = machine("git rev-parse HEAD", cwd=laptop).stdout
    machine("git commit -q --allow-empty -m unsigned", cwd=tmp_path / "origin")
    refused = machine(words, KCFG_SIGNED="1")

    assert refused.returncode == 1
    assert "is not signed by somebody we know; nothing was pulled" in refused.stderr
    assert machine("git rev-parse HEAD", cwd=laptop).stdout == head
    done = machine(
        f"ssh-keygen -q -t ed25519 -N '' -f {tmp_path}/key && "
        f'echo "dev@example.com $(cat {tmp_path}/key.pub)" > {tmp_path}/signers && '
        f"git config --global gpg.ssh.allowedSignersFile {tmp_path}/signers && "
        f"git -c gpg.format=ssh -c user.signingkey={tmp_path}/key commit -q -S --allow-empty -m signed",
        cwd=tmp_path / "origin",
    )
    assert done.returncode == 0, done.stderr
    assert machine(words, KCFG_SIGNED="1").returncode == 0


def test_the_script_is_plain_sh(machine):
    assert machine(f"sh -n {PULL}").returncode == 0
    assert os.access(PULL, os.X_OK)


def test_systemd_takes_the_units(machine, private_home, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (private_home / ".local/bin").mkdir(parents=True)
    shutil.copy(PULL, private_home / ".local/bin/kcfg-pull")
    shutil.copytree(CI / "pull", tmp_path / "units")
    (tmp_path / "run").mkdir()
    units = f"{tmp_path}/units/kcfg-pull.service {tmp_path}/units/kcfg-pull.timer"
    done = machine(f"systemd-analyze verify --user {units}", XDG_RUNTIME_DIR=str(tmp_path / "run"))
    said = [line for line in done.stderr.splitlines() if "kcfg-pull" in line]

    assert (done.returncode, said) == (0, []), done.stderr


def test_hooks_of_the_page_exist():
    page = (CI / "README.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}

    assert {hook["id"] for hook in yaml.safe_load(block)["repos"][0]["hooks"]} <= hooks
