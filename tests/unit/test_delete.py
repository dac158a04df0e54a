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
