"""The tables of peers are their record, and kubectl, kubectx and kcfg still do what it says of a few files."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(Path(__file__).parent))

import install
import peer_jobs
import tables
from files import FILES
from losses import LOSSES

RECORD = json.loads((Path(__file__).parent / "record.json").read_text(encoding="utf-8"))
AGAIN = ("kubectl's own form", "by hand, with comments", "a symbolic link")


def test_the_pages_show_the_record():
    for path, made in ((Path(__file__).with_name("README.md"), tables.page), (ROOT / "README.md", tables.in_readme)):
        text = path.read_text(encoding="utf-8")

        assert made(RECORD, text) == text
    assert tables.short(RECORD) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_record_is_of_these_files_and_every_gap_has_its_reason():
    assert RECORD["files"] == [each.about for each in FILES]
    assert len(set(RECORD["files"])) == len(FILES)
    for name, peer in RECORD["peers"].items():
        assert bool(peer["reason"]) == (name not in RECORD["lost"])
        for job, files in RECORD["lost"].get(name, {}).items():
            assert job in tables.JOBS
            assert set(files) <= set(RECORD["files"])
            assert {each for losses in files.values() for each in losses} <= {"refused", *LOSSES}
    assert tables.not_run(RECORD)  # a KeyError where a reason is missing


def test_kcfg_loses_neither_meaning_nor_comments_nor_unknown_fields():
    never = LOSSES[: LOSSES.index("link replaced") + 1]

    assert {what: files for what in never if (files := tables.files_with(RECORD, "kcfg", what))} == {}


@pytest.mark.parametrize("name", ["kcfg", "kubectl", "kubectx"])
def test_a_few_rows_of_the_record_again(name, monkeypatch):
    kubectl = install.kubectl()
    peer = {"kcfg": peer_jobs.kcfg, "kubectl": install.kubectl, "kubectx": install.kubectx}[name]()
    if not kubectl.path or not peer.path:
        pytest.skip(f"{name}, or kubectl, is not here")
    files = tuple(each for each in FILES if each.about in AGAIN)
    monkeypatch.setattr(peer_jobs, "JOBS", peer_jobs.JOBS[:1])

    again = peer_jobs.measure([peer], kubectl.path, files)[name]["switch"]

    known = RECORD["lost"][name]["switch"]
    assert again == {about: known[about] for about in AGAIN if about in known}


def test_what_is_not_there_is_named_with_its_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    refusing = tmp_path / "go"
    refusing.write_text("#!/bin/sh\necho 'go: example.com/x: reading list: 403 Forbidden' >&2; exit 1\n")
    refusing.chmod(0o700)
    for tool in ("nice", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool, path=os.defpath))

    missing = install.install(install.go("x", "example.com/x", "v1.0.0"))
    without = install.install(install.Source("y", "1", ("cargo", "install", "y"), "bin/y"))

    assert (missing.path, missing.reason) == ("", "`go install` ended with: 403 Forbidden")
    assert without.reason == "cargo is not on PATH"
