"""An edit changes the lines it is about and no other byte, in every style that people write."""

import difflib
import json
from pathlib import Path

import pytest
from kubeconfigs import by_libyaml

from kcfg.kubeconfig.decode import decode

STYLES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "styles").iterdir())}
# command → (words that every removed line must hold one of, words that every added line must hold one of)
EDITS = {
    ("use-context", "prod"): (["current-context"], ["current-context"]),
    ("set-cluster", "prod", "--server=https://new.example.com"): (["prod.example.com"], ["new.example.com"]),
    ("set", "users.prod.username", "someone"): (["fake-prod", "fake-\\x70", "admin", "prod"], ["someone", "prod"]),
    ("set-context", "prod", "--namespace=web"): (["prod"], ["web", "prod"]),
    ("rename-context", "prod", "live"): (["prod"], ["live"]),
    ("set-cluster", "fresh", "--server=https://f.example.com"): (["prod.ex"], ["f.ex", "fresh", "cluster", "prod"]),
    ("unset", "contexts.prod.user"): (["prod", '"user": >-'], ["prod"]),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("words", EDITS, ids=" ".join)
def test_other_bytes_stay(style, words, kcfg, tmp_path):
    before = STYLES[style]
    path = tmp_path / "config"
    path.write_bytes(before)
    removed_may, added_may = EDITS[words]

    done = kcfg(*words, "--kubeconfig", path)

    assert done.returncode == 0, done.stderr
    after = path.read_bytes()
    removed, added = _changed_lines(before, after)
    if style == "compact.json":
        assert json.loads(after)["kind"] == "Config"
        assert b"\n" not in after
        return
    assert after != before
    for line in removed:
        assert any(word in line for word in removed_may), line
    for line in added:
        assert any(word in line for word in added_may), line
    assert len(removed) <= 3
    assert len(added) <= 6


@pytest.mark.parametrize("style", STYLES)
def test_an_edit_and_its_reverse_leave_the_meaning(style, kcfg, tmp_path):
    path = tmp_path / "config"
    path.write_bytes(STYLES[style])
    meaning = _meaning(path)

    for words in (
        ["rename-context", "prod", "x"],
        ["rename-context", "x", "prod"],
        ["set", "contexts.dev.namespace", "n"],
    ):
        assert kcfg(*words, "--kubeconfig", path).returncode == 0
    assert kcfg("unset", "contexts.dev.namespace", "--kubeconfig", path).returncode == 0

    assert _meaning(path) == meaning


@pytest.mark.parametrize("style", STYLES)
def test_deleting_takes_the_entry_only(style, kcfg, tmp_path):
    path = tmp_path / "config"
    path.write_bytes(STYLES[style])

    done = kcfg("delete-user", "dev", "--kubeconfig", path)

    assert done.returncode == 0, done.stderr
    removed, added = _changed_lines(STYLES[style], path.read_bytes())
    assert "dev" not in [user["name"] for user in _meaning(path)["users"]]
    if "json" not in style:
        assert len(removed) - len(added) <= 5
        assert all("prod" in line or "users" in line for line in added)


def test_a_doubled_key_is_refused_with_its_place(kcfg, tmp_path):
    path = tmp_path / "config"
    text = "apiVersion: v1\nclusters: []\nkind: Config\nclusters: []\n"
    path.write_text(text)

    done = kcfg("set-cluster", "a", "--kubeconfig", path)

    assert done.returncode == 2
    assert f"{path}:4:1: error: " in done.stderr
    assert path.read_text() == text


def _meaning(path):
    return decode(by_libyaml(path.read_bytes(), "file")).to_value()


def _changed_lines(before, after):
    old, new = (raw.decode("utf-8-sig").splitlines(keepends=True) for raw in (before, after))
    diff = list(difflib.ndiff(old, new))
    marked = [(line[0], line[2:]) for line in diff if line[2:].strip(" \r\n{}[],")]
    return [line for sign, line in marked if sign == "-"], [line for sign, line in marked if sign == "+"]
