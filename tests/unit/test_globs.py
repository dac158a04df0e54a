"""Our globs against Python's own, on real folders; and their cost, counted."""

import glob
import os
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcfg.globs import FILE, FOLDER, _Name, expand

FILES = [
    "a.yaml",
    "b.yml",
    ".hidden.yaml",
    "[x].yaml",
    "team/a.yaml",
    "team/.git/b.yaml",
    "team/deep/er/c.yaml",
    "team/deep/d.yaml",
    "other/deep/d.yaml",
    "other/deep/line\nbreak.yaml",
    ".config/x.yaml",
]
PATTERNS = [
    "*.yaml",
    "**/*.yaml",
    "**",
    "team/**",
    "team/**/*.yaml",
    "**/deep/**/*.yaml",
    "**/**/**/d.yaml",
    "*/deep/?.yaml",
    ".*",
    ".*/*",
    "team/.git/*",
    "**/.git/*",
    "[ab].y*ml",
    "[!a].*",
    "[[]x].yaml",
    "[x].yaml",
    "[",
    "[]a].yaml",
    "t**m/*",
    "*/*/*",
    "**/deep",
    "nothing/*",
    "[a-c]*.y[a-]ml",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


def entries(folder):
    for one in os.scandir(folder or "."):
        yield one.name, FOLDER if one.is_dir() else FILE


@pytest.mark.parametrize("pattern", PATTERNS)
def test_finds_what_python_finds(pattern, folder):
    wanted = {os.path.normpath(name) for name in glob.glob(pattern, recursive=True) if name}

    assert set(expand(pattern, entries)) == wanted


def test_a_file_is_no_folder(folder):  # Python before 3.12 finds the file
    assert expand("a.yaml/**", entries) == []


@given(st.text("ab*?[]-.", max_size=8), st.text("ab[]-.", max_size=8))
def test_a_name_matches_as_in_fnmatch(pattern, name):
    hidden = name.startswith(".") and not pattern.startswith(".")

    assert _Name(pattern).matches(name) == (fnmatchcase(name, pattern) and not hidden)


@pytest.mark.parametrize("pattern", ["[!a]", "[!a-c]x", "[!]]", "[!", "[!]", "*[!.]", "[a!]"])
@pytest.mark.parametrize("name", ["a", "b", "!", "]", "dx", "bx", "[!", "[!]", "x."])
def test_sets_turned_around(pattern, name):
    assert _Name(pattern).matches(name) == fnmatchcase(name, pattern)


@pytest.mark.parametrize("stars", [1, 8, 30])
def test_each_folder_is_looked_into_once(stars):
    seen = []

    def deep(folder):
        seen.append(folder)
        return [("x", FOLDER), ("y", FILE)] if folder.count("/") < 100 else []

    assert expand("/".join(["**"] * stars + ["nothing"]), deep) == []
    assert len(seen) == len(set(seen)) == 102


def test_many_stars_in_a_name_end():
    assert not _Name("*a" * 60 + "b").matches("a" * 5000)
