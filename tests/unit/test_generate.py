"""Matrices: what they make, and what is wrong with them."""

import pytest

from kcfg.spec.check import check_spec
from kcfg.spec.load import read_spec

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: t}\nusers: [{name: u}]\n"


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(generate, more=""):
        (tmp_path / "kcfg.yaml").write_text(HEAD + more + f"generate:\n{generate}")
        spec, problems = read_spec("kcfg.yaml")
        return spec, [f"{each.location} {each.rule} {each.message}" for each in problems]

    return run


CLUSTER = 'cluster: {name: "{tier}-{i}", server: "https://{tier}-{i}.example.com", labels: {env: "{tier}"}}'


def test_the_product_without_exclude_and_with_include(read):
    spec, problems = read(
        f"- forEach: {{tier: [dev, prod], i: [1, 2]}}\n  exclude: [{{tier: prod}}]\n"
        f"  include: [{{tier: ops, i: 0}}]\n  {CLUSTER}\n  context: {{name: '{{tier}}{{i}}', user: u}}\n"
    )

    assert problems == []
    assert list(spec.clusters) == ["dev-1", "dev-2", "ops-0"]
    assert spec.contexts["ops0"].entry.cluster == "ops-0"
    assert spec.clusters["dev-2"].entry.labels == {"env": "dev"}
    assert check_spec(spec, lambda _: b"") == []


def test_braces_and_variables_pass(read):
    spec, _ = read("- forEach: {i: [1]}\n  user: {name: 'u{i}', as: '{{i}}-${region}-$${x}-{i}'}\n")

    assert spec.users["u1"].entry.impersonate == "{i}-${region}-$${x}-1"


def test_references_are_made_too(read):
    spec, _ = read(
        "- forEach: {i: [a]}\n  user: {name: '{i}', client-certificate: '{i}.crt',"
        " client-key-data: {secretRef: {key: '{i}/key'}}}\n"
    )

    assert spec.users["a"].entry.client_key_data.secret_ref.key == "a/key"


@pytest.mark.parametrize(
    ("generate", "told"),
    [
        (f"- forEach: {{tier: [a, a], i: [1]}}\n  {CLUSTER}\n", "7:19 KCFG101 cluster 'a-1' is generated"),
        (f"- forEach: {{tier: [a], m: [1]}}\n  {CLUSTER}\n", "7:19 KCFG115 the matrix has no 'i'"),
        ("- forEach: {i: [1]}\n", "6:3 KCFG115 generates nothing"),
        ("- forEach: {i: [1]}\n  exclude: [{i: 2}]\n  user: {name: '{i}'}\n", "7:13 KCFG115 matches no combination"),
        ("- forEach: {i: [1]}\n  user: {name: 'a}'}\n", "7:16 KCFG115 a single '}'"),
        ("- forEach: {i: [1]}\n  context: {name: c}\n", "7:12 KCFG004 required field 'cluster' is missing"),
        ("- forEach: {i: ['']}\n  user: {name: '{i}'}\n", "7:16 KCFG005 must not be empty"),
        ("- forEach: {i: [1]}\n  user: {name: u}\n", "7:16 KCFG101 user 'u' is generated, though it exists already"),
    ],
)
def test_faults_stand_at_the_template(read, generate, told):
    _, problems = read(generate)

    assert [problem for problem in problems if told in problem], problems
    assert len({problem.split(" ", 1)[1] for problem in problems}) == 1


def test_a_matrix_that_explodes_is_refused(read):
    many = "[" + ",".join(map(str, range(400))) + "]"
    _, problems = read(f"- forEach: {{a: {many}, b: {many}, c: {many}}}\n  user: {{name: '{{a}}'}}\n")

    assert "64000000 combinations" in problems[0]
