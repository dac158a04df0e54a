"""What kcfg remembers of the secrets it stored."""

import json
import threading

import pytest

from kcfg.secrets.index import forget_item, read_index, record_history, record_item

THEN, NOW = "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"


@pytest.fixture
def environ(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def record(environ, name="kcfg/prod/ci", now=THEN, **more):
    record_item(name, backend="SecretService", kind="token", now=now, environ=environ, **more)


def test_what_was_recorded_is_read(environ):
    record(environ, validity=("", NOW))

    entry = {"backend": "SecretService", "kind": "token", "created": THEN, "changed": THEN, "expires": NOW}
    assert read_index(environ) == {"kcfg/prod/ci": entry}


def test_a_begin_is_remembered_while_it_is_to_come(environ):
    record(environ, now=NOW, validity=(THEN, ""))
    assert "starts" not in read_index(environ)["kcfg/prod/ci"]

    record(environ, now=THEN, validity=(NOW, ""))
    assert read_index(environ)["kcfg/prod/ci"]["starts"] == NOW


def test_storing_again_keeps_the_first_date(environ):
    record(environ)
    record(environ, now=NOW)

    assert read_index(environ)["kcfg/prod/ci"]["created"] == THEN
    assert read_index(environ)["kcfg/prod/ci"]["changed"] == NOW


def test_no_two_items_of_a_history_have_one_name(environ):
    def record(first, spec="acme"):
        return record_history(spec, "/home/config", first=first, backend="b", now=NOW, environ=environ)

    names = [record(3), record(3), record(1), record(2), record(2), record(4, "other")]
    assert names == [*(f"kcfg/acme/history/{number}" for number in (3, 4, 1, 2, 5)), "kcfg/other/history/4"]
    assert set(names) == set(read_index(environ))


def test_forgotten_items_are_gone(environ):
    record(environ)
    forget_item("kcfg/prod/ci", environ)
    forget_item("never", environ)

    assert read_index(environ) == {}


def test_file_is_private(environ, tmp_path):
    record(environ)

    assert (tmp_path / "state/kcfg").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state/kcfg/index.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{", '{"items": 3}', '{"items": {"a": 1}}'])
def test_damaged_index_is_empty_and_can_be_written(environ, tmp_path, text):
    (tmp_path / "state/kcfg").mkdir(parents=True)
    (tmp_path / "state/kcfg/index.json").write_text(text)

    assert read_index(environ) == {}
    record(environ)
    assert list(read_index(environ)) == ["kcfg/prod/ci"]


def test_many_at_once_lose_nothing(environ, tmp_path):
    threads = [threading.Thread(target=record, args=(environ, f"kcfg/prod/{number}")) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(read_index(environ)) == 20
    assert json.loads((tmp_path / "state/kcfg/index.json").read_text())["version"] == 1
