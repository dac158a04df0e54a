"""kcfg forked from a process that has imported it is what `python -m kcfg` is."""

import threading

import pytest
from apply_world import SPEC

CONFIG = """apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://a.example.com"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users: [{name: a, user: {}}]
"""


@pytest.fixture
def both(tmp_path, kcfg, cold_kcfg):
    """Run kcfg warm and cold, each in a folder that holds the same: one answer."""

    def run(*words, **given):
        told = []
        for name, start in (("warm", kcfg), ("cold", cold_kcfg)):
            folder = tmp_path / name / "in"
            if not folder.exists():
                folder.mkdir(parents=True)
                (folder / "kcfg.yaml").write_text(SPEC)
                (folder / "config").write_text(CONFIG)
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
        (["lint", "-o", "json"], 0),
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


def test_many_at_once(kcfg, tmp_path):
    done = []
    threads = [threading.Thread(target=lambda: done.append(kcfg("--version"))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [each.returncode for each in done] == [0] * 8
