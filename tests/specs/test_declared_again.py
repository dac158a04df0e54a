"""F7: an included entry that is declared again is replaced as a whole, and one with `merge: true` is laid over it."""

import json

import pytest

PART = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
BASE = PART + """clusters:
- {name: prod, server: "https://prod.example.com", labels: {env: prod}, certificate-authority-data: LS0t, proxy-url: "http://p"}
users: [{name: u, as: me, as-groups: [a], tokenFile: t}]
contexts: [{name: c, cluster: prod, user: u, protected: true}]
"""  # fmt: skip
ROOT = PART + "metadata: {name: acme}\ninclude: [team/base.yaml]\n"


@pytest.fixture
def run(kcfg, tmp_path):
    def call(text, *words, base=BASE):
        (tmp_path / "team").mkdir(exist_ok=True)
        (tmp_path / "team/base.yaml").write_text(base)
        (tmp_path / "team/t").write_text("x")
        (tmp_path / "t").write_text("x")
        (tmp_path / "kcfg.yaml").write_text(ROOT + text)
        return kcfg(*words)

    return call


def test_what_a_replaced_entry_loses_is_told(run):
    base = BASE.replace("certificate-authority-data: LS0t, ", "")
    text = (
        'clusters: [{name: prod, server: "https://new.example.com"}]\ncontexts: [{name: c, cluster: prod}]\n'
        "users: [{name: u, as: other}]\n"
    )
    done = run(text, "validate", base=base)

    assert done.returncode == 0
    assert (
        "kcfg.yaml:5:19: warning: clusters[0].name: replaces the cluster of team/base.yaml:4:10 as a whole, "
        in done.stderr
    )
    assert "and loses its proxy-url [KCFG120]" in done.stderr
    assert "replaces the context of team/base.yaml:6:19 as a whole, and loses its protected" in done.stderr
    assert "user" not in done.stderr.replace("user: ", "")
    assert (
        run(text.replace('new.example.com"', 'new.example.com", proxy-url: null'), "validate", base=base).stderr.count(
            "warning"
        )
        == 1
    )
    rows = json.loads(run(text, "blame", "clusters/prod", "-o", "json", base=base).stdout)["fields"]
    assert {row["field"]: row["value"] for row in rows} == {
        "name": "prod", "server": "https://new.example.com", "labels.env": "(replaced)", "proxy-url": "(replaced)"
    }  # fmt: skip


def test_merge_lays_it_over(run):
    base = BASE.replace("certificate-authority-data: LS0t, ", "")
    text = (
        'clusters: [{name: prod, server: "https://new.example.com", labels: {tier: "1"}, '
        "proxy-url: null, merge: true}]\n"
        "users: [{name: u, as: other, tokenFile: t, merge: true}]\n"
    )
    done = run(text, "render", "-o", "json", base=base)
    config = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert config["clusters"][0]["cluster"] == {"server": "https://new.example.com"}
    user = config["users"][0]["user"]
    assert (user["as"], user["as-groups"]) == ("other", ["a"])
    assert user["tokenFile"].endswith("/t")
    assert not user["tokenFile"].endswith("team/t")  # the root wrote it
    assert '"merge"' not in done.stdout
    assert run(text, "validate", base=base).stderr == ""
    assert run(text, "render", "-l", "env=prod,tier=1", base=base).returncode == 0
    rows = json.loads(run(text, "blame", "clusters/prod", "-o", "json", base=base).stdout)["fields"]
    assert {row["field"]: row["source"].partition(":")[0] for row in rows} == {
        "name": "team/base.yaml", "labels.env": "team/base.yaml", "server": "kcfg.yaml", "labels.tier": "kcfg.yaml",
        "proxy-url": "kcfg.yaml",
    }  # fmt: skip


def test_nothing_to_lay_it_over(run):
    done = run('clusters: [{name: prdo, server: "https://x", merge: true}]\n', "validate", base=BASE.replace(
        "certificate-authority-data: LS0t, ", ""))  # fmt: skip

    assert done.returncode == 1
    assert (
        "clusters[0].merge: no included file declares cluster 'prdo': nothing to lay it over [KCFG114]" in done.stderr
    )


def test_what_is_wrong_with_the_two_together(run):
    stanza = "{apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never}"
    base = PART + f"users: [{{name: u, exec: {stanza}}}]\n"
    done = run("users: [{name: u, auth: {gke: {}}, merge: true}]\n", "validate", base=base)

    assert done.returncode == 1
    assert "kcfg.yaml:5:" in done.stderr
