"""The built-in list on real terminals: keys, window sizes, and a terminal that is as it was on every way out."""

import fcntl
import os
import signal
import struct
import sys
import termios

import pytest
from conftest import ROOT
from terminal import Terminal

from kcfg.kubeconfig.file import load_file

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
NAMES = ["prod-eu", "stage-eu", "stage-us", "bell\a\x1b]0;t", "w" * 300]


@pytest.fixture
def world(tmp_path):
    (tmp_path / "bin").mkdir()
    write(tmp_path, NAMES)
    return tmp_path


def write(folder, names):
    quoted = ["".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in name) for name in names]
    lines = [f'- {{name: "{name}", context: {{cluster: farm, user: me}}}}\n' for name in quoted]
    (folder / "config").write_text(f"contexts:\n{''.join(lines)}current-context: prod-eu\n")


def start(world, *words, argv=(), **env):
    """Return a terminal with kcfg on it, without fzf on its PATH."""
    variables = {
        "PATH": str(world / "bin"), "HOME": str(world), "KUBECONFIG": "config", "TERM": "xterm",
        "PYTHONPATH": str(ROOT), **env,
    }  # fmt: skip
    return Terminal([*(argv or (sys.executable, "-m", "kcfg")), *words], variables, world)


def current(world):
    return load_file(str(world / "config")).config.current_context


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [(b"us\r", "stage-us"), (b"\x1b[A\x1b[A\r", "bell\a\x1b]0;t"), (b"eu st\r", "stage-eu"), (b"\r", "prod-eu")],
)
def test_typing_and_arrows_choose(keys, chosen, world):
    terminal = start(world, "use")
    before = termios.tcgetattr(terminal.master)
    terminal.expect(b"current: prod-eu")
    terminal.type(keys)
    shown = terminal.expect(LEAVE)
    rest, code = terminal.end()

    assert (code, current(world)) == (0, chosen), rest
    assert b"\x1b]0;t" not in shown
    assert terminal.settings == before


@pytest.mark.parametrize("keys", [b"\x03", b"\x1b", b"\x07"])
def test_leaving_is_130_and_writes_nothing(keys, world):
    terminal = start(world, "use")
    before = termios.tcgetattr(terminal.master)
    terminal.expect(b"current: prod-eu")
    raw = termios.tcgetattr(terminal.master)
    terminal.type(keys)
    terminal.expect(LEAVE)
    _, code = terminal.end()

    assert raw[3] & termios.ECHO == 0
    assert before[3] & termios.ECHO
    assert (code, current(world)) == (130, "prod-eu")


def test_no_match_is_no(world):
    terminal = start(world, "use")
    terminal.expect(b"current: prod-eu")
    terminal.type(b"nowhere\r")
    rest, code = terminal.end()

    assert code == 1
    assert b"no context was chosen" in rest


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(number, world):
    terminal = start(world, "use")
    before = termios.tcgetattr(terminal.master)
    terminal.expect(b"current: prod-eu")
    os.kill(terminal.pid, number)
    terminal.expect(LEAVE)
    _, code = terminal.end()

    assert terminal.settings == before
    assert code == (130 if number == signal.SIGINT else -number)


def test_the_window_may_change(world):
    terminal = start(world, "use")
    terminal.expect(b"current: prod-eu")
    resize(terminal, 3, 20)  # the kernel tells kcfg with SIGWINCH
    terminal.expect(b"\r\n  5/5  current: pr\xe2\x80\xa6\x1b[K")
    terminal.type(b"ww")
    terminal.expect(b"context> ww\x1b[K")
    row = terminal.expect(b"\x1b[0m").rpartition(b"\x1b[7m")[2].decode()
    terminal.type(b"\r")
    terminal.end()

    assert row == f">  {'w' * 15}…"
    assert current(world) == "w" * 300


def test_ctrl_z_gives_the_shell_its_terminal_and_comes_back(world):
    words = ("/bin/bash", "--norc", "--noprofile", "-i")
    terminal = start(world, argv=words, PS1="$ ")
    terminal.expect(b"$ ")
    terminal.type(f"{sys.executable} -m kcfg use\n".encode())
    terminal.expect(b"current: prod-eu")
    terminal.type(b"\x1a")
    terminal.expect(LEAVE)
    terminal.expect(b"Stopped")
    terminal.type(b"fg\n")
    terminal.expect(ENTER)
    terminal.expect(b"current: prod-eu")
    terminal.type(b"us\r")
    terminal.expect(b'Switched to context "stage-us".')
    terminal.type(b"exit\n")
    terminal.end()

    assert current(world) == "stage-us"


@pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}], ids=str)
def test_where_nothing_shall_be_drawn_it_is_asked_by_number(plain, world):
    terminal = start(world, "use", **plain)
    shown = terminal.expect(b"nothing to leave): ")
    terminal.type(b"us\n")
    rest, code = terminal.end()

    assert code == 0
    assert b"\x1b" not in shown + rest
    assert current(world) == "stage-us"


def test_ten_thousand_are_a_list_as_well(world):
    write(world, [f"team-{number:05}" for number in range(10_000)] + ["prod-eu"])
    terminal = start(world, "use")
    terminal.expect(b"10001/10001")
    terminal.type(b"09999\r")
    terminal.expect(LEAVE)
    terminal.end()

    assert current(world) == "team-09999"


@pytest.mark.parametrize(
    "words", [["shell", "--shell", "/bin/true"], ["exec", "--", "/bin/true"], ["url"], ["extract"]], ids=" ".join
)
def test_commands_that_take_a_context_offer_it(words, world):
    config = world / "config"
    cluster = "{name: farm, cluster: {server: 'https://farm.example.com'}}"
    servers = f"clusters:\n- {cluster}\nusers:\n- {{name: me, user: {{token: t}}}}\n"
    config.write_text(config.read_text().replace("current-context: prod-eu\n", servers))
    terminal = start(world, *words)
    terminal.expect(b"5/5")
    terminal.type(b"eu st\r")
    rest, code = terminal.end()

    assert code == 0, rest


WITHOUT = [
    ("delete-context",), ("delete",), ("rm", "context"), ("rename-context",), ("rename",), ("rename", "context"),
]  # fmt: skip


@pytest.mark.parametrize("words", WITHOUT, ids=" ".join)
@pytest.mark.parametrize("answer", [b"y\r", b"\r"])
def test_what_deletes_or_renames_offers_the_choice_and_asks_once_more(words, answer, world):
    renames = words[0].startswith("rename")
    terminal = start(world, *words)
    terminal.expect(b"5/5")
    terminal.type(b"stage us\r")
    terminal.expect(b"new name for context 'stage-us'" if renames else b'Delete context "stage-us"? [y/N]')
    terminal.type(b"y-us\r" if renames and answer != b"\r" else answer)
    rest, code = terminal.end()

    left = load_file(str(world / "config")).config.contexts
    if answer == b"\r":
        assert (code, len(left)) == (1, 5), rest
        assert b"nothing was " in rest
        assert b"error" not in rest
    else:
        assert code == 0, rest
        assert "stage-us" not in left
        assert ("y-us" in left) == renames


@pytest.mark.parametrize("words", WITHOUT, ids=" ".join)
def test_where_nobody_can_be_asked_a_name_is_demanded(words, kcfg, world, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(world / "config"))
    before = (world / "config").read_bytes()
    done = kcfg(*words)

    assert done.returncode == 2
    assert "which context?" in done.stderr
    assert (world / "config").read_bytes() == before


SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
clusters: [{name: farm, server: "https://farm.example.com"}]
users: [{name: me}]
contexts:
- {name: dev, cluster: farm, user: me}
- {name: prod, cluster: farm, user: me}
"""


def test_entries_of_a_spec_are_chosen_too(world):
    (world / "kcfg.yaml").write_text(SPEC)
    for words, typed in (("delete",), b"y\r"), (("rename", "context"), b"development\r"):
        terminal = start(world, "spec", *words)
        terminal.expect(b"/")
        terminal.type(b"prod\r" if words == ("delete",) else b"dev\r")
        terminal.expect(b"[y/N]" if words == ("delete",) else b"new name for context")
        terminal.type(typed)
        rest, code = terminal.end()
        assert code == 0, rest

    assert (world / "kcfg.yaml").read_text() == SPEC.replace("- {name: prod, cluster: farm, user: me}\n", "").replace(
        "name: dev,", "name: development,"
    )
