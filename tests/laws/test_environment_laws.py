"""Laws of environments over random specs: one equals the spec written out by hand, and none leaks into another."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from kcfg.rendering import RenderOptions, render
from kcfg.spec.environments import merge_deep, resolve
from kcfg.spec.load import read_spec
from kcfg.yaml.emit import dump_yaml

HEAD = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "law"}}
NAMES = [f"n{index}" for index in range(6)]
LABELS = st.dictionaries(st.sampled_from(["env", "region"]), st.sampled_from(["a", "b", "c"]), max_size=2)


@st.composite
def specs(draw):
    """A spec as plain values: clusters, users with references, contexts, and one environment called `e`."""
    clusters = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    users = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    contexts = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    patch = st.fixed_dictionaries(
        {
            "target": st.fixed_dictionaries(
                {"kind": st.just("Cluster")}, optional={"name": st.sampled_from(clusters), "selector": st.just("!none")}
            ),
            "merge": st.dictionaries(
                st.sampled_from(["proxy-url", "tls-server-name"]),
                st.sampled_from([None, "http://one.example.com", "http://two.example.com"]),
                min_size=1,
            ),
        }
    )
    return HEAD | {
        "variables": {"region": {"default": "eu"}},
        "clusters": [
            {"name": name, "labels": draw(LABELS), "server": f"https://{name}.${{region}}.example.com"}
            | draw(st.sampled_from([{}, {"proxy-url": "http://proxy.example.com"}]))
            for name in clusters
        ],
        "users": [{"name": name, "token": f"ref+default://{name}/token"} for name in users],
        "contexts": [
            {
                "name": name,
                "labels": draw(LABELS),
                "cluster": draw(st.sampled_from(clusters)),
                "user": draw(st.sampled_from(users)),
            }
            for name in contexts
        ],
        "environments": [
            {
                "name": "e",
                "select": {"matchLabels": draw(LABELS)},
                "variables": draw(st.sampled_from([{}, {"region": "us"}])),
                "patches": draw(st.lists(patch, max_size=3)),
            }
        ],
    }


def load(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("spec") / "kcfg.yaml"
    path.write_text(json.dumps(value))
    spec, problems = read_spec(str(path))
    assert [each for each in problems if each.level == "error"] == []
    return spec


def rendered(spec, name):
    resolved, problems = resolve(spec, name, allow_empty=True)
    assert [each for each in problems if each.level == "error"] == []
    return render(resolved, RenderOptions("exec", "/"), read_file=lambda _: b"")


def flattened(value):
    """The same, by hand: what somebody would write who has no environments."""
    (environment,) = value["environments"]
    region = environment["variables"].get("region", "eu")
    labels = {each["name"]: each["labels"] for each in value["clusters"]}
    wanted = environment["select"]["matchLabels"].items()
    contexts = [each for each in value["contexts"] if wanted <= {**labels[each["cluster"]], **each["labels"]}.items()]
    clusters = [{**each, "server": each["server"].replace("${region}", region)} for each in value["clusters"]]
    for patch in environment["patches"]:
        clusters = [
            merge_deep(each, patch["merge"]) if patch["target"].get("name", each["name"]) == each["name"] else each
            for each in clusters
        ]
    if not wanted:  # a selection without conditions is none: entries that nothing refers to stay too
        return HEAD | {"clusters": clusters, "users": value["users"], "contexts": contexts}
    return HEAD | {
        "clusters": [each for each in clusters if each["name"] in {context["cluster"] for context in contexts}],
        "users": [each for each in value["users"] if each["name"] in {context["user"] for context in contexts}],
        "contexts": contexts,
    }


@given(value=specs())
@settings(deadline=None)
def test_an_environment_is_the_spec_written_out(value, tmp_path_factory):
    spec, plain = load(tmp_path_factory, value), load(tmp_path_factory, flattened(value))

    assert dump_yaml(rendered(spec, "e").to_value()) == dump_yaml(rendered(plain, None).to_value())


@given(value=specs(), split=st.sets(st.sampled_from(NAMES)))
@settings(deadline=None)
def test_disjoint_environments_share_nothing_that_neither_refers_to(value, split, tmp_path_factory):
    names = [each["name"] for each in value["contexts"]]
    sides = {"one": [name for name in names if name in split], "two": [name for name in names if name not in split]}
    value["environments"] = [{"name": side, "select": {"names": kept or ["-"]}} for side, kept in sides.items()]
    spec = load(tmp_path_factory, value)

    for side, kept in sides.items():
        config = rendered(spec, side)
        mine = [each for each in value["contexts"] if each["name"] in kept]
        assert set(config.contexts) == set(kept)
        assert set(config.clusters) == {each["cluster"] for each in mine}
        assert set(config.users) == {each["user"] for each in mine}
        keys = {argument for user in config.users.values() for argument in user.body["exec"]["args"] if "/" in argument}
        assert keys == {f"kcfg/law/{each['user']}/token" for each in mine}


@given(value=specs())
@settings(deadline=None)
def test_resolving_changes_nothing_of_the_spec(value, tmp_path_factory):
    spec = load(tmp_path_factory, value)
    before = dump_yaml(rendered(spec, None).to_value())
    rendered(spec, "e")

    assert dump_yaml(rendered(spec, None).to_value()) == before


VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@given(value=VALUES, patch=VALUES)
def test_merge_patch_as_rfc_7386_says(value, patch):
    merged = merge_deep(value, patch)

    assert merge_deep(merged, patch) == merged
    if not isinstance(patch, dict):
        assert merged == patch
        return
    for key, item in patch.items():
        assert (key not in merged) if item is None else (isinstance(item, dict) or merged[key] == item)
    untouched = set(value if isinstance(value, dict) else ()) - set(patch)
    assert {key: merged[key] for key in untouched} == {key: value[key] for key in untouched}
