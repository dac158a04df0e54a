"""An edit that takes an anchor away writes out the aliases of that anchor, and leaves every other one as it is."""

import difflib

import pytest
import yaml
from kubeconfigs import without_empty_preferences

TEXT = """\
apiVersion: v1
kind: Config
x-ca: &ca
  certificate-authority: /ca.crt
clusters:
- name: a
  cluster: &a
    <<: *ca
    server: &url https://a.example.com
- name: b
  cluster:
    <<: *ca
    server: https://b.example.com
- name: c
  cluster: {server: *url, <<: [*ca]}
contexts:
- name: one
  context: &one {cluster: a, user: u}
- name: two
  context: *one
- name: three
  context: {<<: *one, cluster: b}
- name: four
  context: &four {cluster: b, user: v}
- name: five
  context: *four
users:
- name: u
  user: &u
    token: t
- name: v
  user: *u
current-context: two
"""
# What is said of the lines that go: each names the entry, or an alias of an anchor that the entry holds.
EDITS = {
    "delete-context one": ("one",),
    "delete-context two": ("one",),
    "delete-context four": ("four",),
    "delete-context five": ("four",),
    "delete-cluster a": ("a", "ca", "url"),
    "delete-cluster b": ("ca",),
    "delete-user u": ("u",),
    "rename-context one uno": (),
    "set-context one --namespace=n": ("one",),
    "set contexts.two.cluster b": ("one",),
    "set-cluster b --server=https://z.example.com": (),
}


@pytest.mark.parametrize("words", EDITS)
def test_other_anchors_and_aliases_stay(words, kcfg, kubectl, tmp_path):
    for name in ("ours", "theirs"):
        (tmp_path / name).write_text(TEXT)

    done = kcfg(*words.split(), "--kubeconfig", "ours")
    kubectl("config", *words.split(), "--kubeconfig", "theirs")

    assert done.returncode == 0, done.stderr
    text = (tmp_path / "ours").read_text()
    gone = [line for line in difflib.ndiff(TEXT.splitlines(), text.splitlines()) if line.startswith("- ")]
    others = {"ca", "a", "url", "one", "four", "u"} - set(EDITS[words])
    assert not [line for line in gone if any(f"*{name}" in line.replace(",", " ").split() for name in others)]
    seen = [kubectl("config", "view", "--raw", "--kubeconfig", name).stdout for name in ("ours", "theirs")]
    ours, theirs = (yaml.safe_load(without_empty_preferences(each)) for each in seen)
    assert ours == theirs


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('users:\n- name: "u\n  user: {}\n', "k:2:9: error: YAML: the quote that begins here does not end"),
        ("users:\n- name: 'u\n  user: {}\n", "k:2:9: error: YAML: the quote that begins here does not end"),
        ('users: [{name: "u}]\n', "k:1:16: error: YAML: the quote that begins here does not end"),
        ('users:\n- name: "u\n  user:\n    as: "x"\n', "a quote begins at 2:9 and ends here"),
        ('users: [{name: "u, user: {as: "x"}}]\n', "a quote begins at 1:16 and ends here"),
    ],
)
def test_a_quote_that_does_not_end_is_told_where_it_began(text, told, kcfg, tmp_path):
    (tmp_path / "k").write_text(text)

    done = kcfg("view", "--kubeconfig", "k")

    assert done.returncode == 2
    assert told in done.stderr
