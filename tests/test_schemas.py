"""The published schemas: up to date, of one mind with the models, and readable in an editor."""

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import EXAMPLES, ROOT

from kcfg.spec.make_schema import make_spec_schema
from kcfg.spec.make_shapes import make_shapes
from kcfg.spec.models import spec_schema
from kcfg.spec.parse import parse_shape
from kcfg.spec.schema import FILES, read_schema
from kcfg.yaml.parse import parse_yaml, parse_yaml_documents

jsonschema_rs = pytest.importorskip("jsonschema_rs")
NEGATIVE = sorted((ROOT / "tests/specs/negative").glob("*.yaml"))
SPECS = [path for path in sorted(EXAMPLES.rglob("*.yaml")) if "kind: KubeconfigSpec" in path.read_text()]
# What a schema of one document can know; every other rule needs the text, other entries or other files.
KNOWN = {"KCFG002", "KCFG003", "KCFG004", "KCFG005", "KCFG008", "KCFG201"}
EXCEPTIONS = {
    "metadata-missing": "KCFG004: only the root file needs metadata.name; a schema does not know which file that is",
    "empty": "KCFG003: no document, so nothing to check",
    "only-comments": "KCFG003: no document, so nothing to check",
    "reference-not-split": "KCFG202: a schema knows the form of a reference, though not whether its store exists",
    "reference-without-key": "KCFG202: as above",
    "reference-empty-property": "KCFG202: as above",
    "environment-patch-breaks-the-entry": "KCFG002: a patch is judged together with the entry that it changes",
    "environment-patch-removes-what-is-needed": "KCFG004: as above",
}


@pytest.fixture(scope="module", params=["jsonschema", "jsonschema-rs"])
def is_valid(request):
    library = jsonschema if request.param == "jsonschema" else jsonschema_rs
    return library.Draft202012Validator(json.loads(read_schema("spec"))).is_valid


def documents(path: Path):
    return parse_yaml_documents(path.read_bytes(), path.name)


def rules(path: Path) -> set[str]:
    return {line.split()[1] for line in path.with_suffix(".expected").read_text().splitlines()[1:]}


def test_the_committed_schema_is_what_the_models_make():
    assert json.loads((ROOT / "schemas" / FILES["spec"]).read_text()) == make_spec_schema()


def test_the_committed_shapes_are_what_the_models_make():
    assert (ROOT / "kcfg/spec/shapes.py").read_text() == make_shapes()


def test_a_field_without_a_description_makes_no_schema(monkeypatch):
    """It made one that no judge takes: every command that read a spec ended with a bug."""
    schema = spec_schema()
    schema["$defs"]["Cluster"]["properties"]["ownTeam"] = {"type": "string"}
    monkeypatch.setattr("kcfg.spec.models.spec_schema", lambda: schema)

    with pytest.raises(ValueError, match="'ownTeam' says nothing of itself"):
        make_spec_schema()
    assert (ROOT / "schemas" / FILES["spec"]).read_text().endswith("}\n")


@pytest.mark.parametrize("which", FILES)
def test_both_are_draft_2020_12(which):
    schema = json.loads(read_schema(which))

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].startswith("urn:kcfg:schema:")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_example_is_valid_for_models_and_schema(path, is_valid):
    assert [(parse_shape(each)[1], is_valid(each.value)) for each in documents(path)] == [([], True)]


# KCFG001 is not YAML: neither of them sees it.
@pytest.mark.parametrize(
    "path", [each for each in NEGATIVE if "KCFG001" not in rules(each)], ids=lambda path: path.stem
)
def test_schema_and_models_refuse_the_same(path, is_valid):
    refused = [not is_valid(each.value) for each in documents(path)]
    shapes = {problem.rule for each in documents(path) for problem in parse_shape(each)[1]} - {"KCFG006"}

    assert any(refused) or not shapes
    assert any(refused) == (bool(rules(path) & KNOWN) != (path.stem in EXCEPTIONS))


def test_no_exception_is_forgotten():
    assert set(EXCEPTIONS) <= {path.stem for path in NEGATIVE}


@pytest.mark.parametrize("output", ["yaml", "json"])
@pytest.mark.parametrize(
    ("example", "credentials"),
    [("tutorial", "omit"), ("fleet", "exec"), ("fleet", "omit")],  # the tutorial's password has no exec form
)
def test_what_is_rendered_is_a_kubeconfig(example, credentials, output, kcfg, tutorial):
    folder = tutorial if example == "tutorial" else EXAMPLES / example
    done = kcfg("render", "-f", folder, "--credentials", credentials, "-o", output)
    value = json.loads(done.stdout) if output == "json" else parse_yaml(done.stdout.encode(), "out").value

    assert value["contexts"]
    for library in (jsonschema, jsonschema_rs):
        assert library.Draft202012Validator(json.loads(read_schema("kubeconfig"))).is_valid(value)


def walk(node, path=""):
    """Every schema inside a schema, with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, item in node.items():
            yield from walk(item, f"{path}/{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from walk(item, f"{path}/{index}")


@pytest.mark.parametrize("which", FILES)
def test_an_editor_can_explain_every_field(which):
    fields = {
        f"{path}/{name}": field
        for path, node in walk(json.loads(read_schema(which)))
        if isinstance(node.get("properties"), dict) and not path.endswith("/if")
        for name, field in node["properties"].items()
    }

    assert len(fields) > 30
    assert [path for path, field in fields.items() if not field.get("description")] == []


@pytest.mark.parametrize("which", FILES)
def test_no_union_leaves_the_editor_guessing(which):
    nodes = list(walk(json.loads(read_schema(which))))

    assert len(nodes) > 30
    assert [path for path, node in nodes if {"anyOf", "oneOf"} & set(node)] == []


def test_pasted_entries_are_accepted_and_their_mistakes_found():
    pasted = {
        "apiVersion": "kcfg/v1",
        "kind": "KubeconfigSpec",
        "metadata": {"name": "acme"},
        "clusters": [{"name": "a", "cluster": {"server": "https://a.example.com"}, "labels": {"env": "dev"}}],
        "users": [{"name": "u", "user": {"tokenFile": "token"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "u"}, "protected": True}],
    }
    validator = jsonschema.Draft202012Validator(json.loads(read_schema("spec")))
    assert list(validator.iter_errors(pasted)) == []

    pasted["clusters"][0]["cluster"]["serverr"] = "x"
    assert [error.json_path for error in validator.iter_errors(pasted)] == ["$.clusters[0].cluster"]


def test_what_kcfg_takes_no_editor_refuses(is_valid):
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws", "interactiveMode": "Never"}
    spec = {
        "apiVersion": "kcfg/v1",
        "kind": "KubeconfigSpec",
        "lint": {"KCFG501": False},  # a bare `off`
        "users": [
            {"name": "a", "exec": {**plugin, "env": [{"name": "AWS_PROFILE", "value": "dev"}]}},
            {"name": "b", "auth-provider": {"name": "oidc", "config": {"client-id": "kubernetes"}}},
        ],
    }

    assert is_valid(spec)
    assert not is_valid({**spec, "users": [{"name": "a", "token": "plain"}]})
