"""`--to k9s`: what k9s wrote stays, and protected contexts are read-only in it."""

import pytest
import yaml

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: fleet}
clusters: [{name: c, server: https://c.example.com}]
users: [{name: u}]
contexts:
- {name: prod, cluster: c, user: u, protected: true}
- {name: dev, cluster: c, user: u}
- {name: "a:b", cluster: c, user: u, protected: true}
- {name: a/b, cluster: c, user: u}
"""
# As k9s 0.50 writes it.
KEPT = """\
k9s:
  cluster: c
  skin: red
{line}  namespace:
    active: web
    lockFavorites: false
    favorites:
    - web
    - default
  view:
    active: po
  featureGates:
    nodeShell: false
"""


@pytest.fixture
def render(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    return lambda *words: kcfg("render", "-f", tmp_path, "--to", "k9s", *words)


@pytest.fixture
def prod(tmp_path):
    (tmp_path / "out/c/prod").mkdir(parents=True)
    return tmp_path / "out/c/prod/config.yaml"


@pytest.mark.parametrize("line", ["", "  readOnly: false\n", "  readOnly: null\n", "  readOnly:\n"])
def test_what_k9s_wrote_stays(line, render, prod, tmp_path):
    prod.write_text(KEPT.format(line=line))
    assert render("--check", tmp_path / "out").returncode == 1
    done = render("--out", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    before = yaml.safe_load(KEPT.format(line=line))["k9s"]
    assert yaml.safe_load(prod.read_text()) == {"k9s": {**before, "readOnly": True}}
    assert render("--check", tmp_path / "out").returncode == 0
    assert "2 unchanged" in render("--out", tmp_path / "out").stderr


def test_what_is_read_only_already_is_not_touched(render, prod, tmp_path):
    prod.write_text(KEPT.format(line="  readOnly: true\n"))
    before = prod.stat()

    assert render("--out", tmp_path / "out").returncode == 0
    assert prod.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("text", ["k9s: {cluster: c}\n", "[]\n", "k9s: [\n", "other: 1\n", "\0"])
def test_what_k9s_did_not_write_is_refused(text, render, prod, tmp_path):
    prod.write_text(text)
    done = render("--out", tmp_path / "out")

    assert (done.returncode, prod.read_text()) == (2, text)
    assert "k9s did not write" in done.stderr
    assert not (tmp_path / "out/c/a-b").exists()


def test_a_context_that_is_not_protected_is_told_of_and_left(render, prod, tmp_path):
    (tmp_path / "out/c/dev").mkdir()
    dev = tmp_path / "out/c/dev/config.yaml"
    dev.write_text(KEPT.format(line="  readOnly: true\n"))
    done = render("--out", tmp_path / "out")

    assert dev.read_text() == KEPT.format(line="  readOnly: true\n")
    assert "though the spec does not protect them: dev" in done.stderr
    assert "k9s has one file for 'a:b' and these, which are read-only too: a/b" in done.stderr


def test_nothing_is_written_through_a_link(render, tmp_path):
    (tmp_path / "else").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/c").symlink_to(tmp_path / "else")
    done = render("--out", tmp_path / "out")

    assert done.returncode == 2
    assert list((tmp_path / "else").iterdir()) == []


def test_prune_is_refused(render, tmp_path):
    done = render("--out", tmp_path / "out", "--prune")

    assert (done.returncode, "prunes nothing" in done.stderr) == (2, True)
    assert not (tmp_path / "out").exists()
