"""kcfg forked from a process that has imported it is what `python -m kcfg` is."""

import re
import threading

import pytest
import warm
from apply_world import SPEC
from test_terminal import Terminal
from warm import REHEARSAL

CONFIG = """apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://a.example.com"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users: [{name: a, user: {}}]
"""


@pytest.fixture
def both(tmp_path, forked_kcfg, cold_kcfg):
    """Run kcfg warm and cold, each in a folder that holds the same: one answer."""

    def run(*words, **given):
        told = []
        for name, start in (("warm", forked_kcfg), ("cold", cold_kcfg)):
            folder = tmp_path / name / "in"
            if not folder.exists():
                folder.mkdir(parents=True)
                (folder / "kcfg.yaml").write_text(SPEC)
                (folder / "config").write_text(CONFIG)
                (folder / "wrong.yaml").write_text(SPEC.replace("server: ", "serve: "))
            done = start(*words, cwd=folder, **given)
            told.append((done.returncode, done.stdout, done.stderr))
        assert told[0] == told[1]
        return told[0]

    return run


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["validate"], 0),
        (["view", "--kubeconfig", "/dev/stdin"], 0),
        (["validate", "-f", "wrong.yaml"], 1),
        (["lint", "-o", "json"], 0),
        (["render"], 0),
        (["get-contexts", "--kubeconfig", "config"], 0),
        (["diff", "--kubeconfig", "config"], 1),
        (["nothing"], 2),
        (["exec", "a", "--kubeconfig", "config", "--", "sh", "-c", "echo out; echo err >&2; exit 7"], 7),
        (["exec", "a", "--kubeconfig", "config", "--", "sh", "-c", "kill -9 $$"], -9),
        (["exec", "a", "--kubeconfig", "config", "--", "sh", "-c", "umask; pwd | grep -o 'in$'; ls /proc/$$/fd"], 0),
    ],
)
def test_a_warm_start_answers_as_a_cold_one(both, words, code):
    found, out, err = both(*words, stdin=CONFIG, umask=0o027)

    assert found == code, err
    assert out or err or code < 0


def test_what_a_warm_start_did_before_is_not_seen(forked_kcfg, tmp_path):
    """It has done commands before, with a HOME, a kubeconfig and a spec that are no more."""
    home = tmp_path / "other"
    home.mkdir()
    (tmp_path / "kcfg.yaml").write_text(REHEARSAL.replace("rehearsal", "played").replace("c.example", "played.example"))
    here = {"HOME": str(home), "KUBECONFIG": str(home / "mine")}
    done = [forked_kcfg(*words.split(), env=here) for words in ("diff", "apply --yes --trust", "status", "view")]

    assert [each.returncode for each in done] == [1, 0, 0, 0], done
    assert all("rehears" not in each.stdout + each.stderr for each in done)
    assert "https://played.example.com" in done[0].stdout
    assert "https://played.example.com" in done[-1].stdout
    assert (home / "mine").exists()


ASK = "read a < /dev/tty; echo got $a; tty; ps -o tpgid= -o sid= -o pgid= -p $$ | awk '{print ($1==$2), ($2==$3)}'"


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["validate"], []),
        (["diff", "--kubeconfig", "config"], []),
        (["apply", "--kubeconfig", "config"], [("[y/N]", "n")]),
        (["get-contexts", "--kubeconfig", "config"], []),
        (["exec", "a", "--kubeconfig", "config", "--", "sh", "-c", f"echo ask; {ASK}"], [("ask", "word")]),
        (["exec", "a", "--kubeconfig", "config", "--", "sh", "-c", "echo ask; exec sleep 60"], [("ask", "\x03")]),
    ],
)
def test_on_a_terminal_too(words, typed, tmp_path, monkeypatch):
    shown = []
    for name in ("warm", "cold"):
        folder = tmp_path / name / "in"
        folder.mkdir(parents=True)
        (folder / "kcfg.yaml").write_text(SPEC)
        (folder / "config").write_text(CONFIG)
        monkeypatch.setattr(warm, "COLD", name == "cold")
        terminal = Terminal(*words, cwd=folder)
        for after, answer in typed:
            terminal.type(answer, after=after)
        code = terminal.end()
        shown.append((code, re.sub(r"/dev/pts/\d+", "/dev/pts", terminal.text.replace(name, "place"))))

    assert shown[0] == shown[1]
    assert shown[0][1]


def test_many_at_once(forked_kcfg, tmp_path):
    done = []
    threads = [threading.Thread(target=lambda: done.append(forked_kcfg("--version"))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [each.returncode for each in done] == [0] * 8
