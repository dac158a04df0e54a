"""What tests/mutation says of the last run is what was found, of modules and tests that are there; no mutant runs."""

from conftest import ROOT
from mutation import HERE, MODULES, explained, page, reason, results, tables


def test_the_modules_and_the_tests_that_judge_them_are_there():
    assert [name for name in MODULES if not (ROOT / "kcfg" / f"{name}.py").is_file()] == []
    assert [path for tests in MODULES.values() for path in tests if not (ROOT / path).exists()] == []


def test_the_page_is_what_was_found():
    text = (HERE / "README.md").read_text()

    assert page(text, tables(results(), explained())) == text, "tests/mutation/mutation.py --page makes it anew"


def test_each_survivor_is_explained_and_each_explanation_has_one():
    every = results()

    assert [(name, each) for name, one in every.items() for each in one["survivors"]
            if not reason(name, each, explained())] == []  # fmt: skip
    lines = {name: {key for each in one["survivors"] for key in (each["old"], f"{each['old']} => {each['new']}")}
             for name, one in every.items()}  # fmt: skip
    assert [(name, key) for name, of in explained().items() for key in of if key not in lines.get(name, ())] == []


def test_no_type_is_mutated():
    from mutation import annotations

    assert sorted(annotations("def a(b: int | None = 1) -> str: ...")) == [((1, 9), (1, 19)), ((1, 28), (1, 31))]
