"""On a terminal `apply` asks about each conflict: the spec's, the actual one, skip it, or show the difference."""

import pytest
from apply_world import HEAD, applied  # noqa: F401
from terminal import on_terminal

from kcfg.kubeconfig.file import load_file

SPEC = f"""{HEAD}clusters:
- {{name: one, server: "https://one.example.com"}}
- {{name: two, server: "https://two.example.com"}}
- {{name: new, server: "https://new.example.com"}}
users:
- {{name: ops, tokenFile: /run/ops}}
contexts:
- {{name: one, cluster: one, user: ops}}
- {{name: two, cluster: two, user: ops}}
- {{name: new, cluster: new, user: ops}}
"""
THEIRS = """apiVersion: v1
kind: Config
clusters:
- {name: one, cluster: {server: "https://1.example.com"}}
- {name: two, cluster: {server: "https://2.example.com"}}
users:
- {name: ops, user: {tokenFile: /run/mine, token: planted-token}}
"""


@pytest.fixture
def acme(applied, tmp_path):  # noqa: F811
    """A kubeconfig with three entries that others wrote otherwise, and `apply` on a terminal."""
    applied.spec.write_text(SPEC)
    applied.config.write_text(THEIRS)
    applied.kcfg("trust", "-f", applied.spec, "--yes")

    def run(*typed, words=()):
        line = ["apply", "-f", str(applied.spec), "--kubeconfig", str(applied.config), *words]
        return on_terminal(line, [f"{each}\n".encode() for each in typed], cwd=tmp_path, env={})

    run.config = applied.config
    return run


def servers(acme):
    found = load_file(str(acme.config)).config
    return {name: entry.body["server"].split("//")[1].split(".")[0] for name, entry in found.clusters.items()}


def test_each_conflict_has_its_own_answer(acme):
    code, shown = acme("spec", "a", "s", "y")

    assert code == 1, shown  # a context waits for cluster two
    assert "conflict 1 of 3: cluster/one: exists, and kcfg did not write it" in shown
    assert servers(acme) == {"one": "one", "two": "2", "new": "new"}
    config = load_file(str(acme.config)).config
    assert config.users["ops"].body == {"tokenFile": "/run/ops"}
    assert {*config.contexts} == {"one", "new"}  # nothing new meets cluster two


def test_what_is_skipped_is_left_with_exit_code_1(acme):
    code, shown = acme("k", "k", "s", "y")

    assert code == 1
    assert "2 conflicts" in shown
    assert servers(acme) == {"one": "1", "two": "2", "new": "new"}


def test_a_capital_is_for_all_that_follow(acme):
    code, shown = acme("S", "y")

    assert code == 0, shown
    assert "conflict 3 of 3: user/ops" in shown
    assert servers(acme) == {"one": "one", "two": "two", "new": "new"}


def test_both_are_shown_and_no_secret(acme):
    code, shown = acme("show", "?", "x", "k", "K", "n")

    assert code == 1
    assert "-server: https://1.example.com" in shown
    assert "+server: https://one.example.com" in shown
    assert "S, A, K: the same for this and all that follow" in shown
    assert "planted-token" not in shown
    assert servers(acme) == {"one": "1", "two": "2"}
    _, shown = acme("k", "k", "d", "k", "n")
    assert "tokenFile: /run/mine" in shown
    assert "planted-token" not in shown


def test_the_end_of_input_skips_the_rest(acme):
    code, shown = acme("s", "\x04", "y")

    assert "conflict 2 of 3" in shown
    assert code in (0, 1, 2)
    assert servers(acme)["two"] == "2"


def test_who_said_it_already_is_not_asked(acme):
    _, shown = acme("y", words=["--on-conflict", "actual"])

    assert "Apply?" in shown
    assert "conflict 1 of" not in shown
    _, shown = acme(words=["--yes"])
    assert "conflict 1 of" not in shown
