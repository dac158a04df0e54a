"""A rendered file of one context: kubectl uses it as it is, or it is said what kubectl needs."""

import pytest
from conftest import EXAMPLES

WORDS = ("render", "-f", EXAMPLES / "environments", "-e", "prod", "--context", "prod-eu", "--out", "one")


@pytest.mark.kubectl
@pytest.mark.parametrize(("more", "told"), [((), True), (("--minify",), False)], ids=["plain", "minified"])
def test_kubectl_takes_it_where_nothing_is_told(more, told, kcfg, kubectl, tmp_path):
    done = kcfg(*WORDS, *more)
    current = kubectl("config", "current-context", "--kubeconfig", tmp_path / "one")

    assert ("kubectl needs --context, or `kcfg render --minify`" in done.stderr) == told
    assert (current.returncode != 0) == told


def test_of_several_none_is_meant(kcfg):
    assert "--minify" not in kcfg(*WORDS[:5], "--out", "one").stderr
