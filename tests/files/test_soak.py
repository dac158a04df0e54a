"""Many writers at once, for a moment: no acknowledged edit is lost to a kcfg. `make soak` is the long form."""

import pytest
from soak import ROWS, Edit, Soak, judge, soak


@pytest.mark.parametrize("name", [name for name, (kubectls, _, _) in ROWS.items() if not kubectls])
def test_writers_take_turns(name):
    _, wrong = soak(name, 1, writers=6)

    assert wrong == []


def test_a_loss_is_found_and_laid_on_whom_it_belongs_to(tmp_path):
    place = Soak(tmp_path, None, kills=False, flags=[], until=0)
    logs = {
        0: [Edit("w0-0", 1, 2, True), Edit("w0-1", 5, 6, True), Edit("w0-2", 7, 8, False)],
        1: [Edit("p1-1", 1, 2, True), Edit("p1-2", 3, 4, True)],
        2: [Edit("k2-0", 6.5, 9, True), Edit("k2-1", 5.1, 5.2, False)],  # it wrote one file, and failed at the other
    }

    row, wrong = judge("plain", place, {"pairs": [1], "writers": 2, "logs": logs}, ["p1-1", "k2-0"], [], [])
    assert row[4:] == (2, 0, 0, 1)
    assert {edit.name for each in wrong for edit in each} == {"w0-0", "w0-1", "p1-2"}
    row, _ = judge("plain", place, {"pairs": [1], "writers": 2, "logs": logs}, ["w0-0", "w0-1"], [1], ["a.lock"])
    assert row[4:] == (0, 1, 1, 1)
