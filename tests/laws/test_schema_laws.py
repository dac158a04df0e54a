"""The published schema, the models and the two libraries are of one mind, whatever a document says.

10,000 documents (KCFG_DOCUMENTS for more), most of them broken: each rule of the schema at least 20 times.
"""

import os
from collections import Counter
from copy import deepcopy
from random import Random

import pytest
from pydantic import ValidationError
from schema_values import ODD, Maker, broken, places, put

from kcfg.spec.models import SpecFile
from kcfg.spec.schema import fast_verdict, reference, shape_schema
from kcfg.spec.shape import unwrap

MANY = int(os.environ.get("KCFG_DOCUMENTS", "10000"))
SEED = int(os.environ.get("KCFG_SEED", "0")) or 29
LEAST = 20


def documents(which):
    """Yield (value, the rule it breaks or "" or None where nobody knows), each rule as often as the others."""
    random = Random(SEED)
    maker = Maker(shape_schema(which), random)
    done = Counter()
    for number in range(MANY):
        rarest = min(maker.ways, key=lambda rule: done[rule], default=None) if number % 20 else None
        value = deepcopy(maker.value(rarest))
        if number % 20 == 0:
            yield value, ""
            continue
        site = random.choice([site for site in maker.sites if site.rule == rarest] or maker.sites)
        if number % 20 < 4:  # may or may not be right: this is where minds differ
            path = random.choice([site.path, random.choice([*places(value)])])
            yield put(value, path, deepcopy(random.choice(ODD))), None
        elif (spoiled := broken(value, site, maker.sites, random)) is not None:
            done[site.rule] += 1
            yield spoiled, site.rule


@pytest.fixture(scope="module")
def specs():
    return [*documents("spec")]


def models_take(value):
    try:
        SpecFile.model_validate(unwrap(value)[0])
    except ValidationError:
        return False
    return True


def test_each_rule_is_broken_often(specs):
    done = Counter(rule for _, rule in specs if rule)

    assert len(done) > 300
    assert {rule: times for rule, times in done.items() if times < LEAST * MANY / 10000} == {}


def test_what_fits_is_valid_and_what_breaks_a_rule_is_not(specs):
    is_valid = fast_verdict("spec")

    assert [(value, rule) for value, rule in specs if rule is not None and is_valid(value) != (rule == "")][:3] == []


def test_the_models_take_what_the_schema_takes(specs):
    is_valid = fast_verdict("spec")

    assert [(value, rule) for value, rule in specs if is_valid(value) != models_take(value)][:3] == []


def test_both_libraries_say_the_same(specs):
    fast, slow = fast_verdict("spec"), reference("spec").is_valid
    sample = [*specs[:: max(1, MANY // 2500)], *[each for each in specs if each[1] is None][:500]]

    assert len(sample) > 1000
    assert [value for value, _ in sample if fast(value) != slow(value)][:3] == []
