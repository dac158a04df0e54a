"""The context in the prompt, in its color: kcfg's own mark, and the lines of docs/prompt.md, in real shells."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, require
from readme import blocks
from terminal import START_FILES, Terminal, write_start_file

from kcfg.errors import KcfgError
from kcfg.run.colors import COLORS, DEFAULT, color_of

PAGE = (ROOT / "docs/prompt.md").read_text(encoding="utf-8")
ODD = "a$(touch owned)`touch owned`%n%F{blue}%d\\u\\w'\"!;#"
LABELS = {name: {"env": name} for name in ("dev", "stage", "prod")} | {"guarded": {}, ODD: {}, "bare": None}
PROMPTS = {
    "bash": "PS1='$ '\n",
    "zsh": "PROMPT='$ '\nsetopt prompt_subst\nunsetopt zle\n",
    "fish": "function fish_prompt; echo -n '$ '; end\n",
}
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters: [{name: c, server: "https://c.example.com", labels: {env: staging}}]
users: [{name: robot, tokenFile: /nowhere/token}]
contexts: [{name: calm, cluster: c, user: robot}, {name: guarded, cluster: c, user: robot, protected: true}]
"""


@pytest.fixture
def around(tmp_path, private_home):
    """An environment whose kubeconfig has a context for each label, as `apply` writes them."""
    contexts = []
    for name, labels in LABELS.items():
        hint = {"labels": labels, "protected": True} if name == "guarded" else {"labels": labels}
        extensions = [] if labels is None else [{"name": "kcfg", "extension": hint}]
        contexts.append({"name": name, "context": {"cluster": "c", "user": "u", "extensions": extensions}})
    clusters = [{"name": "c", "cluster": {"server": "https://c.example.com"}}]
    users = [{"name": "u", "user": {"token": "plum-token-of-nobody"}}]
    (tmp_path / "config").write_text(json.dumps({"clusters": clusters, "users": users, "contexts": contexts}))
    (tmp_path / "run").mkdir(mode=0o700)
    without = {key: value for key, value in os.environ.items() if key != "NO_COLOR" and not key.startswith("KCFG_")}
    return {
        **without, "PYTHONPATH": str(ROOT), "KUBECONFIG": str(tmp_path / "config"), "TERM": "xterm",
        "XDG_RUNTIME_DIR": str(tmp_path / "run"), "HISTFILE": "", "SHELL": "/bin/sh",
    }  # fmt: skip


@pytest.fixture
def run(around, tmp_path):
    def call(*given, script="", **env):
        words = [sys.executable, "-m", "kcfg", *given]
        return subprocess.run(
            words, env={**around, **env}, input=script, capture_output=True, text=True, timeout=60, cwd=tmp_path
        )

    return call


@pytest.fixture(params=list(PROMPTS))
def shell(request, private_home):
    """A shell whose user has a prompt; `add` puts lines after it."""
    require(request.param, present=shutil.which(request.param) is not None)
    write_start_file(private_home, request.param, PROMPTS[request.param])
    return request.param


@pytest.fixture
def shown(around, tmp_path, shell):
    """What a shell shows up to the end of its first prompt, and that it runs on."""

    def call(*given, **env):
        words = [sys.executable, "-m", "kcfg", "shell", *given, "--shell", shell]
        terminal = Terminal(words, {**around, **env}, tmp_path)
        terminal.expect(b"exit leaves it")
        before = terminal.expect(b"$ ")
        terminal.type(b"exit 6\r")
        assert terminal.end()[1] == 6
        assert list(tmp_path.rglob("owned")) == []
        return before.decode().replace("\x1b[30m", "").replace("\x0f", "")

    return call


def colored(number, name):
    return f"\x1b[{number}m({name})"


def test_kcfgs_own_mark_has_the_color(shown):
    assert colored(31, "guarded") in shown("guarded", "--yes-protected")
    assert colored(36, "dev") in shown("dev", KCFG_COLORS="env=dev:cyan")
    assert colored(32, ODD) in shown(ODD)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"KCFG_COLORS": "*:none"}], ids=str)
def test_kcfgs_own_mark_without_a_color(env, shown):
    text = shown("prod", **env)

    assert "(prod) " in text
    assert "\x1b[31m" not in text


def test_the_lines_of_the_page_mark_the_prompt(shell, shown, private_home):
    (lines,) = [each for each in blocks(shell, PAGE) if "KCFG_COLORS" not in each]
    with (private_home / START_FILES[shell]).open("a") as file:
        file.write(lines)

    assert colored(31, "prod") in shown("prod", "--no-prompt")
    assert colored(33, "stage") in shown("stage", "--no-prompt")
    assert colored(32, ODD) in shown(ODD, "--no-prompt")
    plain = shown("prod", "--no-prompt", NO_COLOR="1")
    assert "(prod) " in plain
    assert "\x1b[31m" not in plain


def test_without_kcfg_the_lines_of_the_page_change_nothing(shell, around, private_home, tmp_path):
    (lines,) = [each for each in blocks(shell, PAGE) if "KCFG_COLORS" not in each]
    with (private_home / START_FILES[shell]).open("a") as file:
        file.write(lines)
    terminal = Terminal([shell, "-i"], around, tmp_path)
    before = terminal.expect(b"$ ")
    terminal.type(b"exit 6\r")

    assert terminal.end()[1] == 6
    assert b"()" not in before


TELL = 'echo "$KCFG_CONTEXT:$KCFG_PROMPT_COLOR"\n'


@pytest.mark.parametrize(("context", "color"), [
    ("dev", "green"), ("stage", "yellow"), ("prod", "red"), ("guarded", "red"), ("bare", "green"),
])  # fmt: skip
def test_the_variable(context, color, run):
    assert run("shell", context, "--yes-protected", script=TELL).stdout == f"{context}:{color}\n"
    assert run("exec", context, "--yes-protected", "--", "sh", "-c", TELL).stdout == f"{context}:{color}\n"


def test_an_outer_shells_color_is_not_an_inner_programs(run):
    inner = [sys.executable, "-m", "kcfg", "exec", "dev", "--", "sh", "-c", TELL]
    done = run("exec", "dev", "--", *inner, KCFG_PROMPT_COLOR="red")

    assert done.stdout == "dev:green\n"
    assert run("shell", "dev", script=TELL, KCFG_PROMPT_COLOR="red", NO_COLOR="1").stdout == "dev:\n"


def test_a_specs_labels_and_protection_are_seen_inside(run, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    again = f"{sys.executable} -m kcfg exec -- sh -c '{TELL.strip()}'\n"
    calm = run("shell", "calm", "-f", ".", "--trust", script=TELL + again)
    guarded = run("shell", "guarded", "-f", ".", "--trust", "--yes-protected", script=TELL + again)

    assert calm.stdout == "calm:yellow\n" * 2, calm.stderr
    assert guarded.stdout == "guarded:red\n"
    assert "protected: guarded" in guarded.stderr


@pytest.mark.parametrize("rules", [
    "env=prod", "env=prod:pink", "env=prod:RED", "env=prod:", "prod:red", ":red", "=:red", "env=:red", "=prod:red",
    "env=prod:red;*:blue", "env=prod:\x1b[31m", "*:$(id)", "a:b=c:red", "red",
])  # fmt: skip
def test_what_is_no_rule_is_refused_before_anything_runs(rules, run):
    done = run("shell", "dev", script="echo ran\n", KCFG_COLORS=rules)

    assert (done.returncode, done.stdout) == (125, "")
    assert "KCFG_COLORS" in done.stderr
    assert "\x1b" not in done.stderr
    assert "a shell for" not in done.stderr


@pytest.mark.parametrize(("rules", "color"), [
    ("", "red"), (" , ", "red"), ("env=dev:cyan", "red"), ("env=prod:blue", "blue"), ("protected:magenta", "magenta"),
    ("env=prod:none", ""), ("*:white", "white"), ("*:white,env=prod:blue", "white"),
    (" env=prod:blue , env=prod:cyan", "blue"), ("example.com/tier=a.b_c:blue", "blue"), ("protected=yes:cyan", "cyan"),
])  # fmt: skip
def test_the_first_rule_that_fits(rules, color):
    labels = {"env": "prod", "example.com/tier": "a.b_c", "protected": "yes"}

    assert color_of(labels, rules, protected=True) == color


def test_a_label_called_protected_protects_nothing():
    assert color_of({"protected": "true"}, "", protected=False) == "green"
    with pytest.raises(KcfgError):
        color_of({}, "protected", protected=False)


def test_the_page_has_the_rules_and_the_colors():
    assert blocks("text", PAGE)[0].strip() == DEFAULT
    assert [name for name in COLORS if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("labels", ["prod", ["prod"], {"env": ["prod"]}, {"env": None}, 7])
def test_labels_that_are_none(labels, run, tmp_path):
    value = json.loads((tmp_path / "config").read_text())
    value["contexts"][0]["context"]["extensions"] = [{"name": "kcfg", "extension": {"labels": labels}}]
    (tmp_path / "config").write_text(json.dumps(value))

    assert run("exec", "dev", "--", "sh", "-c", TELL).stdout == "dev:green\n"
