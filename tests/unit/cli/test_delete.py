"""What `kcfg delete` says beside the names."""

CONFIG = """apiVersion: v1
kind: Config
current-context: dev
contexts:
- {name: dev, context: {cluster: dev}}
- {name: old, context: {cluster: dev}}
"""


def test_removing_the_active_context_warns_once(kcfg, tmp_path):
    (tmp_path / "config").write_text(CONFIG)

    other = kcfg("delete", "context", "old", "--kubeconfig", "config")
    active = kcfg("delete", "context", "dev", "--kubeconfig", "config")
    assert (other.returncode, other.stderr) == (0, "")
    assert active.returncode == 0
    assert active.stderr.count("active context") == 1
    assert "current-context is cleared" in active.stderr
    assert 'current-context: ""' in (tmp_path / "config").read_text()


def test_kubectls_delete_context_leaves_current_context(kcfg, tmp_path):
    (tmp_path / "config").write_text(CONFIG)

    done = kcfg("delete-context", "dev", "--kubeconfig", "config")
    assert "still names it" in done.stderr
    assert "current-context: dev" in (tmp_path / "config").read_text()


def test_an_empty_name_is_a_name(kcfg, tmp_path):
    """kubectl deletes the context that is called "": a script's empty variable is never a question."""
    (tmp_path / "config").write_text(CONFIG.replace("name: dev", 'name: ""'))

    done = kcfg("delete-context", "", "--kubeconfig", "config")
    assert (done.returncode, done.stdout) == (0, "deleted context  from config\n")
    assert kcfg("delete-context", "", "--kubeconfig", "config").returncode != 0


def test_current_context_is_cleared_in_each_file_that_names_the_deleted_one(kcfg, tmp_path):
    (tmp_path / "a").write_text("current-context: dev\n")
    (tmp_path / "b").write_text(CONFIG)
    (tmp_path / "c").write_text("current-context: other\n")

    done = kcfg("delete", "dev", env={"KUBECONFIG": "a:b:c"})
    assert 'current-context is "other" now' in done.stderr
    assert [(tmp_path / name).read_text().count("current-context: dev") for name in "abc"] == [0, 0, 0]


def test_current_context_stays_where_another_file_has_the_context_too(kcfg, tmp_path):
    (tmp_path / "a").write_text(CONFIG)
    (tmp_path / "b").write_text(CONFIG)

    done = kcfg("delete", "dev", env={"KUBECONFIG": "a:b"})
    assert done.returncode == 0
    assert kcfg("current-context", env={"KUBECONFIG": "a:b"}).stdout == "dev\n"
