"""Files on their way: who is alone, which have a name, which are swept."""

import errno
import fcntl
import os
import sys
import time

import pytest

from kcfg import temporaries
from kcfg.temporaries import alone, flock, give_name, is_at, open_named, open_unnamed, sweep, temporary_of


@pytest.fixture
def folder(tmp_path):
    """A folder with nothing in it."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def handles():
    return sorted(os.listdir("/proc/self/fd"))


def held(path):
    handle = os.open(path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def test_a_flock_is_had_or_another_has_it_or_nobody_can_say(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    first, second = held(tmp_path / "file"), os.open(tmp_path / "file", os.O_RDONLY)
    assert (flock(first), flock(second)) == (True, False)
    os.close(first)
    assert flock(second) is True
    os.close(second)
    assert flock(second) is None
    for number, said in ((errno.EACCES, False), (errno.EWOULDBLOCK, False), (errno.ENOLCK, None)):

        def refuse(*_, number=number):
            raise OSError(number, "x")

        monkeypatch.setattr(fcntl, "flock", refuse)
        assert flock(0) is said
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert flock(0) is None


def test_two_are_not_alone_in_one_folder(tmp_path, monkeypatch):
    waited = []
    before = handles()
    with alone(str(tmp_path)):
        probe = os.open(tmp_path, os.O_RDONLY)
        assert flock(probe) is False
        monkeypatch.setattr(time, "sleep", waited.append)
        with alone(str(tmp_path), timeout=0.01):
            assert waited == [0.005] * len(waited) != []
        os.close(probe)
    assert handles() == before


def test_one_is_waited_for_as_long_as_is_said(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.append(now.pop() + 1))
    other = held(tmp_path)
    for more, ends in (({}, 110.0), ({"timeout": 3.0}, 103.0), ({"timeout": 0.0}, 100.0)):
        now[0] = 100.0
        with alone(str(tmp_path), **more):
            assert now[0] == ends
    os.close(other)
    now[0] = 100.0
    with alone(str(tmp_path)):
        assert now[0] == 100.0


def test_a_folder_that_is_missing_is_for_others_to_tell(tmp_path):
    before = handles()
    with alone(str(tmp_path / "none")):
        pass
    assert handles() == before


def test_whether_a_path_names_the_open_file_itself(tmp_path):
    path = tmp_path / "file"
    path.touch()
    handle = os.open(path, os.O_RDONLY)
    (tmp_path / "link").symlink_to(path)
    os.link(path, tmp_path / "hard")
    named = {name: is_at(handle, str(tmp_path / name)) for name in ("file", "hard", "link", "none")}
    assert named == {"file": True, "hard": True, "link": False, "none": False}
    path.unlink()
    path.touch()
    assert not is_at(handle, str(path))
    os.close(handle)
    assert not is_at(handle, str(path))


def test_a_file_without_a_name_gets_one_that_nobody_has(folder, monkeypatch):
    old = os.umask(0)
    try:
        handle, other = open_unnamed(str(folder)), open_unnamed(str(folder), 0o640)
    finally:
        os.umask(old)
    assert os.listdir(folder) == []
    assert [os.fstat(each).st_mode & 0o777 for each in (handle, other)] == [0o600, 0o640]
    os.write(handle, b"x")
    assert os.pread(handle, 1, 0) == b"x"
    before = handles()
    give_name(handle, str(folder / "named"))
    assert handles() == before
    assert is_at(handle, str(folder / "named"))
    with pytest.raises(FileExistsError):
        give_name(other, str(folder / "named"))
    assert handles() == before
    monkeypatch.chdir(folder)
    give_name(other, "here")
    assert is_at(other, "here")
    for each in (handle, other):
        os.close(each)


def test_where_there_are_none_one_has_a_name(tmp_path, monkeypatch):
    assert open_unnamed(str(tmp_path / "none")) == -1
    with monkeypatch.context() as patch:
        patch.setattr(os.path, "isdir", lambda path: False)
        assert open_unnamed(str(tmp_path)) == -1
    monkeypatch.delattr(os, "O_TMPFILE")
    assert open_unnamed(str(tmp_path)) == -1


def test_a_file_is_made_under_a_name_that_nobody_has_and_held(tmp_path, monkeypatch):
    old = os.umask(0)
    try:
        handle, other = open_named(str(tmp_path / "a")), open_named(str(tmp_path / "b"), 0o640)
    finally:
        os.umask(old)
    assert [os.fstat(each).st_mode & 0o777 for each in (handle, other)] == [0o600, 0o640]
    probe = os.open(tmp_path / "a", os.O_RDONLY)
    assert flock(probe) is False
    os.write(handle, b"x")
    assert os.pread(handle, 1, 0) == b"x"
    with pytest.raises(FileExistsError):
        open_named(str(tmp_path / "a"))
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        open_named(str(tmp_path / "link"))
    for each in (handle, other, probe):
        os.close(each)


@pytest.mark.parametrize("how", ["held by another", "gone"])
def test_who_sweeps_faster_makes_it_begin_again(tmp_path, monkeypatch, how):
    path, tries = str(tmp_path / "a"), []

    def race(handle):
        tries.append(handle)
        if len(tries) > 1:
            return True
        os.unlink(path)
        return how == "gone"

    monkeypatch.setattr(temporaries, "flock", race)
    before = handles()
    handle = open_named(path)
    assert len(tries) == 2
    assert is_at(handle, path)
    os.close(handle)
    assert handles() == before


def test_the_name_of_what_is_on_its_way():
    one, two = temporary_of("/a/config"), temporary_of("/a/config")
    assert os.path.dirname(one) == "/a"
    assert one != two
    assert os.path.basename(one).startswith(".config.kcfg-")
    assert len(os.path.basename(one)) == len(".config.kcfg-") + 12
    assert temporary_of("config").startswith("./.config.kcfg-")
    assert len(os.path.basename(temporary_of("/a/" + "n" * 250))) == 1 + 200 + 6 + 12


def test_what_killed_ones_left_is_swept_and_nothing_else(folder):
    target = folder / "config"
    for name in (".config.kcfg-1", ".config.kcfg-2", "config", ".config", ".other.kcfg-1", "x.config.kcfg-1"):
        (folder / name).touch()
    (folder / ".config.kcfg-folder").mkdir()
    alive, before = held(folder / ".config.kcfg-2"), handles()
    sweep(str(target))

    assert handles() == before
    assert sorted(os.listdir(folder)) == [
        ".config", ".config.kcfg-2", ".config.kcfg-folder", ".other.kcfg-1", "config", "x.config.kcfg-1"
    ]  # fmt: skip
    os.close(alive)
    sweep(str(target))
    assert ".config.kcfg-2" not in os.listdir(folder)
    sweep(str(folder / "none/config"))


def test_of_a_bare_name_the_folder_is_that_of_now(folder, monkeypatch):
    (folder / ".config.kcfg-1").touch()
    monkeypatch.chdir(folder)
    sweep("config")

    assert os.listdir(folder) == []


def test_a_link_or_a_pipe_of_that_name_stays(folder):
    (folder / "real").touch()
    (folder / ".config.kcfg-1").symlink_to(folder / "real")
    sweep(str(folder / "config"))

    assert sorted(os.listdir(folder)) == [".config.kcfg-1", "real"]


@pytest.mark.parametrize(("age", "stays"), [(0, True), (59, True), (60, False), (1000, False), (-5, False)])
def test_where_no_flock_can_tell_it_is_left_for_a_minute(tmp_path, monkeypatch, age, stays):
    path = tmp_path / ".config.kcfg-1"
    path.touch()
    os.utime(path, (1000, 1000))
    monkeypatch.setattr(temporaries, "flock", lambda handle: None)
    monkeypatch.setattr(time, "time", lambda: 1000 + age)
    sweep(str(tmp_path / "config"))

    assert path.exists() == stays
