"""`kcfg lint -`: what standard input holds is a spec or a kubeconfig by what it says."""

import pytest

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: a}
clusters: [{name: a, server: "https://a.example.com", insecure-skip-tls-verify: true}]
contexts: [{name: a, cluster: a}]
"""
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://a.example.com", insecure-skip-tls-verify: true}}]
contexts: [{name: a, context: {cluster: a, user: ""}}]
current-context: a
"""


@pytest.mark.parametrize(("text", "other"), [(SPEC, "-f"), (KUBECONFIG, "--kubeconfig")], ids=["spec", "kubeconfig"])
def test_it_is_what_the_option_for_it_would_read(kcfg, text, other):
    alone, named = kcfg("lint", "-", stdin=text), kcfg("lint", other, "-", stdin=text)

    assert "<stdin>:" in alone.stdout
    assert "[KCFG501]" in alone.stdout
    assert (alone.returncode, alone.stdout, alone.stderr) == (named.returncode, named.stdout, named.stderr)


def test_it_stands_beside_files(kcfg, tmp_path):
    (tmp_path / "config").write_text(KUBECONFIG)
    both = kcfg("lint", "-", "config", stdin=SPEC)

    assert "<stdin>:" in both.stdout
    assert "config:" in both.stdout


def test_a_text_that_is_neither_cannot_be_read(kcfg):
    assert kcfg("lint", "-", stdin="a: [").returncode == 2


def test_it_is_named_once(kcfg):
    for option in ("-f", "--kubeconfig"):
        done = kcfg("lint", "-", option, "-", stdin=SPEC)
        assert (done.returncode, done.stdout) == (2, "")
        assert "standard input is named twice" in done.stderr
