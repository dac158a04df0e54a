"""Edits of several files are all or nothing: killed or refused anywhere, the next command ends what was begun."""

import pytest
from faults import KINDS, SCENARIOS, Place, verdict

POINTS = 6  # of each scenario; `make crash` takes all of them


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_an_edit_is_whole(scenario, tmp_path):
    place = Place(tmp_path, scenario)
    total = len(place.calls)
    for number in range(POINTS):
        at = 1 + number * (total - 1) // (POINTS - 1)
        kind = "KILL" if number % 2 else KINDS[1 + number // 2 % 4]
        wrong, told = verdict(place, kind, at, lasting=number == 4)
        assert not wrong, (kind, at, place.calls[at - 1], wrong, told)
