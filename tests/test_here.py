"""A call in this process answers as kcfg does that Python starts for it, and nothing of it stays here."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import here
import pytest
from apply_world import SPEC
from conftest import ROOT
from warm import cold

CONFIG = """apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://a.example.com"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users:
- name: a
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never}}
"""
LOGIN = """#!/bin/sh
umask > mask
exit 3
"""


@pytest.fixture
def both(tmp_path):
    """Run kcfg here and cold, each in a folder that holds the same: one answer, and the same files."""

    def run(words, **given):
        told = []
        for start in (here.call, cold):
            folder = tmp_path / start.__name__ / "in"
            folder.mkdir(parents=True)
            (folder / "kcfg.yaml").write_text(SPEC)
            (folder / "config").write_text(CONFIG)
            (folder / "login").write_text(LOGIN)
            (folder / "login").chmod(0o755)
            env = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
            done = start(words.split(), cwd=folder, env=env, **given)
            files = {
                str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
                for path in folder.rglob("*")
                if ".local" not in path.parts  # where applied entries are remembered, with the time
            }
            plain = [text.replace(str(folder), "$DIR") for text in (done.stdout, done.stderr)]
            told.append((done.returncode, *plain, files))
        assert told[0] == told[1]
        return told[0]

    return run


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--version", 0),
        ("--help", 0),
        ("validate", 0),
        ("lint -o json", 0),
        ("view --kubeconfig /dev/stdin", 0),
        ("validate -f -", 0),
        ("diff --kubeconfig config", 1),
        ("apply --yes --trust --kubeconfig made", 0),
        ("render --out out", 0),
        ("nothing", 2),
        ("get-token a --kubeconfig config", 2),
    ],
)
def test_it_answers_as_a_process_does(both, words, code):
    stdin = CONFIG if "view" in words else SPEC
    found, out, err, files = both(words, stdin=stdin, umask=0o027)

    assert found == code, err
    assert out or err or "out" in files
    if "get-token" in words:  # what it starts has its folder and its umask
        assert files["mask"][1] == b"0027\n"


def test_nothing_of_a_call_stays(tmp_path):
    def look():
        mask = os.umask(0)
        os.umask(mask)
        return dict(os.environ), os.getcwd(), sys.argv, sys.stdin, sys.stdout, sys.stderr, mask

    before, ends = look(), os.listdir("/proc/self/fd") if sys.platform == "linux" else []
    done = here.call(["nothing"], cwd=tmp_path, env={"HOME": str(tmp_path), "ONLY": "there"}, stdin="x", umask=0o777)

    assert done.returncode == 2
    assert look() == before
    assert not ends or len(os.listdir("/proc/self/fd")) == len(ends)


def test_what_counts_as_python_starts_is_started(kcfg):
    """LC_ALL says how Python reads names: such a call is none of this process."""
    done = kcfg("--version", env={"PYTHONVERBOSE": "1"})

    assert "import" in done.stderr
    assert done.returncode == 0


def test_several_at_once_have_each_their_own(kcfg, tmp_path):
    """A folder, an environment and streams are a process's: what threads start is forked."""
    for number in range(8):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "config").write_text(CONFIG.replace("a.example.com", f"c{number}.example.com"))

    def view(number):
        return kcfg("view", "--kubeconfig", "config", cwd=tmp_path / str(number)).stdout

    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(view, range(8)))

    assert [f"https://c{number}.example.com\n" in text for number, text in enumerate(shown)] == [True] * 8
