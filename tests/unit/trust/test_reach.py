"""What a spec reaches: which entries meet which endpoint, which files are pinned, which programs the plugin may run."""

import json

import pytest

from kcfg.secrets.ref import SecretRef
from kcfg.spec.load import load_spec
from kcfg.trust.reach import facts_of, reach_of

URL = "https://a.example.com"
API = "client.authentication.k8s.io/v1"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "team"
    root.mkdir()
    return root


@pytest.fixture
def reach(root):
    """reach(users, …): what a spec of these users reaches, each in a context of its name at one cluster."""

    def make(*users, stores=()):
        spec = {
            "apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "acme"},
            "secretStores": [{"name": "vars", "provider": "env", "env": {"prefix": "KCFG_"}}, *stores],
            "clusters": [{"name": "main", "server": URL}], "users": users,
            "contexts": [{"name": f"at-{each['name']}", "cluster": "main", "user": each["name"]} for each in users],
        }  # fmt: skip
        (root / "kcfg.yaml").write_text(json.dumps(spec))
        return reach_of(load_spec(str(root)))

    return make


def program(*words):
    return {"apiVersion": API, "command": words[0], "args": [*words[1:]], "interactiveMode": "Never"}


def test_a_meeting_names_its_context_its_cluster_and_its_user(reach):
    found = reach({"name": "ops", "token": "ref+vars://ops"}, {"name": "dev", "token": "ref+vars://ops"})

    ((endpoint, shown),) = found.endpoints.items()
    assert endpoint.server == URL
    assert shown.endswith(f"goes to {URL}")
    assert sorted(found.meetings[endpoint]) == [("at-dev", "main", "dev"), ("at-ops", "main", "ops")]


def test_the_users_of_a_fact_are_those_who_need_it(reach):
    found = reach({"name": "ops", "exec": program("one")}, {"name": "dev", "exec": program("two")})

    assert {found.facts[fact]: users for fact, users in found.users.items()} == {
        "runs one": {"ops"}, "runs two": {"dev"}
    }  # fmt: skip


def test_files_below_the_root_that_a_command_line_names_are_pinned(reach, root):
    for name in ("get.sh", "sh", "folder/other.sh"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    root.with_name("outside.sh").write_text("x")

    def pinned(*words):
        store = {"name": "run", "provider": "command", "command": {"argv": [*words]}}
        found = reach(stores=[store]).commands["run"]["pins"]
        return {path.removeprefix(f"{root}/") for path in found}

    assert pinned("sh", "get.sh", "none.sh", "folder") == {"get.sh"}  # the first word is looked for in PATH
    assert pinned("./sh", "folder/other.sh") == {"sh", "folder/other.sh"}
    assert pinned("sh", "../outside.sh") == set()


@pytest.mark.parametrize(
    ("words", "recorded"),
    [
        (("login",), True),
        (("login", "--cluster", "main"), True),
        (("login", "--token=plum-4f1d"), False),
        (("login", "--cluster", "main", "--password", "plum-4f1d"), False),
    ],
)
def test_a_program_with_a_secret_among_its_words_is_not_recorded(reach, words, recorded):
    account = {"via": "boss", "namespace": "shop", "name": "agent"}
    found = reach(
        {"name": "boss", "exec": program(*words)},
        {"name": "agent", "auth": {"service-account": account}},
    )

    assert ("agent" in found.plugins.get("", {})) is recorded
    assert "plum" not in str(found.plugins)


def test_what_is_asked_of_one_reference_says_nothing_of_the_rest_of_the_spec(reach, root):
    runs = {"name": "run", "provider": "command", "command": {"argv": ["pass"]}}
    reach({"name": "ops", "token": "ref+vars://ops"}, {"name": "dev", "exec": program("one")}, stores=[runs])
    spec = load_spec(str(root))

    assert facts_of(spec, SecretRef("ops", store="vars")) == {}
    assert list(facts_of(spec, SecretRef("ops", store="run")).values()) == ["store run runs pass"]


def test_another_argument_of_a_program_is_another_fact(reach):
    seen = [reach({"name": "ops", "exec": program(*words)}).facts for words in ("a", "b", "ac", "ad")]

    assert len({fact for facts in seen for fact in facts}) == 4
