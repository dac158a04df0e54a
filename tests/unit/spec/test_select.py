"""Which contexts are selected: kubectl's selector language, names with globs, and no silent nothing."""

import pytest

from kcfg.errors import SpecError
from kcfg.spec.load import load_spec
from kcfg.spec.select import parse_selector, select_contexts

PROD = {"env": "prod", "region": "eu", "app.kubernetes.io/name": "web", "empty": ""}
SPEC = """
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: select}
clusters:
- {name: eu, server: "https://eu.example.com", labels: {region: eu, env: prod}}
- {name: us, server: "https://us.example.com", labels: {region: us, env: prod}}
contexts:
- {name: prod-us, cluster: us}
- {name: prod-eu, cluster: eu, labels: {tier: "1"}}
- {name: dev-eu, cluster: eu, labels: {env: dev}}
"""


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    return load_spec(str(tmp_path))


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("env=prod", True),
        ("env==prod", True),
        ("env = prod", True),
        ("env=dev", False),
        ("env=", False),
        ("empty=", True),
        ("env!=dev", True),
        ("env!=prod", False),
        ("absent!=x", True),
        ("absent=x", False),
        ("absent=", False),
        ("env", True),
        ("absent", False),
        ("!absent", True),
        ("!env", False),
        ("env in (dev,prod)", True),
        ("env in ( dev , stage )", False),
        ("env in(prod)", True),
        ("env notin (dev,stage)", True),
        ("env notin (prod)", False),
        ("absent notin (prod)", True),
        ("absent in (prod)", False),
        ("app.kubernetes.io/name=web", True),
        ("env=prod,region=eu", True),
        ("env=prod,region=us", False),
        ("env in (dev,prod),region notin (us,ap),!absent", True),
        (" env=prod , region=eu ", True),
    ],
)
def test_selector_means_what_it_means_to_kubectl(selector, matches):
    assert parse_selector(selector)(PROD) is matches


@pytest.mark.parametrize("selector", [",", "env=prod,", "env=a=b", "env in dev", "env in (a", "=x", "a b", "env>1"])
def test_selector_that_cannot_be_read_is_an_error(selector):
    with pytest.raises(SpecError, match=r"cannot read the label selector|has an empty part"):
        parse_selector(selector)


@pytest.mark.parametrize(
    ("names", "selector", "selected"),
    [
        ([], None, None),
        (["dev-eu"], None, ["dev-eu"]),
        (["dev-eu", "prod-us"], None, ["prod-us", "dev-eu"]),
        (["*-eu"], None, ["prod-eu", "dev-eu"]),
        (["prod-??"], None, ["prod-us", "prod-eu"]),
        ([], "region=eu", ["prod-eu", "dev-eu"]),
        ([], "env=prod", ["prod-us", "prod-eu"]),
        ([], "env=dev", ["dev-eu"]),
        ([], "tier", ["prod-eu"]),
        (["prod-*"], "region=us", ["prod-us"]),
    ],
)
def test_contexts_come_in_the_specs_order_by_their_own_labels_over_their_clusters(spec, names, selector, selected):
    assert select_contexts(spec, names, selector) == selected


@pytest.mark.parametrize(
    ("names", "selector", "says"),
    [
        (["prod-uk"], None, "no context is called 'prod-uk'"),
        (["prod-us", "nope-*"], None, "no context is called 'nope-*'"),
        ([], "env=stage", "no context is selected"),
        (["dev-eu"], "env=prod", "no context is selected"),
    ],
)
def test_nothing_selected_is_an_error_unless_allowed(spec, names, selector, says):
    with pytest.raises(SpecError) as caught:
        select_contexts(spec, names, selector)

    assert says in caught.value.message
    assert select_contexts(spec, names, selector, allow_empty=True) in ([], ["prod-us"])


def test_misspelled_name_has_a_suggestion(spec):
    with pytest.raises(SpecError) as caught:
        select_contexts(spec, ["prod-uss"], None)

    assert "prod-us" in caught.value.hint
