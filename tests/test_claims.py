"""Every sentence of README.md and SECURITY.md is a promise that a test keeps, or promises nothing: claims.yaml."""

import ast
import re
from difflib import SequenceMatcher

import pytest
import yaml
from conftest import ROOT

CLAIMS = ROOT / "tests" / "claims.yaml"
PAGES = {"README.md": "R", "SECURITY.md": "S"}
# A sentence ends before a capital, a code span, a link, emphasis, or the product's name.
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\[(]|kcfg )")
# Code, and what a program writes between two marks.
FENCED = re.compile(r"^```.*?^```$|^<!-- by (.*?) -->$.*?^<!-- by \1 -->$", re.MULTILINE | re.DOTALL)


def sentences(text):
    """Return the sentences outside of code and what is made, each on one line; a row of a table is one, no heading."""
    found = []
    for block in re.split(r"\n\s*\n", FENCED.sub("\n", text)):
        lines = block.strip("\n").splitlines()
        if not lines or lines[0].startswith(("#", "![")):
            continue
        if lines[0].startswith("|"):
            found += lines[2:]  # below the headings and their rule
        else:
            parts = re.split(r"^- ", block, flags=re.MULTILINE)
            found += [each for part in parts for each in SENTENCE.split(" ".join(part.split())) if each]
    return list(dict.fromkeys(found))


def closest(new, left):
    """Return the sentence that has most words in common with a new one, at least half of them; None for none."""
    ratios = {old: SequenceMatcher(None, new.split(), old.split(), autojunk=False).ratio() for old in left}
    best = max(ratios, key=ratios.__getitem__, default=None)
    return best if best is not None and ratios[best] >= 0.5 else None


def told(page, says, claims):
    """Return what to do about a page and its claims, a line for each thing; nothing when they agree."""
    known = {each["says"]: each["number"] for each in claims[page]} | dict.fromkeys(
        claims[f"{page} promises nothing by"]
    )
    left = [each for each in known if each not in says]
    for new in (each for each in says if each not in known):
        close = closest(new, left)
        if close:
            left.remove(close)
        if close and (number := known[close]):
            tests = next(each["kept by"] for each in claims[page] if each["number"] == number)
            yield (
                f"{page} changed promise {number}: {new!r}\n  Look whether {', '.join(tests)} would fail if it did not "
                f"hold; then write the new words at number {number} of tests/claims.yaml."
            )
        elif close:
            yield f"{page} changed {new!r}\n  Write it into `{page} promises nothing by` of tests/claims.yaml."
        else:
            numbers = [int(each["number"][1:]) for each in claims[page]]
            yield (
                f"{page} says, and tests/claims.yaml does not: {new!r}\n  A promise gets number {PAGES[page]}"
                f"{max(numbers) + 1} there, with the test that keeps it; what is none goes below "
                f"`{page} promises nothing by`."
            )
    for old in left:
        where = f"number {known[old]}" if known[old] else f"`{page} promises nothing by`"
        yield f"{page} no longer says {old!r}\n  Take it away from tests/claims.yaml: {where}."


def missing_tests(claims):
    """Yield the tests that are named and that there are not."""
    functions = {}
    for name in {name for page in PAGES for each in claims[page] for name in each["kept by"]}:
        path, _, test = name.partition("::")
        if path not in functions:
            file = ROOT / path
            tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
            functions[path] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if not test.startswith("test_") or test not in functions[path]:
            yield name


@pytest.fixture(scope="module")
def claims():
    return yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_each_sentence_is_a_promise_with_its_test_or_promises_nothing(page, claims):
    if lines := list(told(page, sentences((ROOT / page).read_text(encoding="utf-8")), claims)):
        pytest.fail("\n".join(lines), pytrace=False)


def test_each_test_that_is_named_is_there(claims):
    assert sorted(missing_tests(claims)) == []
    assert [each["number"] for page in PAGES for each in claims[page] if not each["kept by"]] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_number_is_one_promise(page, claims):
    numbers = [each["number"] for each in claims[page]]

    assert [each for each in numbers if not re.fullmatch(rf"{PAGES[page]}[1-9]\d*", each)] == []
    assert len(numbers) == len(set(numbers))


def test_a_change_is_told_with_what_to_do():
    claims = {
        "README.md": [{"number": "R7", "says": "It keeps comments.", "kept by": ["tests/test_a.py::test_b"]}],
        "README.md promises nothing by": ["Read on:"],
    }
    changed, added = "It keeps all comments.", "Secrets stay where they are."

    assert list(told("README.md", ["It keeps comments.", "Read on:"], claims)) == []
    ((first, second),) = [list(told("README.md", [changed, "Read on:", added], claims))]
    assert f"changed promise R7: {changed!r}" in first
    assert "tests/test_a.py::test_b would fail" in first
    assert f"does not: {added!r}" in second
    assert "number R8" in second
    ((gone),) = told("README.md", ["Read on:"], claims)
    assert "no longer says 'It keeps comments.'" in gone
    assert "number R7" in gone


def test_what_a_sentence_is():
    page = "# Head\n\nOne. `Two` is\nlong. [Three](x) e.g. this.\n\n```sh\nno sentence. None.\n```\n\n"
    page += "- A: b.\n- kcfg c.\n\n"
    table = "| a | b |\n| --- | --- |\n| 1 | 2. Three |\n"

    assert sentences(page + table) == [
        "One.", "`Two` is long.", "[Three](x) e.g. this.", "A: b.", "kcfg c.", "| 1 | 2. Three |",
    ]  # fmt: skip


def test_a_test_that_is_not_there_is_found():
    named = [
        "tests/test_claims.py::test_what_a_sentence_is",
        "tests/test_claims.py::test_none",
        "tests/none.py::test_x",
    ]
    claims = {page: [{"kept by": named}] for page in PAGES}

    assert sorted(missing_tests(claims)) == sorted(named[1:])
