"""Specs of several files: the including file overrides, siblings must not clash, cycles and gaps are told."""

import os

import pytest

from kcfg.errors import SpecError
from kcfg.spec.find import find_root
from kcfg.spec.load import read_spec

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
ROOT = HEAD + "metadata: {name: team}\n"


def cluster(name, host):
    return f"clusters: [{{name: {name}, server: 'https://{host}.example.com'}}]\n"


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Write files and read the spec of kcfg.yaml: read({"kcfg.yaml": text, …}) → (spec, problems)."""
    monkeypatch.chdir(tmp_path)

    def run(files, root="kcfg.yaml"):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return read_spec(root)

    return run


def servers(spec):
    return {name: declared.entry.server.split("//")[1].split(".")[0] for name, declared in spec.clusters.items()}


def told(problems):
    return [f"{problem.location} {problem.rule} {problem.message}" for problem in problems]


def test_everything_included_is_there(read):
    spec, problems = read(
        {
            "kcfg.yaml": ROOT + "include: [more/*.yaml, users.yaml]\n" + cluster("own", "own"),
            "more/b.yaml": HEAD + cluster("b", "b"),
            "more/a.yaml": HEAD + cluster("a", "a"),
            "more/not.json": "{",
            "users.yaml": HEAD + "users: [{name: u}]\n",
        }
    )

    assert problems == []
    assert servers(spec) == {"own": "own", "a": "a", "b": "b"}
    assert list(spec.users) == ["u"]


@pytest.mark.parametrize(
    "section",
    [
        "clusters: [{{name: x, server: 'https://{0}.example.com'}}]",
        "users: [{{name: x, as: '{0}'}}]",
        "contexts: [{{name: x, cluster: '{0}'}}]",
        "secretStores: [{{name: x, provider: env, env: {{prefix: '{0}'}}}}]",
    ],
)
def test_including_file_overrides_the_whole_entry(read, section):
    spec, problems = read(
        {
            "kcfg.yaml": ROOT + "include: [a.yaml]\n" + section.format("upper"),
            "a.yaml": HEAD + "include: [b.yaml]\n" + section.format("middle"),
            "b.yaml": HEAD + section.format("lower"),
        }
    )
    entries = {**spec.clusters, **spec.users, **spec.contexts, **spec.secret_stores}

    assert problems == []
    assert list(entries) == ["x"]
    assert "upper" in str(entries["x"].entry)
    assert entries["x"].source.file == "kcfg.yaml"


def test_override_does_not_mix_fields(read):
    spec, _ = read(
        {
            "kcfg.yaml": ROOT + "include: [a.yaml]\nusers: [{name: u, as: upper}]\n",
            "a.yaml": HEAD + "users: [{name: u, as-groups: [lower], as: lower}]\n",
        }
    )

    assert spec.users["u"].entry.impersonate_groups is None


def test_siblings_that_clash_are_told_with_both_places(read):
    _, problems = read(
        {
            "kcfg.yaml": ROOT + "include: [a.yaml, b.yaml]\n",
            "a.yaml": HEAD + cluster("x", "a"),
            "b.yaml": HEAD + "\n" + cluster("x", "b"),
        }
    )

    assert told(problems) == ["b.yaml:4:19 KCFG101 cluster 'x' is declared twice"]
    assert "a.yaml:3:19" in problems[0].hint


def test_clash_below_an_override_is_still_told(read):
    _, problems = read(
        {
            "kcfg.yaml": ROOT + "include: [a.yaml, b.yaml]\n" + cluster("x", "own"),
            "a.yaml": HEAD + cluster("x", "a"),
            "b.yaml": HEAD + cluster("x", "b"),
        }
    )

    assert [problem.rule for problem in problems] == ["KCFG101"]


@pytest.mark.parametrize(
    "include", ["[a.yaml, a.yaml]", "['*.y*ml', a.yaml]", "[a.yaml, ./a.yaml, link.yaml]", "[b.yaml, a.yaml]"]
)
def test_file_included_twice_is_no_clash(read, tmp_path, include):
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    files = {"a.yaml": HEAD + cluster("x", "a"), "b.yaml": HEAD + "include: [a.yaml]\n"}
    spec, problems = read({**files, "main": ROOT + f"include: {include}\n"}, "main")

    assert told(problems) == []
    assert servers(spec) == {"x": "a"}


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"kcfg.yaml": ROOT + "include: [kcfg.yaml]\n"}, "kcfg.yaml:4:11"),
        ({"kcfg.yaml": ROOT + "include: ['*.yaml']\n"}, "kcfg.yaml:4:11"),
        ({"kcfg.yaml": ROOT + "include: [.]\n"}, "kcfg.yaml:4:11"),
        ({"kcfg.yaml": ROOT + "include: [a.yaml]\n", "a.yaml": HEAD + "include: [kcfg.yaml]\n"}, "a.yaml:3:11"),
        (
            {
                "kcfg.yaml": ROOT + "include: [a.yaml]\n",
                "a.yaml": HEAD + "include: [d/b.yaml]\n",
                "d/b.yaml": HEAD + "include:\n- ../a.yaml\n",
            },
            "d/b.yaml:4:3",
        ),
    ],
    ids=["itself", "glob", "folder", "two", "below"],
)
def test_cycle_is_told_where_it_closes(read, files, place):
    _, problems = read(files)

    assert told(problems) == [f"{place} KCFG007 this include leads back to a file that includes it"]


def test_folder_means_its_spec(read):
    spec, problems = read(
        {
            "kcfg.yaml": ROOT + "include: [teams/*, one]\n",
            "teams/a/kcfg.yaml": HEAD + cluster("a", "a"),
            "teams/b/kcfg.json": '{"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec"}',
            "one/kcfg.yml": HEAD + cluster("one", "one"),
            "one/other.yaml": HEAD + cluster("other", "other"),
        }
    )

    assert told(problems) == []
    assert servers(spec) == {"a": "a", "one": "one"}


@pytest.mark.parametrize(
    ("include", "says"),
    [
        ("nope.yaml", "include 'nope.yaml' matches no file"),
        ("nope/*.yaml", "include 'nope/*.yaml' matches no file"),
        ("empty", "the folder has no kcfg.yaml"),
    ],
)
def test_include_that_finds_nothing_is_told(read, tmp_path, include, says):
    (tmp_path / "empty").mkdir()
    _, problems = read({"kcfg.yaml": ROOT + f"include:\n- {include}\n"})

    assert told(problems) == [f"kcfg.yaml:5:3 KCFG007 {says}"]
    assert problems[0].hint


@pytest.mark.parametrize("path", ["local.yaml", "local/*.yaml", "./local.yaml", "nope/../local.yaml"])
def test_an_optional_include_may_find_nothing(read, path):
    """`{path: …, optional: true}`: a file of this machine alone, which git ignores."""
    files = {"kcfg.yaml": ROOT + f"include:\n- {{path: '{path}', optional: true}}\n" + cluster("a", "a")}

    assert told(read(files)[1]) == []
    name = path.replace("*", "x").rpartition("../")[2]
    spec, problems = read(files | {name: HEAD + cluster("b", "b")})
    assert (servers(spec), told(problems)) == ({"a": "a", "b": "b"}, [])
    assert "KCFG001" in told(read({name: "a: ]"})[1])[0]


@pytest.mark.parametrize(
    ("include", "rule"),
    [("{path: nope.yaml}", "KCFG007"), ("{path: nope.yaml, optional: false}", "KCFG007"),
     ("{optional: true}", "KCFG004"), ("{path: a, optional: 'yes'}", "KCFG003"),
     ("{path: a, optionl: true}", "KCFG002"), ("{path: [a]}", "KCFG003")],
)  # fmt: skip
def test_an_include_that_is_wrong_is_told(read, include, rule):
    _, problems = read({"kcfg.yaml": ROOT + f"include: [{include}]\n"})

    assert rule in [problem.rule for problem in problems]


def test_a_glob_passes_over_the_tests_of_a_spec(read):
    test = "apiVersion: kcfg/v1\nkind: SpecTest\ncases: [{context: a, expect: {cluster: a}}]\n"
    files = {
        "kcfg.yaml": ROOT + "include: ['more/*.yaml']\n",
        "more/a.yaml": HEAD + cluster("a", "a"),
        "more/a.test.yaml": test,
        "more/eu.test.yaml": HEAD + cluster("eu", "eu"),  # a spec's file, whatever its name
    }
    spec, problems = read(files)

    assert (servers(spec), told(problems)) == ({"a": "a", "eu": "eu"}, [])
    _, problems = read({"kcfg.yaml": ROOT + "include: [more/a.test.yaml]\n"})
    assert "KCFG008" in [problem.rule for problem in problems]


def test_paths_of_an_entry_start_at_the_file_that_names_it(read, kcfg, tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/token").write_text("planted")
    read(
        {
            "kcfg.yaml": ROOT + "include: [deep/users.yaml]\n",
            "deep/users.yaml": HEAD + "users: [{name: u, tokenFile: ../keys/token}]\n",
        }
    )
    done = kcfg("render", "--out", "out")

    assert done.returncode == 0, done.stderr
    assert "tokenFile: keys/token\n" in (tmp_path / "out").read_text()


def test_problems_of_all_files_are_told_at_once_in_their_places(read):
    _, problems = read(
        {
            "kcfg.yaml": ROOT + "include: [a.yaml, b.yaml]\nclutsers: []\n",
            "a.yaml": HEAD + "users: [{name: u, tokn: x}]\n",
            "b.yaml": HEAD + "users: [\n",
        }
    )

    assert [(problem.location.file, problem.rule) for problem in problems] == [
        ("kcfg.yaml", "KCFG002"),
        ("a.yaml", "KCFG002"),
        ("b.yaml", "KCFG001"),
    ]


def test_several_documents_of_a_file_are_siblings(read):
    spec, problems = read({"kcfg.yaml": ROOT + cluster("a", "a") + "---\n" + HEAD + cluster("b", "b")})
    _, clash = read({"clash": ROOT + cluster("a", "a") + "---\n" + HEAD + cluster("a", "b")}, "clash")

    assert problems == []
    assert servers(spec) == {"a": "a", "b": "b"}
    assert [problem.rule for problem in clash] == ["KCFG101"]


@pytest.mark.parametrize(
    ("own", "first", "second", "current"),
    [("own", "one", "two", "own"), ("", "one", "two", "one"), ("", "", "two", "two"), ("", "", "", None)],
)
def test_current_context_is_the_nearest(read, own, first, second, current):
    def line(name):
        return f"current-context: {name}\n" if name else ""

    spec, _ = read(
        {
            "kcfg.yaml": ROOT + "include: [a.yaml, b.yaml]\n" + line(own),
            "a.yaml": HEAD + line(first),
            "b.yaml": HEAD + line(second),
        }
    )

    assert (spec.current_context and spec.current_context[0]) == current


def test_only_the_root_needs_a_name(read):
    _, problems = read({"kcfg.yaml": HEAD + "include: [a.yaml]\n", "a.yaml": ROOT})

    assert told(problems) == ["kcfg.yaml:1:1 KCFG004 the root file needs metadata.name"]


@pytest.mark.parametrize("written", ["a.yaml", "{a: b}", "3", "[1, [a.yaml], {a: b}]"])
def test_include_of_a_wrong_type_is_a_problem_of_its_own(read, written):
    _, problems = read({"kcfg.yaml": ROOT + f"include: {written}\n"})

    assert {problem.path.partition("[")[0] for problem in problems} == {"include"}


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_a_strangers_spec_in_a_folder_above_is_refused(tmp_path, monkeypatch):
    (tmp_path / "kcfg.yaml").write_text(ROOT)
    os.chown(tmp_path / "kcfg.yaml", 4242, 4242)
    (tmp_path / "mine").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 1717)

    with pytest.raises(SpecError, match="belongs to another user"):
        find_root(None, str(tmp_path / "mine"))
    assert find_root(str(tmp_path / "kcfg.yaml"), ".")
