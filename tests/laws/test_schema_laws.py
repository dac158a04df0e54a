"""The published schema, the models and the two libraries are of one mind, whatever a document says.

4,000 documents (KCFG_DOCUMENTS for more), most of them broken: each rule of the schema at least 6 times.
"""

import json
import marshal
import os
from collections import Counter
from copy import deepcopy
from itertools import product
from random import Random

import pytest
from pydantic import BaseModel, ValidationError
from schema_values import ODD, Maker, broken, places, put, verdicts, what_sound_says

from kcfg.spec.models import SpecFile
from kcfg.spec.parse import flat_path, parse_shape, unwrap
from kcfg.spec.records import Record, build
from kcfg.spec.schema import fast_verdict, find_faults, shape_schema
from kcfg.spec.shapes import SHAPES
from kcfg.yaml.parse import parse_yaml_documents

MANY = int(os.environ.get("KCFG_DOCUMENTS", "4000"))
SEED = int(os.environ.get("KCFG_SEED", "0")) or 29
LEAST = 6  # of 4,000
HOW = ("by_alias", "exclude_unset", "exclude_none")
DUMPS = [dict(zip(HOW, each, strict=True)) for each in product((False, True), repeat=3)]


def documents(which):
    """Yield (value, the rule it breaks or "" or None where nobody knows), each rule as often as the others."""
    random = Random(SEED)
    maker = Maker(shape_schema(which), random)
    done = Counter()
    for number in range(MANY):
        rarest = min(maker.ways, key=done.__getitem__, default=None) if number % 20 else None
        value = marshal.loads(marshal.dumps(maker.value(rarest)))  # a copy: parts are shared
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


@pytest.fixture(scope="module")
def judged(specs):
    """A sample, with what the reference says of each."""
    return verdicts("spec", [value for value, _ in specs[:: max(1, MANY // 2000)]])


def models_take(value):
    try:
        SpecFile.model_validate(unwrap(value)[0])
    except ValidationError:
        return False
    return True


def test_each_rule_is_broken_often(specs):
    done = Counter(rule for _, rule in specs if rule)

    assert len(done) > 300
    assert {rule: times for rule, times in done.items() if times < LEAST * MANY / 4000} == {}


def test_what_fits_is_valid_and_what_breaks_a_rule_is_not(specs):
    is_valid = fast_verdict("spec")

    assert [(value, rule) for value, rule in specs if rule is not None and is_valid(value) != (rule == "")][:3] == []


def test_the_models_take_what_the_schema_takes(specs):
    is_valid = fast_verdict("spec")

    assert [(value, rule) for value, rule in specs if is_valid(value) != models_take(value)][:3] == []


def same(record, model):
    """Return whether a record has what a model has: parts, what was given, the plain values of every dump in order."""
    if isinstance(model, list):
        return isinstance(record, list) and all(same(*each) for each in zip(record, model, strict=True))
    if isinstance(model, dict):
        return [*record] == [*model] and same([*record.values()], [*model.values()])
    if not isinstance(model, BaseModel):
        return type(record) is type(model) and repr(record) == repr(model)  # nan is itself here
    assert isinstance(record, Record)
    return (
        type(record).__name__ == type(model).__name__
        and record.model_fields_set == model.model_fields_set
        and all(same(getattr(record, name), getattr(model, name)) for name in type(model).model_fields)
        and all(
            json.dumps(record.model_dump(**how)) == json.dumps(model.model_dump(**how, warnings=False)) for how in DUMPS
        )
    )


def test_a_record_says_what_the_model_says(specs):
    is_valid, seen = fast_verdict("spec"), Counter()
    for value, _ in specs:
        if is_valid(value):
            flat = unwrap(value)[0]
            record = build("SpecFile", flat)

            assert same(record, SpecFile.model_validate(flat)), value
            seen.update(names_in(record))
    assert {name for name in SHAPES if not seen[name]} == set()


def names_in(value):
    if isinstance(value, Record):
        yield type(value).__name__
        value = vars(value)
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from names_in(each)


def test_both_libraries_say_the_same(specs, judged):
    fast, seen = fast_verdict("spec"), {id(value) for value, _ in judged}
    doubtful = [value for value, rule in specs if rule is None][:500]
    sample = [*judged, *verdicts("spec", [value for value in doubtful if id(value) not in seen])]

    assert len(sample) > 1000
    assert [value for value, valid in sample if fast(value) != valid][:3] == []


def test_what_is_said_without_a_library_is_what_both_say(judged):
    wrong, valid = what_sound_says("spec", judged)

    assert wrong == []
    assert valid.count(True) > 0.8 * len(valid) > 50


def test_each_fault_is_told_once_and_nothing_stays_untold(specs):
    is_valid, told = fast_verdict("spec"), 0
    for value, rule in specs[:: max(1, MANY // 2000)]:
        text = json.dumps(value)
        if not isinstance(value, dict) or "NaN" in text or "Infinity" in text:
            continue
        (document,) = parse_yaml_documents(text.encode(), "kcfg.yaml")
        found = parse_shape(document)
        paths = [problem.path for problem in found.problems]

        assert (found.problems == []) == is_valid(value), (value, rule)
        assert len({*paths}) == len(paths), paths
        assert all(problem.location.line == 1 and problem.location.column for problem in found.problems)
        told += len(paths)
    assert told > 1000


def test_sound_neighbours_change_no_fault(specs):
    """Faults are looked for among the entries that are not sound: their places are those of the whole list."""
    sound = {"clusters": {"name": "x", "server": "https://x.example.com"}, "users": {"name": "x"}}
    moved = 0
    for value, rule in specs[:: max(1, MANY // 2000)]:
        if not rule or not isinstance(value, dict) or not all(isinstance(value.get(each), list) for each in sound):
            continue
        more = value | {section: [entry] * 3 + value[section] + [entry] * 2 for section, entry in sound.items()}
        wanted = {
            fault._replace(path=(fault.path[0], fault.path[1] + 3, *fault.path[2:]), asked=repr(fault.asked))
            if len(fault.path) > 1 and fault.path[0] in sound
            else fault._replace(asked=repr(fault.asked))
            for fault in find_faults("spec", value)
        }
        assert {fault._replace(asked=repr(fault.asked)) for fault in find_faults("spec", more)} == wanted
        moved += any(fault.path[:1] in (("clusters",), ("users",)) for fault in wanted)
    assert moved > 20


def test_models_and_schema_find_the_same_places(specs):
    may_wrap = {f"{each} additionalProperties" for each in ("Cluster", "User", "Context")}
    for value, rule in specs[:: max(1, MANY // 2000)]:
        # A field called as a wrapper makes the schema see an entry with fields beside it, the models one unknown field.
        if not isinstance(value, dict) or not rule or "Wrapped" in rule or rule in may_wrap:
            continue
        places = {fault.path for fault in find_faults("spec", value)}
        try:
            SpecFile.model_validate(unwrap(value)[0])
            found = set()
        except ValidationError as error:
            found = {tuple(step for step in each["loc"] if step != "[key]") for each in error.errors()}
        wrapped = unwrap(value)[1]

        assert found == {flat_path(path, wrapped) for path in places}, rule
