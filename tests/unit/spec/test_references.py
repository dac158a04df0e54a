"""`rename` and `delete --cascade` in lists whose files share names, and preferences of several files."""

import pytest

SERVERS = {"k1": "https://192.0.2.1:6443", "k2": "https://192.0.2.2:6443"}
FILE = """apiVersion: v1
kind: Config
clusters: [{{name: default, cluster: {{server: "{server}"}}}}]
contexts: [{{name: {context}, context: {{cluster: default, user: default}}}}]
users: [{{name: default, user: {{username: {name}}}}}]
current-context: {context}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write k1 and k2, both with a cluster and a user `default`, into the list; return a function that reads one."""

    def write(first, second):
        for name, context in (("k1", first), ("k2", second)):
            (tmp_path / name).write_text(FILE.format(server=SERVERS[name], context=context, name=name))
        monkeypatch.setenv("KUBECONFIG", "k1:k2")
        return lambda name: (tmp_path / name).read_text()

    return write


@pytest.mark.parametrize(("first", "second"), [("default", "default"), ("one", "two")])
def test_a_file_with_its_own_entry_is_left_alone_and_named(kcfg, write, first, second):
    read = write(first, second)
    before = read("k2")

    for kind in ("cluster", "user"):
        done = kcfg("rename", kind, "default", "mine")
        assert done.returncode == 0
        assert f'context "{second}" in k2 still names {kind} "default"' in done.stderr
    assert read("k2") == before
    assert "context: {cluster: mine, user: mine}" in read("k1")


def test_current_context_follows_where_it_stands(kcfg, write, tmp_path):
    read = write("one", "two")
    (tmp_path / "k1").write_text("current-context: two\n")

    assert kcfg("rename", "two", "new").stderr == ""
    assert ["current-context: new" in read(name) for name in ("k1", "k2")] == [True, True]
    assert kcfg("rename-context", "new", "again").returncode == 0
    assert ["current-context: again" in read(name) for name in ("k1", "k2")] == [True, False]


def test_cascade_takes_what_the_file_itself_has(kcfg, write):
    read = write("default", "default")
    before = read("k2")

    done = kcfg("delete", "default", "--cascade", "--yes")
    assert "deleted cluster default from k1" in done.stdout
    assert SERVERS["k1"] not in read("k1")
    assert read("k2") == before


def test_cascade_keeps_what_the_list_still_means_and_says_so(kcfg, write):
    read = write("one", "two")

    done = kcfg("delete", "one", "--cascade", "--yes")
    assert 'cluster "default" stays in k1: context "two" in k2 names it too' in done.stderr
    assert SERVERS["k1"] in read("k1")


def test_preferences_change_in_the_file_that_sets_them(kcfg, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", "a:b")
    kept = "preferences:\n  extensions:\n  - {name: x, extension: 1}\n"
    (tmp_path / "a").write_text(kept)
    (tmp_path / "b").write_text("preferences: {colors: true, extensions: []}\n")

    assert kcfg("set", "preferences.colors", "true").returncode == 0
    assert kcfg("unset", "preferences.colors").returncode == 0
    assert (tmp_path / "a").read_text() == kept
    assert (tmp_path / "b").read_text() == "preferences: {extensions: []}\n"
