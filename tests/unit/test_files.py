"""kcfg/files.py in one process: what is read, what is refused, and what a write leaves."""

import errno
import os
import threading

import pytest

from kcfg import files
from kcfg.errors import FileError, MissingFile
from kcfg.files import (
    Staged,
    identity,
    make_folder,
    make_folders,
    place_of,
    read_bytes,
    read_if_exists,
    read_stream,
    remove,
    unique,
    was_read,
    write_atomic,
)

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path):
    """A folder with nothing in it: the private home lies beside it."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def open_files():
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_a_file_is_read_whole_and_closed(tmp_path, size):
    path = tmp_path / "file"
    content = os.urandom(size)
    path.write_bytes(content)
    before = open_files()

    assert read_bytes(str(path)) == content
    assert read_bytes(str(path), limit=3 * MIB) == content
    assert read_stream(str(path)) == content
    assert open_files() == before


@pytest.mark.parametrize("read", [read_bytes, read_stream])
def test_what_is_larger_than_the_limit_is_refused(tmp_path, read):
    path = tmp_path / "file"
    path.write_bytes(b"x" * (2 * MIB + 1))

    with pytest.raises(FileError, match="larger than 2 MiB"):
        read(str(path), limit=2 * MIB)
    path.write_bytes(b"x" * (2 * MIB))
    assert len(read(str(path), limit=2 * MIB)) == 2 * MIB


def test_a_file_that_grows_beyond_the_limit_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"x" * MIB)
    read = os.read

    def grow(handle, size):
        with path.open("ab") as file:
            file.write(b"y" * 16)
        return read(handle, size)

    monkeypatch.setattr(os, "read", grow)
    with pytest.raises(FileError, match="larger than 1 MiB"):
        read_bytes(str(path), limit=MIB)


def test_a_stream_is_read_to_its_end_and_a_file_waits_for_no_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(FileError, match="not a regular file") as caught:
        read_bytes(str(pipe))
    assert "standard input" in caught.value.hint
    writer = threading.Thread(target=pipe.write_bytes, args=(b"one\ntwo\n" * 20_000,))
    writer.start()
    assert read_stream(str(pipe)) == b"one\ntwo\n" * 20_000
    writer.join()


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(FileError, match="is a directory") as caught:
        read_bytes(str(tmp_path))
    assert caught.value.hint == "name a file, not a folder"
    for read in (read_bytes, read_stream):
        with pytest.raises(MissingFile) as caught:
            read(str(tmp_path / "none"))
        assert caught.value.hint == "check the path"
    with pytest.raises(FileError, match="not a usable path"):
        read_bytes("a\0b")


def test_a_file_that_may_be_missing(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to("file")

    assert read_if_exists(str(path)) is None
    assert read_if_exists(str(link)) is None
    path.write_bytes(b"plum")
    assert read_if_exists(str(link)) == b"plum"
    with pytest.raises(FileError, match="is a directory"):
        read_if_exists(str(tmp_path))
    link.unlink()
    link.symlink_to("link")
    with pytest.raises(FileError, match="symbolic links"):
        read_if_exists(str(link))


def test_all_spellings_of_a_file_are_one_whether_it_is_there_or_not(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "other").symlink_to("folder")
    spelled = [str(folder / "file"), f"{folder}/./file", str(tmp_path / "other/file")]

    for _ in range(2):
        assert len({identity(each) for each in spelled}) == 1
        assert unique([*spelled, str(folder / "another"), spelled[1]]) == [spelled[0], str(folder / "another")]
        (folder / "file").write_bytes(b"")
    assert identity("-") == "-"
    assert unique(["-", spelled[0]]) == ["-", spelled[0]]
    assert unique([spelled[1]]) == [spelled[1]]


def test_what_was_read_is_known_by_any_name(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"")
    link.symlink_to("file")

    assert not was_read(str(link))
    read_bytes(str(path))
    assert was_read(str(link))
    assert not was_read(str(tmp_path / "none"))
    files.forget_read()
    assert not was_read(str(path))


def test_what_is_written_replaces_the_file_behind_a_link_and_leaves_nothing_else(folder):
    path, link = folder / "file", folder / "link"
    link.symlink_to("file")
    before = open_files()

    write_atomic(str(link), b"plum")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    first = path.stat().st_ino
    write_atomic(str(link), b"pear" * MIB)

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"pear" * MIB, 0o640)
    assert path.stat().st_ino != first
    assert place_of(str(link)) == str(path)
    assert sorted(each.name for each in folder.iterdir()) == ["file", "link"]
    assert open_files() == before


@pytest.mark.parametrize("step", ["replace", "fsync", "pread", "write", "link"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(folder, monkeypatch, step):
    path = folder / "file"
    path.write_bytes(b"plum")
    before = open_files()

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileError) as caught:
        write_atomic(str(path), b"pear")
    assert caught.value.hint == "free some space"
    assert path.read_bytes() == b"plum"
    assert [each.name for each in folder.iterdir()] == ["file"]
    assert open_files() == before


@pytest.mark.parametrize("shown", [b"", b"pea", b"peas", b"pear!"])
def test_what_does_not_read_back_does_not_take_the_place(tmp_path, monkeypatch, shown):
    path = tmp_path / "file"
    path.write_bytes(b"plum")
    monkeypatch.setattr(os, "pread", lambda handle, size, at: shown[at : at + size])

    with pytest.raises(FileError):
        write_atomic(str(path), b"pear")
    assert path.read_bytes() == b"plum"


def test_what_is_staged_has_a_name_only_once_it_is_given_one(folder):
    path = folder / "file"
    staged = Staged(str(path), b"plum", mode=0o640)
    given = os.path.exists(staged.temporary)
    staged.give_name()
    staged.give_name()

    assert given == (not hasattr(os, "O_TMPFILE"))
    assert os.path.exists(staged.temporary)
    staged.close()
    staged.close()
    assert list(folder.iterdir()) == []


def test_a_file_in_pieces_is_written_whole(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    write_atomic(str(tmp_path / "file"), b"plum and pear", mode=0o644)

    assert (tmp_path / "file").read_bytes() == b"plum and pear"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_a_folder_is_made_with_those_above_it_each_flushed(tmp_path, no_umask, monkeypatch):
    flushed = []
    monkeypatch.setattr(files, "sync_folder", flushed.append)
    make_folders(str(tmp_path / "a/b/c"))
    make_folders(str(tmp_path / "d"), 0o700)
    make_folder(str(tmp_path / "e/file"))

    assert flushed == [str(tmp_path / each).rstrip("/") for each in ("", "a", "a/b", "", "")]
    assert [(tmp_path / each).stat().st_mode & 0o777 for each in ("a/b/c", "d", "e")] == [0o777, 0o700, 0o777]


def test_a_file_is_removed_behind_its_link_and_a_missing_one_is_no_failure(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to("file")
    remove(str(tmp_path / "link"))
    remove(str(tmp_path / "link"))

    assert not (tmp_path / "file").exists()
    with pytest.raises(FileError):
        remove(str(tmp_path))
