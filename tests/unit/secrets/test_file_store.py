"""Secrets in files: what is read byte for byte, what is refused, which folders are made."""

import os
import stat

import pytest

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets import file
from kcfg.secrets.file import FileStore, read_secret_file
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import MAX_BYTES, Secret
from kcfg.secrets.stores import Settings

REF = SecretRef("ci-bot/token")


@pytest.fixture
def store(tmp_path):
    return FileStore(str(tmp_path / "secrets"))


@pytest.fixture
def write(tmp_path):
    """write(content): a file of the user alone."""

    def make(content, mode=0o600):
        path = tmp_path / "written"
        path.write_bytes(content)
        path.chmod(mode)
        return str(path)

    return make


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"plum", "plum"), (b"plum\n", "plum"), (b"plum\r\n", "plum"), (b"plum\n\n", "plum\n"), (b"plum\r", "plum"),
        (b"\xc3\xa9\n", "é"), (b"k" * MAX_BYTES, "k" * MAX_BYTES), (b"k" * MAX_BYTES + b"\r\n", "k" * MAX_BYTES),
    ],
)  # fmt: skip
def test_one_final_newline_is_not_of_the_secret(write, content, value):
    assert read_secret_file(write(content)).reveal() == value
    assert file.read_at({"--file": write(content)}, {}).reveal() == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"k" * (MAX_BYTES + 1), "larger than 64 KiB"),
        (b"k" * (MAX_BYTES + 100), "larger than 64 KiB"),
        (b"\xff", "not UTF-8 text"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_quoted(write, content, said):
    path = write(content)
    with pytest.raises(SecretError) as caught:
        read_secret_file(path)

    assert caught.value.message == f"{path}: {said}"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("bits", [0o640, 0o610, 0o604, 0o601, 0o666])
def test_what_others_may_reach_is_refused(write, bits):
    with pytest.raises(SecretError) as caught:
        read_secret_file(write(b"plum", bits))

    assert f"others may read it (mode 0{bits:o})" in caught.value.message
    assert caught.value.hint == "chmod 600"


@pytest.mark.skipif(os.getuid() != 0, reason="another user's file is made by root")
def test_what_belongs_to_another_user_is_refused_and_roots_is_not(write, monkeypatch):
    path = write(b"plum")
    os.chown(path, 4321, -1)
    with pytest.raises(SecretError, match="belongs to another user"):
        read_secret_file(path)
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    assert read_secret_file(path).reveal() == "plum"
    os.chown(path, 0, -1)
    assert read_secret_file(path).reveal() == "plum"


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("pipe", "folder"):
        with pytest.raises(SecretError, match="not a regular file"):
            read_secret_file(str(tmp_path / name))
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(SecretError, match="is a symbolic link"):
        read_secret_file(str(tmp_path / "link"))


def test_what_is_missing_is_not_found(store, tmp_path, write):
    for path in (str(tmp_path / "none"), f"{write(b'x')}/below"):
        with pytest.raises(SecretNotFound, match="no such file") as caught:
            read_secret_file(path)
        assert caught.value.hint == "write it with mode 0600"
    with pytest.raises(SecretNotFound, match="no such file"):
        store.delete(REF)
    with pytest.raises(SecretError, match="file name too long"):
        read_secret_file(str(tmp_path / ("n" * 300)))


def test_no_file_stays_open(write, tmp_path):
    before = os.listdir("/proc/self/fd")
    for content in (b"plum", b"\xff"):
        try:
            read_secret_file(write(content))
        except SecretError:
            continue
    with pytest.raises(SecretError):
        read_secret_file(write(b"plum", 0o666))

    assert len(os.listdir("/proc/self/fd")) == len(before)


@pytest.mark.parametrize("value", ["plum", "plum\n", "plum\r", "plum\r\n", "plum\n\n", "\n", "\r"])
def test_what_is_written_reads_back(store, value):
    store.write(REF, Secret(value))

    assert store.read(REF).reveal() == value


def test_folders_are_the_users_alone_and_files_too(store, tmp_path):
    store.write(SecretRef("a/b/c"), Secret("plum"))

    folders = [tmp_path / "secrets", tmp_path / "secrets/a", tmp_path / "secrets/a/b"]
    assert [mode(each) for each in folders] == [0o700] * 3
    assert mode(store.path(SecretRef("a/b/c"))) == 0o600
    store.write(SecretRef("top"), Secret("plum"))
    assert sorted(os.listdir(tmp_path / "secrets")) == ["a", "top"]


@pytest.mark.parametrize("bits", [0o720, 0o702, 0o777])
@pytest.mark.parametrize("which", ["secrets", "secrets/ci-bot"])
def test_a_folder_that_others_may_write_in_is_refused_unless_it_is_sticky(store, tmp_path, which, bits):
    folder = tmp_path / which
    folder.mkdir(parents=True)
    folder.chmod(bits)
    with pytest.raises(SecretError) as caught:
        store.write(REF, Secret("plum"))
    assert caught.value.message == f"{folder}: others may write in it"
    assert caught.value.hint == f"chmod go-w {folder}"
    folder.chmod(bits | stat.S_ISVTX)
    store.write(REF, Secret("plum"))
    folder.chmod(0o755)
    store.write(REF, Secret("plum"))


def test_nothing_is_written_through_a_link(store, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/ci-bot").symlink_to(elsewhere)
    with pytest.raises(SecretError, match="ci-bot: is a symbolic link") as caught:
        store.write(REF, Secret("plum"))
    assert caught.value.hint == "make it a folder"
    assert os.listdir(elsewhere) == []
    (tmp_path / "secrets/top").symlink_to(elsewhere / "x")
    with pytest.raises(SecretError, match="top: is a symbolic link") as caught:
        store.write(SecretRef("top"), Secret("plum"))
    assert caught.value.hint == "put the file itself there"


def test_a_folder_that_cannot_be_made_and_a_file_that_cannot_be_removed_are_told(store, tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/ci-bot").write_text("a file")
    with pytest.raises(SecretError):
        store.write(REF, Secret("plum"))
    with pytest.raises(SecretNotFound):
        store.delete(REF)
    (tmp_path / "secrets/ci-bot").unlink()
    (tmp_path / "secrets/ci-bot/token").mkdir(parents=True)
    with pytest.raises(SecretError, match="is a directory"):
        store.delete(REF)


def test_deleting_takes_what_a_kill_left_beside_it(store, tmp_path):
    store.write(REF, Secret("plum"))
    (tmp_path / "secrets/ci-bot/.token.kcfg-0123").write_text("plu")
    store.delete(REF)

    assert os.listdir(tmp_path / "secrets/ci-bot") == []


def test_a_write_that_does_not_read_back_is_told(store, monkeypatch):
    monkeypatch.setattr(FileStore, "read", lambda self, ref: Secret("other"))
    with pytest.raises(SecretError, match="does not read back as it was written"):
        store.write(REF, Secret("plum"))


def test_a_declaration_is_below_the_spec_or_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def path(directory):
        settings = Settings({"file": {"directory": directory}}, directory=str(tmp_path))
        return file.open(settings).path(SecretRef("a"))

    assert path("s") == str(tmp_path / "s/a")
    assert path("~/s") == str(tmp_path / "home/s/a")
    assert path("/s") == "/s/a"


def test_places_and_keys_and_settings_lead_to_one_another(tmp_path):
    assert file.place(REF, "acme", {"directory": "/s"}) == ["--file", "/s/ci-bot/token"]
    assert file.key_at("/s/ci-bot/token", "acme", {"directory": "/s"}) == "ci-bot/token"
    assert file.settings_at("/s/ci-bot/token", ["other", "ci-bot/token"]) == {"directory": "/s"}
    assert file.settings_at("/s/ci-bot/token", ["bot/token"]) == {"directory": "/s/ci-bot"}
    assert file.settings_at("s/ci-bot/token", ["ci-bot/token"]) is None
    assert file.new_settings("acme") == {"directory": "~/.local/share/kcfg/acme"}
    assert (file.backend(), file.WRITABLE, file.RECORDED) == ("file", True, False)


def test_a_lead_names_the_real_file_and_asks(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").mkdir()
    lead = file.lead(SecretRef("a"), "acme", {"directory": str(tmp_path / "link")})

    path = str(tmp_path / "real/a")
    assert (lead.kind, lead.name, lead.what, lead.shown, lead.asks) == ("file", path, path, f"the file {path}", True)
    assert not file.is_there(SecretRef("a"), {"directory": str(tmp_path / "link")})
    (tmp_path / "real/a").touch()
    assert file.is_there(SecretRef("a"), {"directory": str(tmp_path / "link")})
