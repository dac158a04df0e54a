"""The way back from one text to another: it leads there, and keeps little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import SEVERAL

from kcfg.apply.reverse import restored, reverse_pieces

BLOCKS = st.lists(
    st.sampled_from([
        b"- a\n", b"- b\n", b"  - a\n", b"- c: 1\n  d: 2\n", b"x: 1\n", b"x: 2\n", b"  y\n", b"users:\n", b"# note\n",
        b"[{a: 1}", b",{b: 2}", b"]\n", b"- no end",
    ]),
    max_size=9,
).map(b"".join)  # fmt: skip


@SEVERAL
@given(BLOCKS, BLOCKS)
def test_pieces_lead_back_and_come_in_order(before, after):
    pieces = reverse_pieces(before, after)
    places = [place for start, end, _ in pieces for place in (start, end)]

    assert restored(after, pieces) == before
    assert places == sorted(places)
    assert (pieces == []) == (before == after)


@SEVERAL
@given(BLOCKS, BLOCKS, BLOCKS, BLOCKS)
def test_a_piece_has_nothing_that_stands_there_still(head, before, after, tail):
    for start, end, was in reverse_pieces(head + before + tail, head + after + tail):
        now = (head + after + tail)[start:end]
        assert was or now
        assert not was or not now or (was[0] != now[0] and was[-1] != now[-1])


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        (b"- a\n- b\n- c\n", b"- a\n- c\n", [(4, 4, b"- b\n")]),
        (b"- a\n- c\n", b"- a\n- b\n- c\n", [(4, 8, b"")]),
        (b"- a\n- old\n- c\n", b"- a\n- new\n- c\n", [(6, 9, b"old")]),
        (b"x: aa\n", b"x: aaa\n", [(5, 6, b"")]),
        (b"x: aaa\n", b"x: aa\n", [(5, 5, b"a")]),
        (b"", b"- a\n", [(0, 4, b"")]),
        (b"- a\n", b"", [(0, 0, b"- a\n")]),
        (b"- a: 1\n- k\n- b: 1\n", b"- a: 2\n- k\n- b: 2\n", [(5, 6, b"1"), (16, 17, b"1")]),
        (b"  - a: 1\n  - k\n  - b: 1\n", b"  - a: 2\n  - k\n  - b: 2\n", [(7, 8, b"1"), (22, 23, b"1")]),
        (b"x:\n  1\ny: k\nz:\n  1\n", b"x:\n  2\ny: k\nz:\n  2\n", [(5, 6, b"1"), (17, 18, b"1")]),
        (b"[{a: 1}, {k: 1}, {b: 1}]", b"[{a: 2}, {k: 1}, {b: 2}]", [(5, 6, b"1"), (21, 22, b"1")]),
    ],
)
def test_a_piece_is_as_small_as_what_changed(before, after, pieces):
    assert reverse_pieces(before, after) == pieces


def test_a_block_that_stands_twice_is_no_anchor():
    before, after = b"- k\n- a\n- k\n- b\n", b"- k\n- k\n- b\n- a\n"

    assert restored(after, reverse_pieces(before, after)) == before


@pytest.mark.parametrize("pieces", [[(2, 1, b"")], [(-1, 0, b"")], [(0, 4, b"")], [(0, 2, b""), (1, 3, b"")]])
def test_pieces_that_do_not_fit_are_refused(pieces):
    with pytest.raises(ValueError, match="pieces out of order"):
        restored(b"abc", pieces)


def test_pieces_may_touch_and_reach_the_end():
    assert restored(b"abc", [(0, 1, b"x"), (1, 3, b"yz!")]) == b"xyz!"
    assert restored(b"abc", [(3, 3, b"d")]) == b"abcd"
    assert restored(b"abc", []) == b"abc"
