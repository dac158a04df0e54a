"""What a spec declares has a model, or at least one problem: nothing vanishes, whatever its keys are called."""

import json
import os
import re
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from kcfg.spec import models
from kcfg.spec.models import fields_of
from kcfg.spec.parse import parse_shape
from kcfg.spec.spec import ATTRIBUTES
from kcfg.yaml.parse import parse_yaml

MODELS = [each for each in vars(models).values() if isinstance(each, type) and issubclass(each, BaseModel)]
# What pydantic calls types, members of unions and keys, and what the models and their fields are called.
HOSTILE = sorted({
    "str", "int", "float", "bool", "dict", "list", "none", "nullable", "[key]", "literal", "model", "SecretRefBox",
    "constrained-str", "function-wrap", "function-plain", "lax", "strict", "json", "0", "-1", "", "\0str", "__root__",
    *(model.__name__ for model in MODELS), *(field for model in MODELS for field in fields_of(model)),
})  # fmt: skip
SPEC = {
    "apiVersion": "kcfg/v1",
    "kind": "KubeconfigSpec",
    "metadata": {"name": "acme", "labels": {"env": "prod"}},
    "secretStores": [{"name": "default", "provider": "command", "command": {"argv": ["pass"], "timeout": 5}}],
    "clusters": [{"name": "a", "server": "https://a.example.com", "labels": {"env": "prod"}}],
    "users": [
        {"name": "u", "token": {"secretRef": {"key": "u/token"}}},
        {"name": "v", "auth-provider": {"name": "oidc", "config": {"refresh-token": "ref+default://v/token"}}},
    ],
    "contexts": [{"name": "a", "cluster": "a", "user": "u"}],
    "generate": [{"forEach": {"tier": ["dev", 1]}, "exclude": [{"tier": 1}], "include": [{"tier": "qa"}]}],
    "variables": {"zone": {"default": "eu"}},
    "environments": [
        {
            "name": "prod",
            "variables": {"zone": "us"},
            "select": {"matchLabels": {"env": "prod"}},
            "patches": [{"target": {"kind": "User"}, "merge": {"token": None}}],
        }
    ],
}
LISTS = ("clusters", "users", "contexts", "secretStores", "environments", "generate")
PLACE = re.compile(r"[A-Za-z-]+\[\d+\]|[^.\[]*")
KEYS = st.sampled_from(HOSTILE)
VALUES = st.recursive(
    st.sampled_from([5, 1.5, True, None, "text", "", [], {}, float(10**30)]).map(deepcopy),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
MANY = settings(max_examples=int(os.environ.get("KCFG_EXAMPLES", "30")) * 10, deadline=None)


def places(value, path=()):
    """Yield the path of everything in a value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from places(item, (*path, step))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def shape(value):
    return parse_shape(parse_yaml(json.dumps(value).encode(), "kcfg.yaml"))


def test_the_spec_that_is_spoiled_below_is_right():
    found = shape(SPEC)

    assert found.model is not None
    assert not found.problems
    assert not found.faulty
    assert not found.lost


@MANY
@given(st.data())
def test_a_model_or_a_problem(data):
    spoiled = json.loads(json.dumps(SPEC))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from([each for each in places(spoiled) if each]))
        found = at(spoiled, path)
        if isinstance(found, dict) and data.draw(st.booleans()):
            found[data.draw(KEYS)] = data.draw(VALUES)
        elif isinstance(found, list) and data.draw(st.booleans()):
            found.append(data.draw(VALUES))
        else:
            at(spoiled, path[:-1])[path[-1]] = data.draw(VALUES)

    found = shape(spoiled)

    told = {tuple(PLACE.match(problem.path)[0].strip("].").replace("[", ".").split(".")) for problem in found.problems}
    if found.model is None:
        assert found.problems
        return
    # What has no model has a problem in it, and what has a problem in it has no model.
    for section in LISTS:
        for index, entry in enumerate(spoiled[section] if isinstance(spoiled[section], list) else []):
            modelled = (section, index) not in found.faulty
            assert modelled == ((section, str(index)) not in told), entry
            if not modelled and isinstance(entry, dict) and section != "generate":
                name = entry.get("name")
                assert found.faulty[section, index] == (name if isinstance(name, str) else "")
        if section not in found.lost:
            models = getattr(found.model, ATTRIBUTES.get(section, section))
            assert len(models) + sum(path[0] == section for path in found.faulty) == len(spoiled[section] or [])
    assert found.lost - {*LISTS} <= {path[0] for path in told}
    assert bool(found.problems) == bool(found.faulty or found.lost or {"apiVersion", "kind"} & {p[0] for p in told})


MAPS = [
    ("metadata", "labels"),
    ("clusters", 0, "labels"),
    ("users", 1, "auth-provider", "config"),
    ("generate", 0, "exclude", 0),
    ("environments", 0, "variables"),
    ("environments", 0, "select", "matchLabels"),
]


@pytest.mark.parametrize("path", MAPS, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_value_is_told_at_its_key(path):
    wrong = {}
    for key in HOSTILE:
        spoiled = json.loads(json.dumps(SPEC))
        at(spoiled, path)[key] = 1.5

        problems = shape(spoiled).problems

        said = [(problem.rule, problem.message) for problem in problems]
        if said != [("KCFG003", "expected a string, got a number")] or not problems[0].path.endswith(key):
            wrong[key] = problems
    assert wrong == {}
