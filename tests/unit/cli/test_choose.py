"""Which context? Asked on a real terminal, by the prompt and by the real fzf; and a namespace with the switch."""

import fcntl
import os
import shutil
import struct
import subprocess
import termios
import time

import pytest
from conftest import require
from test_terminal import Terminal

from kcfg.printing import printable

KUBECONFIG = """\
# mine
contexts:
- {name: prod-eu, context: {cluster: farm, user: me}} # careful
- {name: stage-eu, context: {cluster: farm, user: me, color: red}}
- {name: stage-us, context: {cluster: farm, user: me}}
- {name: "bell\\a\\e]0;t", context: {cluster: farm, user: me}}
current-context: prod-eu
"""
PROMPT = "context (number, or a part of the name; nothing to leave): "


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", "config")
    file = tmp_path / "config"
    file.write_text(KUBECONFIG)
    return file


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        (["3"], "stage-eu"),
        (["us"], "stage-us"),
        (["STAGE-EU"], "stage-eu"),
        (["prod-eu"], "prod-eu"),
        (["stage", "2"], "stage-us"),
        (["nothing", "9", "us"], "stage-us"),
        (["1"], "bell\a\x1b]0;t"),
    ],
)
def test_the_prompt_takes_a_number_or_a_part(typed, chosen, config, kcfg, tmp_path):
    terminal = Terminal("use", cwd=tmp_path, env={"TERM": "dumb"})
    for line in typed:
        terminal.type(line, after=PROMPT)
        terminal.text = terminal.text.replace(PROMPT, "", 1)

    assert terminal.end() == 0
    assert kcfg("current-context").stdout == f"{printable(chosen)}\n"
    assert "\a" not in terminal.text
    assert "\x1b" not in terminal.text
    assert "* " in terminal.text


def test_no_choice_is_no(config, tmp_path):
    terminal = Terminal("use-context", cwd=tmp_path, env={"TERM": "dumb"})
    terminal.type("", after=PROMPT)

    assert terminal.end() == 1
    assert config.read_text() == KUBECONFIG


def test_an_interrupt_is_130(config, tmp_path):
    terminal = Terminal("use-context", cwd=tmp_path, env={"TERM": "dumb"})
    terminal.type("\x03", after=PROMPT)

    assert terminal.end() == 130
    assert config.read_text() == KUBECONFIG


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_nobody_is_asked_without_a_terminal(stream, config, tmp_path):
    terminal = Terminal("use-context", cwd=tmp_path, **{stream: subprocess.DEVNULL})

    assert terminal.end() == 2
    assert PROMPT not in terminal.text


def test_the_error_without_a_terminal_names_the_way(config, kcfg):
    done = kcfg("use-context")

    assert (done.returncode, done.stdout) == (2, "")
    assert "kcfg get-contexts" in done.stderr


@pytest.fixture
def fzf(config, tmp_path):
    """kcfg on a terminal that fzf can use."""
    require("fzf", present=shutil.which("fzf") is not None)
    terminal = Terminal("use-context", cwd=tmp_path, env={"TERM": "xterm", "FZF_DEFAULT_OPTS": ""})
    fcntl.ioctl(terminal.ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return terminal


def press(terminal, keys):
    """Press keys once fzf stands there; Enter is \\r to it."""
    ends = time.monotonic() + 90
    while "current: prod-eu" not in terminal.text and time.monotonic() < ends:
        terminal._read(0.2)
    os.write(terminal.ours, keys.removesuffix("\r").encode())
    while terminal._read(1.0):  # fzf matches in the background: Enter takes what stands there
        pass
    if keys.endswith("\r"):
        os.write(terminal.ours, b"\r")


@pytest.mark.parametrize(
    ("keys", "code", "chosen"),
    [
        ("stage-us\r", 0, "stage-us"),
        ("bell\r", 0, "bell\a\x1b]0;t"),
        ("\x1b", 130, "prod-eu"),
        ("\x03", 130, "prod-eu"),
    ],
)
def test_fzf_chooses(keys, code, chosen, fzf, kcfg):
    press(fzf, keys)

    assert fzf.end() == code
    assert kcfg("current-context").stdout == f"{printable(chosen)}\n"
    assert "\x1b]0;t" not in fzf.text


def test_fzf_with_no_match_is_no(fzf, config):
    press(fzf, "nowhere\r")

    assert fzf.end() == 1
    assert config.read_text() == KUBECONFIG


@pytest.mark.parametrize("script", ["exit 2", "echo nonsense"])
def test_an_fzf_that_fails_leaves_the_prompt(script, config, tmp_path, kcfg):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/fzf").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bin/fzf").chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    terminal = Terminal("use", cwd=tmp_path, env={"TERM": "xterm", "PATH": path, "NO_COLOR": "1"})
    terminal.type("us", after=PROMPT)

    assert terminal.end() == 0
    assert kcfg("current-context").stdout == "stage-us\n"


def test_a_namespace_comes_with_the_switch_and_nothing_else_changes(config, kcfg):
    done = kcfg("use-context", "stage-eu", "-n", "web")

    assert (done.returncode, done.stdout) == (0, 'Switched to context "stage-eu", namespace "web".\n')
    lines = config.read_text().splitlines()
    assert [line for line in KUBECONFIG.splitlines() if line not in lines] == [
        "- {name: stage-eu, context: {cluster: farm, user: me, color: red}}",
        "current-context: prod-eu",
    ]
    assert kcfg("get-contexts", "stage-eu", "--no-headers").stdout.split() == ["*", "stage-eu", "farm", "me", "web"]
    assert "color: red" in config.read_text()


def test_a_namespace_alone_is_the_current_contexts(config, kcfg):
    assert kcfg("use-context", "-n", "web").stdout == 'Switched to context "prod-eu", namespace "web".\n'
    assert kcfg("get-contexts", "prod-eu", "--no-headers").stdout.split()[-1] == "web"


def test_the_context_before_gets_a_namespace_too(config, kcfg):
    kcfg("use-context", "stage-eu")

    assert kcfg("use-context", "-", "-n", "web").stdout == 'Switched to context "prod-eu", namespace "web".\n'


@pytest.mark.parametrize("words", [("stage-eu", "-n", ""), ("nowhere", "-n", "web")], ids=" ".join)
def test_a_refused_switch_writes_nothing(words, config, kcfg):
    assert kcfg("use-context", *words).returncode == 2
    assert config.read_text() == KUBECONFIG


def test_a_context_of_a_second_file_gets_its_namespace_there(config, kcfg, tmp_path):
    (tmp_path / "more").write_text("contexts:\n- {name: far, context: {cluster: farm, user: me}}\n")
    done = kcfg("use-context", "far", "-n", "web", env={"KUBECONFIG": "config:more"})

    assert done.returncode == 0
    assert "namespace: web" in (tmp_path / "more").read_text()
    assert "current-context: far" in config.read_text()
    assert "web" not in config.read_text()
