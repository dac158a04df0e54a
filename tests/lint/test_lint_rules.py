"""Each rule is held to its own examples: found in the bad ones at the lines that say so, not in the good ones."""

import os
import re

import pytest
from conftest import ROOT
from lint_world import filled_in

from kcfg.errors import KcfgError
from kcfg.lint import explain, rule_ids
from kcfg.lint.open import open_kubeconfigs, open_spec, real_outside
from kcfg.lint.registry import OTHERS, RULES
from kcfg.lint.run import lint

HEADS = {
    "kubeconfig": "apiVersion: v1\nkind: Config\npreferences: {}\n",
    "spec": "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n",
}
HEADLESS = "KCFG118"  # of files that begin like no kubeconfig
HEAD_LINES = 3
HERE = re.compile(r"# here\b")
BAD = [(rule, kind, text) for rule in RULES.values() for kind in rule.on for text in rule.bad]
GOOD = [(rule, kind, text) for rule in RULES.values() for kind in rule.on for text in rule.good]
READERS = ("kubernetes", "kr8s", "lightkube")
PLANTED = ("hunter2", "planted")


def name_of(value):
    return value.id if hasattr(value, "id") else value if value in HEADS else ""


def write(kind, text, mode=0o600, *, head=True):
    """Write an example; a `---` begins the next file of a KUBECONFIG list."""
    paths = []
    for index, part in enumerate(filled_in(text).split("---\n") if kind == "kubeconfig" else [filled_in(text)]):
        path = f"{kind}-{index}.yaml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEADS[kind] * head + part)
        os.chmod(path, mode)
        paths.append(path)
    return paths


def subject_of(kind, paths, *, clients=()):
    opened = open_spec(paths[0], real_outside()) if kind == "spec" else open_kubeconfigs(paths, real_outside())
    opened.clients = clients
    return opened


def expected(kind, text, *, head=True):
    parts = text.split("---\n") if kind == "kubeconfig" else [text]
    return [
        (f"{kind}-{index}.yaml", number + HEAD_LINES * head)
        for index, part in enumerate(parts)
        for number, line in enumerate(filled_in(part).splitlines(), 1)
        if HERE.search(line)
    ]


@pytest.mark.parametrize(("rule", "kind", "text"), BAD, ids=name_of)
def test_found_at_its_place_in_the_bad_example(rule, kind, text, world):
    head = rule.id != HEADLESS
    paths = write(kind, text, 0o644 if rule.id == "KCFG206" else 0o600, head=head)
    found = [problem for problem in lint(subject_of(kind, paths, clients=READERS)).problems if problem.rule == rule.id]
    places = [(problem.location.file, problem.location.line) for problem in found]
    if rule.id == "KCFG206":  # of a whole file
        assert [(file, 1) for file in paths] == places
    elif rule.id == "KCFG603":  # by several clients
        assert {(paths[0], 1)} == set(places)
    else:
        assert places == expected(kind, text, head=head)
    assert all(problem.level == rule.level and problem.location.column for problem in found)
    assert not [problem for problem in found if any(word in f"{problem} {problem.hint}" for word in PLANTED)]


@pytest.mark.parametrize(("rule", "kind", "text"), GOOD, ids=name_of)
def test_not_found_in_the_good_example(rule, kind, text, world):
    paths = write(kind, text, 0o644 if rule.id == "KCFG206" else 0o600)
    subject = subject_of(kind, paths, clients=READERS)

    assert not subject.broken, subject.problems
    assert rule.id not in {problem.rule for problem in lint(subject).problems}


@pytest.mark.parametrize("rule", RULES.values(), ids=name_of)
def test_every_rule_has_examples_and_an_explanation(rule):
    text = explain(rule.id)

    assert rule.bad
    assert rule.good
    assert all(HERE.search(example) for example in rule.bad)
    assert rule.title in text
    assert rule.level in text
    assert "Found:" in text
    assert max(map(len, text.splitlines())) <= 110


def test_ids_are_unique_and_known():
    assert not set(RULES) & set(OTHERS)
    assert rule_ids() == sorted([*RULES, *OTHERS])
    assert explain("kcfg001").startswith("KCFG001: ")


def test_every_id_in_the_code_can_be_explained():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "kcfg").rglob("*.py")]
    written = {each for text in texts for each in re.findall(r"rule ?=+ ?\(?\"(KCFG\d{3})\"|\"(KCFG\d{3})\", ", text)}

    assert {one or other for one, other in written} - set(rule_ids()) == set()


def test_an_unknown_id_is_an_error():
    with pytest.raises(KcfgError, match="KCFG999"):
        explain("KCFG999")


@pytest.mark.parametrize("folder", ["targets", "adopt", "apply"])
def test_an_id_has_one_meaning(folder):
    """What these report is explained beside lint's rules, and none of them is one of lint's."""
    texts = [path.read_text() for path in (ROOT / "kcfg" / folder).glob("*.py")]
    used = set(re.findall(r'rule="(KCFG\d{3})"', "\n".join(texts)))

    assert used <= set(OTHERS)
    assert used or folder != "targets"


def test_a_file_is_judged_as_if_no_other_had_been(world):
    """Guesses are counted for each file: the mistakes of one take none from the next."""
    many = "".join(f"- name: n{number}\n  user: {{tok{number}n: x, usernam{number}: y}}\n" for number in range(40))
    first = write("kubeconfig", f"users:\n{many}", 0o600)
    lint(subject_of("kubeconfig", first))
    second = write("kubeconfig", "users:\n- name: a\n  user: {tokn: x}\n", 0o600)

    assert "KCFG116" in {problem.rule for problem in lint(subject_of("kubeconfig", second)).problems}
