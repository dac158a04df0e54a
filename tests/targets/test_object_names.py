"""Any cluster names → names that Kubernetes takes: different, stable, and the same whatever their order."""

import re

from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import NAMES, SEVERAL

from kcfg.spec.labels import label_faults
from kcfg.targets.names import MAX_NAME, object_names

LISTS = st.lists(
    NAMES | st.sampled_from(["Prod", "prod", "prod-", "PROD", "prod-eu" * 20, "prod_eu" * 20]), unique=True
)


@SEVERAL
@given(names=LISTS)
def test_every_name_gets_its_own_that_kubernetes_takes(names):
    found = object_names(names)

    assert sorted(found) == sorted(names)
    assert len(set(found.values())) == len(names)
    assert all(
        re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) and len(name) <= MAX_NAME for name in found.values()
    )


@SEVERAL
@given(names=LISTS)
def test_the_order_does_not_matter(names):
    assert object_names(names) == object_names(reversed(names))


def test_a_valid_name_is_kept_and_only_a_clash_or_a_long_name_gets_a_hash():
    found = object_names(["prod", "Prod", "dev_eu", "x" * 60])

    assert found["prod"] == "prod"
    assert found["dev_eu"] == "dev-eu"
    assert re.fullmatch(r"prod-[0-9a-f]{8}", found["Prod"])
    assert re.fullmatch(r"x{41}-[0-9a-f]{8}", found["x" * 60])


def test_labels_are_what_the_api_server_takes():
    good = {"env": "prod", "example.com/team": "a.b_c-d", "empty": ""}
    bad = {"a b": "x", "Example.com/x": "y", "x": "-y", "z": "a" * 64, "a/b/c": "x", "/x": "y"}

    assert list(label_faults(good)) == []
    assert [key for key, _ in label_faults(bad)] == list(bad)
