"""Labels and `protected` of a context: in files that `apply` wrote, in no rendering."""

import yaml


def test_apply_writes_them_and_render_does_not(applied):
    assert applied("apply").returncode == 0
    (written,) = yaml.safe_load(applied.config.read_text())["contexts"]
    done = applied.kcfg("render", "-f", applied.spec)
    (rendered,) = yaml.safe_load(done.stdout)["contexts"]

    (mark,) = written["context"].pop("extensions")
    assert mark["extension"].items() >= {"labels": {"env": "prod"}, "protected": True}.items()
    assert rendered == written
