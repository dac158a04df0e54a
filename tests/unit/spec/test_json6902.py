"""JSON patches: RFC 6902's own examples, what cannot be done, and how environments say them."""

import json
from copy import deepcopy

import pytest

from kcfg.spec.json6902 import MAX_COPIED, OperationError, apply

# RFC 6902, appendix A, by its numbers; A.13 (a duplicate key) is the YAML reader's business.
RFC = {
    "A.1": ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
    "A.2": ({"foo": [1, 2]}, [{"op": "add", "path": "/foo/1", "value": 3}], {"foo": [1, 3, 2]}),
    "A.3": ({"baz": 1, "foo": 2}, [{"op": "remove", "path": "/baz"}], {"foo": 2}),
    "A.4": ({"foo": [1, 2, 3]}, [{"op": "remove", "path": "/foo/1"}], {"foo": [1, 3]}),
    "A.5": ({"baz": 1, "foo": 2}, [{"op": "replace", "path": "/baz", "value": 3}], {"baz": 3, "foo": 2}),
    "A.6": (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    "A.7": (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    "A.8": (
        {"baz": "qux", "foo": ["a", 2, "c"]},
        [{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}],
        {"baz": "qux", "foo": ["a", 2, "c"]},
    ),
    "A.9": ({"baz": "qux"}, [{"op": "test", "path": "/baz", "value": "bar"}], "value"),
    "A.10": ({"foo": 1}, [{"op": "add", "path": "/child", "value": {"a": {}}}], {"foo": 1, "child": {"a": {}}}),
    "A.12": ({"foo": "bar"}, [{"op": "add", "path": "/baz/bat", "value": "qux"}], "path"),
    "A.14": ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    "A.15": ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": "10"}], "value"),
    "A.16": ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
    "copy": ({"a": [1], "b": {}}, [{"op": "copy", "from": "/a", "path": "/b/c"}], {"a": [1], "b": {"c": [1]}}),
    "onto itself": ({"a": 1}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": 1}),
    "into itself": ({"a": {"b": 1}}, [{"op": "move", "from": "/a", "path": "/a/c"}], "path"),
    "remove nothing": ({"a": 1}, [{"op": "remove", "path": "/b"}], "path"),
    "replace nothing": ({"a": 1}, [{"op": "replace", "path": "/b", "value": 1}], "path"),
    "after the end": ({"a": [1]}, [{"op": "add", "path": "/a/2", "value": 1}], "path"),
    "leading zero": ({"a": [1, 2]}, [{"op": "replace", "path": "/a/01", "value": 1}], "path"),
    "no index": ({"a": [1, 2]}, [{"op": "replace", "path": "/a/-", "value": 1}], "path"),
    "another digit": ({"a": [1, 2]}, [{"op": "replace", "path": "/a/١", "value": 1}], "path"),
    "below a text": ({"a": "b"}, [{"op": "add", "path": "/a/0", "value": 1}], "path"),
    "copy of nothing": ({"a": "b"}, [{"op": "copy", "from": "/c", "path": "/d"}], "from"),
    "true is not 1": ({"a": [1]}, [{"op": "test", "path": "/a", "value": [True]}], "value"),
    "1.0 is 1": ({"a": {"b": 1}}, [{"op": "test", "path": "/a", "value": {"b": 1.0}}], {"a": {"b": 1}}),
}


@pytest.mark.parametrize("name", RFC)
def test_operations(name):
    body, operations, wanted = deepcopy(RFC[name])
    if isinstance(wanted, str):
        with pytest.raises(OperationError) as caught:
            apply(body, operations, lambda _: [])
        assert caught.value.field == wanted
        assert caught.value.hint
    else:
        assert apply(body, operations, lambda _: [])[0] == wanted
    assert body == RFC[name][0]


def test_a_copy_does_not_share_and_many_copies_end():
    body = {"a": {"b": []}}
    value, _ = apply(
        body, [{"op": "copy", "from": "/a", "path": "/c"}, {"op": "add", "path": "/c/b/-", "value": 1}], lambda _: []
    )
    assert value == {"a": {"b": []}, "c": {"b": [1]}}

    bomb = [{"op": "copy", "from": "/a", "path": f"/a/x{number}"} for number in range(60)]
    with pytest.raises(OperationError, match="copy too much") as caught:
        apply(body, bomb, lambda _: [])
    assert 2 ** (caught.value.index - 1) < MAX_COPIED


BASE = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: t}
variables: {group: {default: auditors}}
clusters:
- {name: a, server: "https://a.example.com", labels: {env: prod, example.com/team: x}}
users:
- {name: u, as: admin, as-uid: "7", as-groups: [dev, ops]}
- name: v
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: get
    interactiveMode: Never
    args: [--one]
    env: [{name: A, value: a}, {name: B, value: b}]
contexts:
- {name: a, cluster: a, user: u}
- {name: b, cluster: a, user: v}
environments:
- name: e
  patches:
"""


def patch(kind, name, *operations):
    lines = [f"  - target: {{kind: {kind}, name: {name}}}", "    json6902:", *(f"    - {each}" for each in operations)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def entry(kcfg, tmp_path):
    def run(section, name, patches):
        (tmp_path / "kcfg.yaml").write_text(BASE + patches)
        done = kcfg("render", "-e", "e", "-o", "json")
        assert done.returncode == 0, done.stderr
        (found,) = (each for each in json.loads(done.stdout)[section] if each["name"] == name)
        return found[section.removesuffix("s")]

    return run


@pytest.fixture
def said(kcfg, tmp_path):
    def run(patches):
        (tmp_path / "kcfg.yaml").write_text(BASE + patches)
        done = kcfg("validate", "-o", "json")
        assert done.returncode == 1, done.stdout
        found = [each for each in json.loads(done.stdout)["problems"] if each["level"] == "error"]
        return [f"{p['line']}:{p['column']} {p['rule']} {p['path'].removeprefix('environments[0].')}: {p['message']}"
                for p in found]  # fmt: skip

    return run


def test_a_list_grows_by_an_item(entry):
    user = entry(
        "users", "u", patch("User", "u", "{op: add, path: /as-groups/-, value: '${group}'}",
                            "{op: add, path: /as-groups/0, value: first}", "{op: remove, path: /as-groups/1}")
    )  # fmt: skip

    assert user["as-groups"] == ["first", "ops", "auditors"]


def test_the_other_operations(entry):
    env = patch("User", "v", "{op: test, path: /exec/env/1/name, value: B}", "{op: replace, path: /exec/env/1/value, "
                "value: c}", "{op: move, from: /exec/env/0, path: /exec/env/-}")  # fmt: skip
    assert entry("users", "v", env)["exec"]["env"] == [{"name": "B", "value": "c"}, {"name": "A", "value": "a"}]

    moved = patch("Cluster", "'*'", "{op: copy, from: /labels/env, path: /tls-server-name}",
                  "{op: remove, path: /labels/example.com~1team}")  # fmt: skip
    assert entry("clusters", "a", moved)["tls-server-name"] == "prod"


FAULTS = {
    "a field that is not set": (
        ("User", "v", "{op: add, path: §/as-groups/-, value: x}"),
        "KCFG114 patches[0].json6902[0].path: user 'v': /as-groups/- leads nowhere: there is no /as-groups",
    ),
    "a test": (
        ("User", "u", "{op: test, path: /as, value: §root}"),
        "KCFG114 patches[0].json6902[0].value: user 'u': /as has another value",
    ),
    "a misspelt field": (
        ("Cluster", "a", "{op: remove, path: §/sever}"),
        "KCFG114 patches[0].json6902[0].path: cluster 'a': /sever leads nowhere: there is no /sever",
    ),
    "an unknown field": (
        ("Cluster", "a", "{op: add, path: §/proxy_url, value: 'http://p'}"),
        "KCFG002 patches[0].json6902[0].path: unknown field 'proxy_url'",
    ),
    "a value of another type": (
        ("User", "u", "{op: add, path: /as-groups/-, value: §5}"),
        "KCFG003 patches[0].json6902[0].value: expected a string, got a number",
    ),
    "what an entry needs": (
        ("Cluster", "a", "{op: remove, path: §/server}"),
        "KCFG004 patches[0].json6902[0].path: required field 'server' is missing",
    ),
    "a rename": (
        ("Cluster", "a", "{op: replace, path: §/name, value: b}"),
        "KCFG114 patches[0].json6902[0].path: a patch cannot rename",
    ),
    "a rename by moving": (
        ("Cluster", "a", "{op: move, from: §/name, path: /tls-server-name}"),
        "KCFG114 patches[0].json6902[0].from: a patch cannot rename",
    ),
    "the whole entry": (
        ("Cluster", "a", "{op: add, path: §'', value: {}}"),
        "KCFG005 patches[0].json6902[0].path: is no JSON pointer to a field",
    ),
    "a dotted path": (
        ("Cluster", "a", "{op: add, path: §labels.env, value: x}"),
        "KCFG005 patches[0].json6902[0].path: is no JSON pointer to a field",
    ),
    "no value": (
        ("Cluster", "a", "§{op: add, path: /proxy-url}"),
        "KCFG004 patches[0].json6902[0]: required field 'value' is missing",
    ),
    "a value too many": (
        ("Cluster", "a", "{op: remove, path: /labels, value: §x}"),
        "KCFG005 patches[0].json6902[0].value: 'value' beside remove",
    ),
    "an unknown operation": (
        ("Cluster", "a", "{op: §append, path: /labels, value: x}"),
        "KCFG005 patches[0].json6902[0].op: expected one of 'add', 'remove', 'replace', 'move', 'copy' or 'test'",
    ),
    "an unknown word": (
        ("Cluster", "a", "{op: remove, path: /labels, §vlaue: x}"),
        "KCFG002 patches[0].json6902[0].vlaue: unknown field 'vlaue'",
    ),
    "a plain-text secret": (
        ("User", "u", "{op: add, path: /token, value: §plain}"),
        "KCFG201 patches[0].json6902[0].value: ",
    ),
    "a bad URL": (
        ("Cluster", "a", "{op: replace, path: /server, value: §'https://a b'}"),
        "KCFG104 patches[0].json6902[0].value: ",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_stands_at_the_operation(name, said):
    (kind, entry, operation), wanted = FAULTS[name]
    found = said(patch(kind, entry, operation.replace("§", "")))

    assert len(found) == 1, found
    assert found[0].startswith(f"24:{operation.index('§') + 7} {wanted}"), found


def test_exactly_one_of_the_two(said):
    target = "  - target: {kind: Cluster, name: a}\n"

    assert said(target) == ["22:5 KCFG004 patches[0]: this patch changes nothing"]
    both = f"{target}    merge: {{proxy-url: null}}\n    json6902: [{{op: remove, path: /labels}}]\n"
    assert said(both) == ["24:5 KCFG109 patches[0].json6902: set beside merge"]
    for empty in ("merge: {}", "json6902: []"):
        assert said(f"{target}    {empty}\n")[0].endswith(f"patches[0].{empty.partition(':')[0]}: must not be empty")


def test_nothing_of_a_patch_is_done_when_one_operation_cannot(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        BASE + patch("User", "u", "{op: remove, path: /as}", "{op: remove, path: /username}")
    )
    done = kcfg("render", "-e", "e")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "kcfg.yaml:25:26: error: environments[0].patches[0].json6902[1].path: user 'u'" in done.stderr


def test_blame_names_the_operation(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        BASE
        + patch("User", "v", "{op: replace, path: /exec/env/1/value, value: c}",
                "{op: add, path: /exec/args/-, value: x}")
        + patch("User", "u", "{op: remove, path: /as-uid}", "{op: add, path: /as-groups/0, value: x}")
        + patch("Cluster", "a", "{op: add, path: /labels/tier, value: t}",
                "{op: move, from: /labels/env, path: /labels/e}")
    )  # fmt: skip

    def rows(entry):
        done = kcfg("blame", entry, "-e", "e", "-o", "json")
        assert done.returncode == 0, done.stderr
        return {
            each["field"]: (each["value"], each["source"].partition(":")[2], each["by"])
            for each in json.loads(done.stdout)["fields"]
        }

    user, group = rows("users/v"), rows("users/u")
    assert user["exec.env[1].value"][1:] == ("24:53", "environment e, patch 1")
    assert user["exec.env[0].value"][1:] == ("15:28", "")
    assert user["exec.args"][1:] == ("25:23", "environment e, patch 1")
    assert group["as-uid"] == ("(deleted)", "28:26", "environment e, patch 2")
    assert group["as-groups"] == ("x,dev,ops", "29:23", "environment e, patch 2")
    cluster = rows("clusters/a")
    assert cluster["labels.tier"][:2] == ("t", "32:44")
    assert cluster["labels.e"][:2] == ("prod", "33:43")
    assert cluster["labels.env"][:2] == ("(deleted)", "33:24")
    assert cluster["server"][2] == ""


def test_a_path_belongs_to_the_file_that_wrote_the_operation(kcfg, tmp_path):
    (tmp_path / "team").mkdir()
    (tmp_path / "team/clusters.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nclusters: [{name: c, server: 'https://c.example.com'}]\n"
        "users: [{name: u, tokenFile: own}, {name: x, exec: {apiVersion: client.authentication.k8s.io/v1, "
        "command: get, interactiveMode: Never}}]\n"
    )
    (tmp_path / "token").write_text("t")
    (tmp_path / "team/own").write_text("t")
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: t}\ninclude: [team/clusters.yaml]\n"
        "contexts: [{name: c, cluster: c, user: u}, {name: d, cluster: c, user: x}]\nenvironments:\n- name: e\n"
        "  patches:\n  - target: {kind: User, name: u}\n"
        "    json6902: [{op: replace, path: /tokenFile, value: token}]\n"
        "  - target: {kind: User, name: x}\n    json6902: [{op: replace, path: /exec/command, value: ./bin/get}]\n"
    )
    done = kcfg("render", "-e", "e", "-o", "json")
    assert done.returncode == 0, done.stderr
    users = {each["name"]: each["user"] for each in json.loads(done.stdout)["users"]}

    assert users["u"]["tokenFile"] == str(tmp_path / "token")
    assert users["x"]["exec"]["command"] == str(tmp_path / "bin/get")


def test_a_secret_in_an_operation_is_found_and_not_shown(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        BASE + patch("User", "u", "{op: add, path: /token, value: plum-planted}") + patch(
            "User", "v", "{op: add, path: /exec/env/-, value: {name: AWS_SECRET_ACCESS_KEY, value: plum-planted}}")
    )  # fmt: skip
    found = kcfg("secret", "scan", "kcfg.yaml")

    assert found.returncode == 1
    assert "2 plain-text secrets" in found.stderr
    for words in (["validate"], ["lint"], ["render", "-e", "e"], ["secret", "scan", "kcfg.yaml"], ["fmt", "--diff"]):
        done = kcfg(*words)
        assert "plum" not in done.stdout + done.stderr, words
