"""`--context`, `-l`, `--exclude`: diff, apply, status and verify, and pruning, are about a part of the contexts."""

import json

import pytest
from apply_world import HEAD, INLINE, SECRETS, applied  # noqa: F401

from kcfg.kubeconfig.file import load_file

SPEC = f"""{HEAD}clusters:
- {{name: one, server: "https://one.example.com", labels: {{env: prod}}}}
- {{name: two, server: "https://two.example.com", labels: {{env: prod}}}}
- {{name: dev, server: "https://dev.example.com", labels: {{env: dev}}}}
users:
- {{name: ops, tokenFile: /run/ops}}
- {{name: devs, tokenFile: /run/devs}}
contexts:
- {{name: prod-one, cluster: one, user: ops}}
- {{name: prod-two, cluster: two, user: ops}}
- {{name: dev, cluster: dev, user: devs}}
current-context: dev
"""


@pytest.fixture
def acme(applied):  # noqa: F811
    applied.spec.write_text(SPEC)
    return applied


def contexts(acme):
    return sorted(load_file(str(acme.config)).config.contexts)


def actions(acme, *words):
    value = json.loads(acme("diff", "-o", "json", "--exit-zero", *words).stdout)
    return {f"{each['kind']}/{each['name'] or ''}": each["action"] for each in value["changes"]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--context", "prod-*"], ["prod-one", "prod-two"]),
        (["--context", "prod-one", "--context", "dev"], ["dev", "prod-one"]),
        (["-l", "env=prod"], ["prod-one", "prod-two"]),
        (["-l", "env=prod", "--exclude", "prod-two"], ["prod-one"]),
        (["--exclude", "prod-*"], ["dev"]),
        (["--context", "prod-*", "-l", "env!=prod", "--context", "dev"], ["dev"]),
    ],
    ids=" ".join,
)
def test_what_is_selected_is_written_and_nothing_else(acme, words, expected):
    assert acme("verify", *words).returncode == 1
    done = acme("apply", *words)

    assert done.returncode == 0, done.stderr
    assert contexts(acme) == expected
    assert "not selected" in done.stderr
    config = load_file(str(acme.config)).config
    assert sorted(config.clusters) == sorted({config.contexts[name].body["cluster"] for name in expected})
    assert config.current_context == ("dev" if "dev" in expected else "")
    assert acme("verify", *words).returncode == 0
    assert acme("diff", *words).returncode == 0
    assert acme("status", *words).stdout == ""
    assert acme("verify").returncode == acme("diff").returncode == 1


def test_pruning_looks_only_at_what_is_selected(acme):
    acme("apply")
    rest = SPEC.split("clusters:", maxsplit=1)[0] + (
        'clusters: [{name: one, server: "https://one.example.com", labels: {env: prod}}]\n'
        "users: [{name: ops, tokenFile: /run/ops}]\ncontexts: [{name: prod-one, cluster: one, user: ops}]\n"
    )
    acme.spec.write_text(rest)

    assert actions(acme, "--prune", "--context", "prod-*") == {
        "cluster/two": "delete",
        "context/prod-two": "delete",
    }
    done = acme("apply", "--prune", "-l", "env=prod")  # the labels of what the spec no longer has are in the file

    assert done.returncode == 0, done.stderr
    assert contexts(acme) == ["dev", "prod-one"]
    assert "devs" in load_file(str(acme.config)).config.users
    assert acme("verify", "--prune", "--context", "prod-*").returncode == 0
    assert acme("verify", "--prune").returncode == 1


def test_a_cluster_that_an_unselected_context_uses_is_not_pruned(acme):
    acme("apply")
    acme.spec.write_text(SPEC.replace("{name: prod-two, cluster: two,", "{name: prod-two, cluster: one,"))

    done = acme("apply", "--prune", "--exclude", "prod-two")

    assert done.returncode == 0, done.stderr
    assert "two" in load_file(str(acme.config)).config.clusters


def test_a_new_credential_meets_no_cluster_that_was_left_out(acme):
    acme("apply")
    acme.spec.write_text(SPEC.replace("https://two.", "https://other.").replace("/run/ops", "/run/new"))

    done = acme("apply", "--context", "prod-one")

    assert done.returncode == 1
    assert "would take it to cluster/two, which is not the spec's" in done.stderr
    config = load_file(str(acme.config)).config
    assert config.users["ops"].body["tokenFile"] == "/run/ops"
    assert acme("apply").returncode == 0


@pytest.mark.parametrize("command", ["diff", "apply", "status", "verify"])
@pytest.mark.parametrize("word", ["--context", "--exclude"])
def test_a_name_that_is_nobodys_is_told(acme, command, word):
    done = acme(command, word, "prd-one")

    assert done.returncode == 2
    assert "no context is called 'prd-one'" in done.stderr
    assert "did you mean" in done.stderr


def test_nothing_selected_is_told(acme):
    for words in (["-l", "env=none"], ["--exclude", "*"]):
        done = acme("diff", *words)
        assert done.returncode == 2
        assert "no context is selected" in done.stderr


def test_a_saved_plan_keeps_its_selection(acme, tmp_path):
    plan = tmp_path / "plan"
    acme.kcfg("trust", "-f", acme.spec, "--yes")
    assert acme("diff", "--context", "prod-*", "--out", plan).returncode == 1

    done = acme.kcfg("apply", plan, "--exclude", "dev", "--yes")
    assert (done.returncode, "--exclude cannot stand beside it" in done.stderr) == (2, True)
    done = acme.kcfg("apply", plan, "--yes")

    assert done.returncode == 0, done.stderr
    assert contexts(acme) == ["prod-one", "prod-two"]


def test_each_environment_is_narrowed_and_a_pattern_may_mean_none_in_some(acme):
    acme.spec.write_text(
        SPEC + "environments:\n- {name: prod, select: {matchLabels: {env: prod}}}\n"
        "- {name: dev, select: {matchLabels: {env: dev}}}\n"
    )

    found = json.loads(acme("diff", "--all-environments", "--context", "prod-one", "-o", "json").stdout)

    assert [[each["name"] for each in part["changes"]] for part in found] == [["one", "ops", "prod-one"], []]
    assert acme("diff", "--all-environments", "--context", "nobody").returncode == 2


def test_a_secret_of_what_is_left_out_is_nobodys_question(applied):  # noqa: F811
    applied.spec.write_text(INLINE)
    applied("apply", "--credentials", "inline", env=SECRETS)

    done = applied("diff", "--credentials", "inline", "--context", "basic", env=SECRETS)
    assert (done.returncode, "not compared (basic)" in done.stderr) == (1, True)
    done = applied("verify", "--credentials", "inline", "--exclude", "*c", env=SECRETS)
    assert "user/token" in done.stderr
    assert "user/basic" not in done.stderr
    assert "--exclude '*c'" in done.stderr


def test_two_files_and_two_revisions_are_narrowed(acme, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    acme("apply")
    new.write_text(acme.config.read_text())
    old.write_text(new.read_text().replace("https://one", "https://1").replace("https://dev", "https://d"))

    found = acme.kcfg("diff", old, new, "--context", "dev", "-o", "json")
    names = [each["name"] for each in json.loads(found.stdout)["changes"]]

    assert names == ["dev"]
    assert acme.kcfg("diff", old, new, "--context", "prod-two").returncode == 0


def test_a_review_is_narrowed(kcfg, tmp_path):
    import subprocess

    git = ["git", "-C", tmp_path, "-c", "user.name=me", "-c", "user.email=me@example.com"]
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    (tmp_path / "kcfg.yaml").write_text(SPEC.replace("https://one", "https://1").replace("https://dev", "https://d"))

    done = kcfg("diff", "--from", "HEAD", "-l", "env=dev", cwd=tmp_path)

    assert done.returncode == 1
    assert "https://d.example.com" in done.stdout
    assert "https://1.example.com" not in done.stdout
    assert kcfg("diff", "--from", "HEAD", "--context", "prod-two", cwd=tmp_path).returncode == 0
