"""Long values in short items, over a fake and over a real Secret Service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcfg.errors import SecretError
from kcfg.secrets.chunks import Chunks, split
from kcfg.secrets.library import Library

WHO = ("kcfg/prod/ci-bot", "kcfg")
LIMIT = 100


class Fake:
    """Items in memory; `fail_at` breaks the n-th change from now on."""

    def __init__(self):
        self.items = {}
        self.fail_at = None

    def get(self, service, username):
        return self.items.get((service, username))

    def set(self, service, username, value):
        assert len(value.encode("utf-16-le")) // 2 <= LIMIT
        self._count()
        self.items[service, username] = value

    def delete(self, service, username):
        self._count()
        return self.items.pop((service, username), None) is not None

    def _count(self):
        if self.fail_at is not None:
            self.fail_at -= 1
            if self.fail_at < 0:
                raise OSError("the keyring went away")


@pytest.fixture
def items():
    return Fake()


@pytest.fixture
def chunks(items):
    return Chunks(items, LIMIT)


SIZES = [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 3 * LIMIT - 1, 3 * LIMIT, 3 * LIMIT + 1, 64 << 10]


@pytest.mark.parametrize("size", SIZES)
def test_every_size_comes_back(chunks, size):
    chunks.set(*WHO, "k" * size)

    assert chunks.get(*WHO) == "k" * size


@given(st.text(), st.integers(2, 9))
def test_parts_join_to_the_value_and_keep_the_limit(value, limit):
    parts = split(value, limit)

    assert "".join(parts) == value
    assert all(len(part.encode("utf-16-le", "surrogatepass")) // 2 <= limit for part in parts)


def test_header_holds_no_secret_and_is_written_last(chunks, items):
    chunks.set(*WHO, "canary" * 40)

    assert "canary" not in items.items[WHO]
    assert list(items.items)[-1] == WHO


def test_new_value_removes_the_old_parts(chunks, items):
    chunks.set(*WHO, "old" * 200)
    chunks.set(*WHO, "new")

    assert chunks.get(*WHO) == "new"
    assert len(items.items) == 2


def test_delete_leaves_nothing(chunks, items):
    chunks.set(*WHO, "old" * 200)

    assert chunks.delete(*WHO)
    assert items.items == {}
    assert not chunks.delete(*WHO)


def test_value_that_looks_like_a_header_is_a_value(chunks):
    value = "kcfg-chunks:1:00000000:1:" + "0" * 64
    chunks.set(*WHO, value)

    assert chunks.get(*WHO) == value


def test_item_of_another_tool_is_read_as_it_is(chunks, items):
    items.set(*WHO, "plain")

    assert chunks.get(*WHO) == "plain"


def test_broken_off_anywhere_is_old_or_new(items):
    old, new = "old" * 100, "new" * 100
    for steps in range(20):
        items.items.clear()
        items.fail_at = None
        chunks = Chunks(items, LIMIT)
        chunks.set(*WHO, old)
        items.fail_at = steps
        try:
            chunks.set(*WHO, new)
        except OSError:
            items.fail_at = None
            assert chunks.get(*WHO) in (old, new)
        else:
            assert chunks.get(*WHO) == new


def test_missing_part_is_damage_that_quotes_nothing(chunks, items):
    chunks.set(*WHO, "canary" * 60)
    del items.items[next(name for name in items.items if name[0].endswith(".2"))]

    with pytest.raises(SecretError, match=r"part 2 of 4 is missing") as caught:
        chunks.get(*WHO)
    assert "canary" not in str(caught.value)


def test_swapped_part_is_damage(chunks, items):
    chunks.set(*WHO, "k" * 300)
    name = next(name for name in items.items if name[0].endswith(".2"))
    items.items[name] = "x" * 100

    with pytest.raises(SecretError, match="do not belong together"):
        chunks.get(*WHO)


@pytest.mark.parametrize("header", ["kcfg-chunks:1:", "kcfg-chunks:1:a:b:c", "kcfg-chunks:1:a:99999999999:c"])
def test_broken_header_is_damage(chunks, items, header):
    items.set(*WHO, header)

    with pytest.raises(SecretError, match="header"):
        chunks.get(*WHO)


def test_rotation_between_header_and_parts_is_read_again(items):
    chunks = Chunks(items, LIMIT)
    chunks.set(*WHO, "old" * 100)
    plain_get = items.get

    def rotate_after_header(service, username):
        value = plain_get(service, username)
        if items.get is rotate_after_header:
            del items.get
            chunks.set(*WHO, "new" * 100)
        return value

    items.get = rotate_after_header

    assert chunks.get(*WHO) == "new" * 100


def test_keyring_that_returns_something_else_changes_nothing(chunks, items, monkeypatch):
    chunks.set(*WHO, "old" * 100)
    before = dict(items.items)
    plain_set = items.set
    monkeypatch.setattr(items, "set", lambda service, username, value: plain_set(service, username, value[:50]))
    with pytest.raises(SecretError, match="does not give back"):
        chunks.set(*WHO, "new" * 100)

    assert items.items == before


@pytest.mark.secret_service
def test_chunks_in_a_real_secret_service(secret_service):
    items = Library(secret_service.env)
    chunks = Chunks(items, LIMIT)
    chunks.set(*WHO, "pässwörd 🔑\n" * 30)
    chunks.set(*WHO, "second 🔑\n" * 30)

    assert chunks.get(*WHO) == "second 🔑\n" * 30
    assert chunks.delete(*WHO)
    assert "secret =" not in secret_service.tool("search", "--all", "username", "kcfg").stdout
