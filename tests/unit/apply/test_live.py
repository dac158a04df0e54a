"""A kubeconfig and what kcfg remembers of it: one memory for each file, and the truth after a kill."""

import os

import pytest

from kcfg.apply.live import identity, open_live
from kcfg.kubeconfig.applied import Applied, Record
from kcfg.state import read_state, state_path, write_state

TEXT = b"contexts: []\n"
KEY = ("contexts", "dev")


@pytest.fixture
def environ(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config"
    path.write_bytes(TEXT)
    return str(path)


def test_two_ways_to_a_file_share_its_memory(path, tmp_path, environ):
    (tmp_path / "link").symlink_to(path)
    live = open_live(path, environ)
    live.remember(Applied(b"salt", {KEY: Record("acme", "d")}))

    again = open_live(str(tmp_path / "link"), environ)
    assert again.identity == live.identity == identity(path)
    assert len(live.identity) == 24
    assert again.applied.entries == {KEY: Record("acme", "d")}
    assert identity(path + "2") != identity(path)


def test_a_new_memory_has_a_salt_of_its_own(path, environ):
    one, two = open_live(path, environ), open_live(path, environ)

    assert len(one.applied.salt) == 16
    assert one.applied.salt != two.applied.salt
    assert one.digest(TEXT) == one.digest(b"contexts: []\n") != two.digest(TEXT)
    assert (one.digest(None), len(one.digest(b""))) == ("", 32)


def test_without_an_environment_the_processs_own(path, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    open_live(path).remember(Applied(b"salt"))

    assert os.listdir(tmp_path / "own/kcfg/targets") == [f"{identity(path)}.json"]


def test_what_changed_between_two_readings_is_seen(path, environ):
    live = open_live(path, environ)
    assert live.again().is_as(live)
    live.again().remember(Applied(b"salt"))
    assert not live.again().is_as(live)
    live = live.again()
    with open(path, "ab") as file:
        file.write(b"# note\n")
    assert not live.again().is_as(live)


def test_what_is_remembered_is_written_once(path, environ):
    live = open_live(path, environ)
    live.remember(Applied(b"salt"), writing=3)
    assert (live.writing, live.applied.salt) == (3, b"salt")
    assert read_state(live.state_name, environ)["path"] == os.path.realpath(path)
    before = os.stat(state_path(live.state_name, environ)).st_ino
    live.remember(Applied(b"salt"), writing=3)
    assert os.stat(state_path(live.state_name, environ)).st_ino == before
    live.remember(Applied(b"salt"))
    assert live.writing is None
    assert "writing" not in read_state(live.state_name, environ)


def begun(path, environ, after):
    live = open_live(path, environ)
    live.remember(Applied(b"salt", {}, {KEY: Record("acme", "d")}), writing=1)
    write_state(f"history/{live.identity}/1", {"after": live.digest(after)}, environ)
    return live.again()


def test_a_write_that_was_begun_counts_where_the_file_is_as_it_was_to_be(path, environ):
    assert begun(path, environ, TEXT).applied.entries == {KEY: Record("acme", "d")}
    assert begun(path, environ, TEXT).applied.pending == {}


def test_a_write_that_was_begun_is_open_where_the_file_is_another(path, environ):
    live = begun(path, environ, b"else\n")

    assert (live.applied.entries, live.applied.pending) == ({}, {KEY: Record("acme", "d")})


@pytest.mark.parametrize("damage", ["1", None, [1], 1.5])
def test_a_number_that_is_none_is_nothing(path, environ, damage):
    live = open_live(path, environ)
    write_state(live.state_name, {**Applied(b"salt").to_value(), "writing": damage}, environ)

    assert live.again().writing is None
