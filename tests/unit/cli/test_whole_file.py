"""What stands beside the entries: extensions, preferences, unknown fields; merged, compared, and not minified."""

import pytest
import yaml
from kubeconfigs import without_empty_preferences

KINDS = {
    "extension 'x'": "extensions: [{{name: x, extension: {{password: {}}}}}]",
    "preferences extension 'x'": "preferences: {{extensions: [{{name: x, extension: {{password: {}}}}}]}}",
    "preference 'odd'": "preferences: {{odd: {{password: {}}}}}",
    "field 'odd'": "odd: {{password: {}}}",
}
EXTENSIONS = [kind for kind in KINDS if "extension" in kind]
VALUES = ["quince-3141", "quince-2718"]


@pytest.fixture
def write(tmp_path):
    def write(kind):
        for name, value in zip(("k1", "k2"), VALUES, strict=True):
            (tmp_path / name).write_text(KINDS[kind].format(value) + "\n")

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_merge_names_the_conflict_and_chooses_as_asked(kcfg, write, tmp_path, kind):
    write(kind)

    done = kcfg("merge", "k1", "k2")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"k2: error: {kind} differs from the one in k1" in done.stderr
    assert VALUES[0] not in done.stderr
    for index, choice in enumerate(("first", "last")):
        assert VALUES[index] in kcfg("merge", "k1", "k2", "--on-conflict", choice).stdout
        (tmp_path / "k3").write_text((tmp_path / "k1").read_text())
        assert kcfg("merge", "k3", "k2", "--in-place", "--on-conflict", choice).returncode == 0
        assert VALUES[index] in (tmp_path / "k3").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_merge_renames_what_has_a_name_of_its_own(kcfg, write, kind):
    write(kind)

    done = kcfg("merge", "k1", "k2", "--on-conflict", "rename")
    if kind not in EXTENSIONS:
        assert (done.returncode, done.stdout) == (1, "")
        assert "--on-conflict first or last" in done.stderr
        return
    value = yaml.safe_load(done.stdout)
    found = value.get("extensions") or value["preferences"]["extensions"]
    assert {each["name"]: each["extension"]["password"] for each in found} == dict(
        zip(["x", "x-k2"], VALUES, strict=True)
    )


@pytest.mark.parametrize("output", ["text", "unified", "json", "markdown"])
@pytest.mark.parametrize("kind", KINDS)
def test_diff_shows_it_without_the_secret(kcfg, write, kind, output):
    write(kind)

    done = kcfg("diff", "k1", "k2", "-o", output)
    assert done.returncode == 1
    assert "another value" in done.stdout
    assert "quince" not in done.stdout
    assert kcfg("diff", "k1", "k1").returncode == 0


def test_diff_shows_what_stands_beside_a_name(kcfg, tmp_path):
    (tmp_path / "k1").write_text("clusters: [{name: a, cluster: {}}]\n")
    (tmp_path / "k2").write_text("clusters: [{name: a, note: hi, token: quince-3141, cluster: {}}]\n")

    done = kcfg("diff", "k1", "k2")
    assert done.returncode == 1
    assert "cluster/a" in done.stdout
    assert "hi" in done.stdout
    assert "quince" not in done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_minify_takes_nothing_along(kcfg, write, tmp_path, kind):
    write(kind)
    entry = "contexts: [{name: a, context: {}}]\ncurrent-context: a\n"
    (tmp_path / "k1").write_text((tmp_path / "k1").read_text() + entry)

    for words in (["minify"], ["extract", "a"]):
        done = kcfg(*words, "--raw", "--kubeconfig", "k1")
        assert done.returncode == 0, done.stderr
        assert "quince" not in done.stdout


ITEM = "[{{name: x, extension: 1, foreign: {{password: {}}}}}]"
PLACES = {
    "extensions": f"extensions: {ITEM}",
    "preferences": f"preferences: {{{{extensions: {ITEM}}}}}",
    "cluster": f"clusters: [{{{{name: c, cluster: {{{{server: 'https://a.example.com', extensions: {ITEM}}}}}}}}}]",
}


@pytest.mark.parametrize("place", PLACES)
def test_what_stands_beside_an_extension_is_kept_compared_and_hidden(kcfg, kubectl, tmp_path, place):
    for name, value in zip(("k1", "k2"), VALUES, strict=True):
        (tmp_path / name).write_text(PLACES[place].format(value) + "\n")

    assert VALUES[0] in kcfg("merge", "k1", "k1", "--raw").stdout
    assert kcfg("merge", "k1", "k2").returncode == 1
    renamed = kcfg("merge", "k1", "k2", "k2", "--on-conflict", "rename", "--raw").stdout
    assert [renamed.count(value) for value in VALUES] == [1, 1]
    done = kcfg("diff", "k1", "k2")
    assert (done.returncode, "foreign" in done.stdout, VALUES[0] in done.stdout) == (1, True, False)
    shown = kcfg("view", "--raw", "--kubeconfig", "k1").stdout
    theirs = kubectl("config", "view", "--raw", "--kubeconfig", "k1").stdout
    assert yaml.safe_load(without_empty_preferences(shown)) == yaml.safe_load(without_empty_preferences(theirs))


def test_what_stands_beside_an_extension_is_imported_as_foreign(kcfg, tmp_path):
    (tmp_path / "k1").write_text(PLACES["cluster"].replace("password", "color").format("1") + "\n")

    done = kcfg("import", "k1", "--into", "spec")

    found = yaml.safe_load((tmp_path / "spec" / "kcfg.yaml").read_text())
    assert "kept as extension 'kcfg.unknown'" in done.stderr
    assert found["clusters"][0]["extensions"][0] == {"name": "x", "extension": 1}
