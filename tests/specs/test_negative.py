"""Bad specs: adding a case is adding NAME.yaml and NAME.expected (exit code, then `LINE:COL RULE path|-: message`)."""

import json
from pathlib import Path

import pytest

CASES = sorted((Path(__file__).parent / "negative").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_problem_is_told_at_its_place(case, kcfg):
    first, *expected = case.with_suffix(".expected").read_text().splitlines()
    done = kcfg("validate", "-f", case.name, "-o", "json", cwd=case.parent)

    found = [
        f"{each['line']}:{each['column']} {each['rule']} {each['path'] or '-'}: {each['message']}"
        for each in json.loads(done.stdout)["problems"]
    ]
    assert found == expected
    assert f"exit {done.returncode}" == first
    assert done.stderr == ""


def test_there_are_enough_cases():
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_text_form_says_the_same_without_values(case, kcfg):
    done = kcfg("validate", "-f", case.name, cwd=case.parent)

    assert "Traceback" not in done.stderr
    assert "PLANTED" not in done.stdout + done.stderr
    for line in case.with_suffix(".expected").read_text().splitlines()[1:]:
        place, rule, _ = line.split(" ", 2)
        assert f"{case.name}:{place}: error: " in done.stderr
        assert f"[{rule}]" in done.stderr
