"""The list that typing filters: which names it has, what keys do, and that no row is wider than the window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcfg.cli.shared.filter_list import FilterList, Keys, cells, cut
from kcfg.printing import printable

NAMES = ["prod-eu", "prod-us", "stage-eu", "Ωmega", "\x1b]0;t\a", "東京-cluster"]


def pressed(keys, names=NAMES, current=""):
    found, read = FilterList(names, "context", current), Keys()
    for key, letter in [*read.read(keys), *read.read(b"", last=True)]:
        found.press(key, letter)
    return found


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (b"", "prod-eu"),
        (b"us", "prod-us"),
        (b"eu st", "stage-eu"),
        ("ωM".encode(), "Ωmega"),
        ("京".encode(), "東京-cluster"),
        (b"\x1b[B", "prod-us"),
        (b"\x1bOB\x1b[B\x1b[A", "prod-us"),
        (b"\x1b[A", "prod-eu"),
        (b"\x1b[F", "東京-cluster"),
        (b"\x1b[4~\x1b[1~", "prod-eu"),
        (b"\x1b[1;5C\x1b[<0;1;2M\x1bx", "prod-eu"),  # keys that mean nothing are no letters
        (b"\x0e\x0e\x10", "prod-us"),
        (b"usx\x7f", "prod-us"),
        (b"prod us\x17eu", "prod-eu"),
        (b"nowhere\x15", "prod-eu"),
        (b"nowhere", None),
        (b"nowhere\x1b[B\x1b[A\x1b[F", None),
        (b"\x00\x01\xff\xfe", "prod-eu"),
    ],
)
def test_keys_choose(keys, chosen):
    assert pressed(keys).chosen == chosen


def test_it_begins_at_the_current_one_and_returns_to_what_was_under_the_cursor():
    assert pressed(b"", current="stage-eu").chosen == "stage-eu"
    assert pressed(b"us\x15").chosen == "prod-us"


def test_a_page_is_what_the_window_shows():
    names = FilterList([f"c{number:03}" for number in range(100)], "context", "")
    names.screen(80, 12)
    names.press("page-down", "")
    assert names.chosen == "c010"
    names.press("end", "")
    rows, _ = names.screen(80, 12)
    assert [row for row, marked in rows if marked] == [">  c099"]
    assert len(rows) == 12
    names.press("page-up", "")
    assert names.chosen == "c089"


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ([b"\x1b", b"[", b"A"], [("up", "")]),
        ([b"\x1b[", b"6", b"~x"], [("page-down", ""), ("", "x")]),
        ([b"\x1b\x1b[B"], [("leave", ""), ("down", "")]),
        (["é".encode()[:1], "é".encode()[1:]], [("", "é")]),
        ([b"\r"], [("choose", "")]),
        ([b"\x03"], [("leave", "")]),
        ([b"\x1a"], [("stop", "")]),
    ],
)
def test_a_sequence_may_come_in_pieces(data, keys):
    read = Keys()

    assert [each for piece in data for each in read.read(piece)] == keys
    assert read.waiting == ""


def test_escape_alone_is_a_key_when_nothing_follows():
    keys = Keys()

    assert keys.read(b"\x1b") == []
    assert keys.read(b"", last=True) == [("leave", "")]


@given(
    st.lists(st.text(max_size=30), min_size=1, max_size=8), st.text(max_size=12), st.integers(10, 60), st.integers(2, 9)
)
def test_no_row_is_wider_than_the_window_and_every_one_can_be_printed(names, typed, columns, rows):
    found = FilterList(names, "context", names[-1])
    for letter in printable(typed):
        found.press("", letter)
    shown, column = found.screen(columns, rows)

    assert len(shown) <= rows
    assert 1 <= column <= columns
    for row, _ in shown:
        assert cells(row) < columns
        assert all(char.isprintable() for char in row)
    assert sum(marked for _, marked in shown) == (found.chosen is not None)


def test_wide_letters_take_two_cells_and_marks_none():
    assert [cells(text) for text in ("abc", "東京", "e\u0301", "🇩🇪")] == [3, 4, 1, 4]
    assert (cut("東京-cluster", 6), cut("東京-cluster", 4), cut("abc", 3)) == ("東京-…", "東…", "abc")
