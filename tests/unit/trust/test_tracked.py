"""Which files git tracks: asked once, when somebody wants to know."""

import subprocess

from kcfg.errors import KcfgError
from kcfg.git import repository
from kcfg.trust.tracked import Tracked


def test_what_git_tracks_is_tracked(tmp_path):
    root = tmp_path / "team"
    root.mkdir()
    for name in ("tracked", "other"):
        (root / name).touch()
    assert str(root / "tracked") not in Tracked(str(root))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "tracked"], check=True)
    tracked = Tracked(str(root))

    assert str(root / "tracked") in tracked
    assert str(root / "other") not in tracked
    assert "tracked" not in tracked


def test_it_is_asked_once_and_not_before(monkeypatch):
    asked = []

    class Repository:
        def tracked(self):
            return frozenset({"/a"})

    def find(root):
        asked.append(root)
        return Repository() if root == "/git" else None

    monkeypatch.setattr(repository, "find_repository", find)
    found = Tracked("/git")
    assert asked == []
    assert [path in found for path in ("/a", "/b", "/a")] == [True, False, True]
    assert asked == ["/git"]
    nowhere = Tracked("/elsewhere")
    assert [path in nowhere for path in ("/a", "/b")] == [False, False]
    assert asked == ["/git", "/elsewhere"]


def test_where_git_cannot_be_asked_nothing_is_tracked(monkeypatch):
    def fail(root):
        raise KcfgError("no git")

    monkeypatch.setattr(repository, "find_repository", fail)
    assert "/a" not in Tracked("/git")
