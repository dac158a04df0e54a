"""Matrices: what they make, and what is wrong with them."""

from itertools import product
from random import Random
from types import SimpleNamespace

import pytest
import yaml

from kcfg.spec.check import check_spec
from kcfg.spec.generate import combinations
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


OBJECTS = (
    "- forEach:\n  - {name: eu-1, server: 'https://eu-1.example.com', shard: 1}\n"
    "  - {name: us-1, server: 'https://10.0.0.1:6443', shard: 2}\n"
)
MEMBER = "  cluster: {name: '{name}', server: '{server}', labels: {shard: '{shard}'}}\n"


def test_each_object_of_a_list_is_a_combination(read):
    spec, problems = read(OBJECTS + MEMBER + "  context: {name: '{name}', user: u}\n")

    assert problems == []
    assert [each.entry.server for each in spec.clusters.values()] == [
        "https://eu-1.example.com",
        "https://10.0.0.1:6443",
    ]
    assert spec.clusters["us-1"].entry.labels == {"shard": "2"}
    assert spec.contexts["us-1"].entry.cluster == "us-1"


def test_objects_are_left_out_and_added(read):
    spec, problems = read(
        OBJECTS + "  exclude: [{shard: 2}]\n  include: [{name: ap-1, server: 'https://ap-1', shard: 3}]\n" + MEMBER
    )

    assert problems == []
    assert list(spec.clusters) == ["eu-1", "ap-1"]


def made(matrix, template):
    value = yaml.safe_load(matrix)
    told = []
    found = combinations(
        SimpleNamespace(for_each=value["forEach"], exclude=value.get("exclude", []), include=value.get("include", [])),
        lambda path, message, _: told.append((path, message)),
    )
    assert told == []
    return [template.format_map({**dict.fromkeys("abcde", "-"), **each.values}) for each in found]


@pytest.mark.parametrize(
    ("matrix", "names"),
    [
        # The example of GitHub's page "Running variations of jobs in a workflow", and its six combinations.
        (
            "{forEach: {a: [apple, pear], b: [cat, dog]}, include: [{c: green}, {c: pink, b: cat},"
            " {a: apple, d: circle}, {a: banana}, {a: banana, b: cat}]}",
            ["apple cat pink circle", "apple dog green circle", "pear cat pink -", "pear dog green -",
             "banana - - -", "banana cat - -"],
        ),
        # A combination that is left out gets nothing.
        ("{forEach: {a: [x, y]}, exclude: [{a: x}], include: [{a: x, c: 1}]}", ["y - - -", "x - 1 -"]),
        # Integers are their texts.
        ("{forEach: {a: [1]}, include: [{a: '1', c: 2}]}", ["1 - 2 -"]),
        # Objects: what one says itself is not replaced, what it lacks is added.
        ("{forEach: [{a: x, c: 1}, {a: y}], include: [{a: y, c: 2}]}", ["x - 1 -", "y - 2 -"]),
        ("{forEach: [{a: x, b: k}, {a: y, b: l}], include: [{d: same}, {b: l, c: 9}]}", ["x k - same", "y l 9 same"]),
        ("{forEach: [{a: x, c: 1}], include: [{a: x, c: 2}]}", ["x - 1 -", "x - 2 -"]),
    ],
)  # fmt: skip
def test_include_adds_to_what_it_does_not_contradict(matrix, names):
    assert made(matrix, "{a} {b} {c} {d}") == names


@pytest.mark.parametrize(
    ("generate", "told"),
    [
        ("- forEach: []\n  user: {name: x}\n", "6:12 KCFG005 must not be empty"),
        ("- forEach: [{}]\n  user: {name: x}\n", "6:13 KCFG005 must not be empty"),
        ("- forEach: [a]\n  user: {name: x}\n", "6:13 KCFG003 expected a mapping, got a string"),
        ("- forEach: [{i: yes}]\n  user: {name: '{i}'}\n", "6:17 KCFG003 expected a string, got a boolean"),
        ("- forEach: [{i: 1.0}]\n  user: {name: '{i}'}\n", "6:17 KCFG115 expected a string, got a number with a point"),
        ("- forEach: [{i: 010}]\n  user: {name: '{i}'}\n", "6:17 KCFG003 010 is read as 8"),
        ("- forEach: [{i: 1}, {j: 2}]\n  user: {name: 'u{i}'}\n", "6:21 KCFG115 a combination has no 'i': {j: 2}"),
        (
            "- forEach: {i: [a, b]}\n  include: [{i: a, at: x}]\n  user: {name: '{i}', as: '{at}'}\n",
            "6:12 KCFG115 a combination has no 'at': {i: b}",
        ),
        (
            "- forEach: {i: [a, b]}\n  include: [{i: a}]\n  user: {name: '{i}'}\n",
            "7:13 KCFG115 adds nothing to the combinations that it matches",
        ),
        (
            "- forEach: [{i: a}]\n  include: [{k: x}, {i: a, k: x}]\n  user: {name: '{i}{k}'}\n",
            "7:21 KCFG115 adds nothing to the combinations that it matches",
        ),
        ("- forEach: [{i: a}]\n  exclude: [{i: a}]\n  user: {name: '{i}'}\n", "7:12 KCFG115 leaves nothing"),
        ("- forEach: [{i: a}, {i: a}]\n  user: {name: '{i}'}\n", "7:16 KCFG101 user 'a' is generated"),
    ],
)
def test_faults_of_objects_and_includes(read, generate, told):
    _, problems = read(generate)

    assert [problem for problem in problems if told in problem], problems


def test_many_includes_are_work_for_each_and_a_product_of_them_is_refused(read):
    items = ",".join(f"{{i: {number}}}" for number in range(3000))
    more = ",".join(f"{{i: {number}, k: {number % 7}}}" for number in range(3000))
    spec, problems = read(f"- forEach: [{items}]\n  include: [{more}]\n  user: {{name: 'u{{i}}', as: '{{k}}'}}\n")
    assert problems == []
    assert spec.users["u8"].entry.impersonate == "1"

    every = ",".join(f"{{k: {number}}}" for number in range(3000))
    _, problems = read(f"- forEach: [{items}]\n  include: [{every}]\n  user: {{name: 'u{{i}}'}}\n")
    assert "adds to too many combinations" in problems[0]


def before(value):
    """Return the combinations as they were when `include` only made new ones."""
    axes = {name: [str(each) for each in values] for name, values in value["forEach"].items()}
    found = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    kept = [each for each in found if not any(pattern.items() <= each.items() for pattern in value["exclude"])]
    return kept + value["include"]


def test_a_matrix_that_was_valid_before_means_what_it_meant():
    """Valid: each combination has all names of the template, and no two make the same text."""
    random = Random(30)
    compared = 0
    for _ in range(60_000):
        value = {
            "forEach": {name: random.sample("xyz", random.choice([1, 1, 2])) for name in random.sample("abc", 2)},
            "exclude": [one(random) for _ in range(random.choice([0, 1, 2]))],
            "include": [one(random) for _ in range(random.choice([1, 2, 3]))],
        }
        template = " ".join(f"{{{name}}}" for name in random.sample("abcd", random.choice([1, 2])))
        try:
            names = [template.format_map(each) for each in before(value)]
        except KeyError:
            continue
        if names and len({*names}) == len(names):
            got = combinations(SimpleNamespace(for_each=value["forEach"], **value), lambda *_: None)
            assert [template.format_map(each.values) for each in got] == names, value
            compared += 1
    assert compared > 1000


def test_a_text_that_was_not_a_name_of_the_matrix_stays(read):
    spec, problems = read(
        "- forEach: [{i: a, k: b}, {i: c}]\n  user: {name: '{i}', as: x, as-user-extra: {'{k}': ['{i}']}}\n"
    )

    assert problems == []
    assert spec.users["c"].entry.impersonate_extra == {"{k}": ["c"]}


def one(random):
    return {name: random.choice("xyz") for name in random.sample("abcd", random.choice([1, 2, 3]))}


def test_explain_says_both_forms(kcfg):
    done = kcfg("explain", "generate.forEach")

    assert "FIELD: forEach <map[string][]string|integer|[]map[string]string|integer>" in done.stdout
    assert '[{"name": "eu-1", "server": "https://eu-1.example.com"}]' in done.stdout
