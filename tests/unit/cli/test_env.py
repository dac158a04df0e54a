"""`kcfg env` in real shells: what KUBECONFIG is after its lines, and after `--restore`."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT, require

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-c"], 'eval "$(kcfg env {words})"', "${KUBECONFIG-unset}"),
    "zsh": (["zsh", "-f", "-c"], 'eval "$(kcfg env {words})"', "${KUBECONFIG-unset}"),
    "fish": (["fish", "--no-config", "-c"], "kcfg env {words} | source", "$KUBECONFIG"),
    "powershell": (
        ["pwsh", "-NoProfile", "-Command"],
        "kcfg env {words} | Out-String | Invoke-Expression",
        "$Env:KUBECONFIG",
    ),
}
NAMES = ["plain", "two words", "it's", 'a "quote"', "$HOME `id` $(id)", "back\\slash", "ä\u2019ö", "-dash", "*", "%s!"]


@pytest.fixture(params=SHELLS)
def shell(request, tmp_path, kcfg_program):
    """Run lines in a shell; `{env WORDS}` in them takes what kcfg prints, `{show}` prints KUBECONFIG."""
    words, take, variable = SHELLS[request.param]
    require(request.param, present=shutil.which(words[0]) is not None)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kcfg").symlink_to(kcfg_program)

    def run(*steps, **environ):
        lines = []
        for each in steps:
            step = each.replace("$NAMED", "$Env:NAMED" if request.param == "powershell" else "$NAMED")
            lines.append(take.format(words=f"{step} --shell {request.param}"))
            lines.append(f'printf "<%s>" "{variable}"')
        path = f"{tmp_path}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [*words, "\n".join(lines)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **environ},
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout[1:-1].split("><")

    return run


def make(folder, *names):
    for name in names:
        (folder / name).write_text("apiVersion: v1\nkind: Config\n")
    return [str(folder / name) for name in names]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_arrives_whole(name, shell, tmp_path):
    (path,) = make(tmp_path, name)

    # The name comes by a variable, so that no quoting of this test is in question.
    assert shell('"$NAMED"', NAMED=f"./{name}") == [path]


def test_append_keeps_what_is_listed_once(shell, tmp_path):
    one, _, three = make(tmp_path, "one", "two", "three")

    found = shell("two three --append", "one --append", KUBECONFIG=f"{one}:two")
    assert found == [f"{one}:two:{three}"] * 2


def test_append_to_nothing_keeps_the_default(shell, tmp_path, private_home):
    (one,) = make(tmp_path, "one")

    assert shell("one --append") == [f"{private_home}/.kube/config:{one}"]


@pytest.mark.parametrize("before", [None, "", "a:b c"])
def test_restore_leads_back_to_the_beginning(before, shell, tmp_path):
    one, two = make(tmp_path, "one", "two")
    environ = {} if before is None else {"KUBECONFIG": before}
    found = shell("one", "two", "--restore", "two", "--restore", **environ)

    assert [found[0], found[1], found[3]] == [one, two, two]
    assert found[2] == found[4]
    assert found[2] in ([before] if before else ["unset", ""])


def test_an_environment_is_rendered_into_its_file(shell, tmp_path, kcfg):
    kcfg("init", "--out", "kcfg.yaml")
    (tmp_path / "kcfg.yaml").write_text((tmp_path / "kcfg.yaml").read_text() + "environments: [{name: all}]\n")
    done = kcfg("env", "-e", "all", "--out", "rendered")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("export KUBECONFIG=")
    assert (tmp_path / "rendered").stat().st_mode & 0o777 == 0o600


REFUSED = {
    ("missing",): "no such file",
    (".",): "this is a folder",
    (): "no kubeconfig is named",
    ("a:b",): "cannot name a file with a ':'",
    ("a\nb",): "cannot name a file with a control character",
    ("-e", "prod"): "--out",
    ("--restore",): "nothing to restore",
    ("--restore", "--shell", "direnv"): "direnv restores",
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_mistake_prints_no_code(words, kcfg, tmp_path):
    make(tmp_path, "a:b", "a\nb")
    done = kcfg("env", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert REFUSED[words] in done.stderr


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("/usr/bin/fish", "set -gx "),
        ("/bin/zsh", "export "),
        ("/usr/bin/pwsh", "$Env:"),
        ("/bin/dash", "export "),
        ("", "export "),
    ],
)
def test_the_form_is_the_login_shells(shell, line, kcfg, tmp_path):
    make(tmp_path, "one")

    assert kcfg("env", "one", env={"SHELL": shell}).stdout.startswith(line)


@pytest.mark.parametrize("name", ["plain", "it's $HOME"])
def test_direnv_sets_it_in_the_folder(name, kcfg, tmp_path, private_home):
    require("direnv", present=shutil.which("direnv") is not None)
    (path,) = make(tmp_path, name)
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.envrc").write_text(kcfg("env", name, "--append", "--shell", "direnv").stdout)
    project = tmp_path / "project"
    subprocess.run(["direnv", "allow", project], check=True, capture_output=True)
    done = subprocess.run(
        ["direnv", "exec", project, "sh", "-c", 'printf %s "$KUBECONFIG"'], capture_output=True, text=True
    )

    assert done.stdout == f"{private_home}/.kube/config:{path}", done.stderr
