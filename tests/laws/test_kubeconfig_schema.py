"""The published schema of a kubeconfig and kcfg's own reading of one are of one mind.

Reading is kubectl's and may load no library; `unread` names what kubectl passes over. The schema finds what both do.
"""

import os
from collections import Counter
from copy import deepcopy
from random import Random

import pytest
from schema_values import ODD, Maker, broken, places, put, verdicts, what_sound_says

from kcfg.errors import KubeconfigError
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.unread import NOTHING, check_unread
from kcfg.spec.schema import fast_verdict, reference, shape_schema
from kcfg.yaml.parse import Document

MANY = int(os.environ.get("KCFG_DOCUMENTS", "4000"))
# A schema of one document does not compare names, and takes what JSON cannot say for anything else.
BEYOND = ("twice", "infinity and not-a-number")


@pytest.fixture(scope="module")
def kubeconfigs():
    """Pairs of a value and the rule it breaks: "" for none, None where nobody knows."""
    random = Random(29)
    maker, done, found = Maker(shape_schema("kubeconfig"), random), Counter(), []
    for number in range(MANY):
        rarest = min(maker.ways, key=lambda rule: done[rule], default=None) if number % 20 else None
        value = deepcopy(maker.value(rarest))
        site = random.choice([site for site in maker.sites if site.rule == rarest] or maker.sites)
        if number % 20 == 0:
            found.append((value, ""))
        elif number % 20 < 4:
            path = random.choice([site.path, random.choice([*places(value)])])
            found.append((put(value, path, deepcopy(random.choice(ODD))), None))
        elif (spoiled := broken(value, site, maker.sites, random)) is not None:
            done[site.rule] += 1
            found.append((spoiled, site.rule))
    return found


def faults(value):
    """What kcfg finds wrong with one file, but for what goes beyond a schema; None where only that is wrong."""
    document = Document("", "config", None, (value,))
    document._is_composed = True  # a value without a text
    try:
        decode(document)
    except KubeconfigError as error:
        told = [problem.message for problem in error.problems]
        return [text for text in told if not any(word in text for word in BEYOND)] or None
    return [problem.message for problem in check_unread(document) if problem.rule != NOTHING or value]


def test_each_rule_is_broken_often(kubeconfigs):
    is_valid, done = fast_verdict("kubeconfig"), Counter(rule for _, rule in kubeconfigs if rule)

    assert len(done) > 70
    assert {rule: times for rule, times in done.items() if times < 20 * MANY / 4000} == {}
    assert [(value, rule) for value, rule in kubeconfigs if rule is not None and is_valid(value) != (rule == "")] == []


def test_schema_and_reading_find_the_same_files_wrong(kubeconfigs):
    is_valid = fast_verdict("kubeconfig")
    judged = [(value, told) for value, _ in kubeconfigs if (told := faults(value)) is not None]

    assert len(judged) > 0.9 * MANY
    assert [(value, told) for value, told in judged if is_valid(value) == bool(told)] == []


def test_both_libraries_say_the_same(kubeconfigs):
    fast, slow = fast_verdict("kubeconfig"), reference("kubeconfig").is_valid

    assert [value for value, _ in kubeconfigs[::3] if fast(value) != slow(value)] == []


def test_what_is_said_without_a_library_is_what_both_say(kubeconfigs):
    wrong, valid = what_sound_says(
        "kubeconfig", verdicts("kubeconfig", [value for value, _ in kubeconfigs[:: max(1, MANY // 3000)]])
    )

    assert wrong == []
    assert valid.count(True) > 0.8 * len(valid) > 50


@pytest.mark.parametrize("text", ["RkFL=", "RkFL==", "RkFL====", "RkFLR", "R=FL", "RkFLRQ=", "RkFLRQ==R", "="])
def test_padding_that_is_not_due_is_refused_as_by_go(text):
    value = {"users": [{"user": {"client-key-data": text}}]}

    assert faults(value)
    assert not fast_verdict("kubeconfig")(value)
