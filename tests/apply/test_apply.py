"""`kcfg apply`, `status`, `verify`, `history` and `undo` as a user meets them."""

import json
import os
import stat

import pytest
from apply_world import HEAD, INLINE, SECRETS, SPEC

from kcfg import apply_plan, load_spec, make_plan, make_target, open_live, read_bytes
from kcfg.trust.gate import Permit


def test_words_summary_and_idempotence(applied):
    first = applied("apply")
    stamp = os.stat(applied.config).st_mtime_ns
    second = applied("apply")

    assert first.stdout == "cluster/prod created\nuser/ops created\ncontext/prod created\n"
    assert first.stderr == (
        "kcfg: note: not stored yet: ops/token; `kcfg secret set --missing` asks for each\n"
        f"kcfg: {applied.config} <- spec acme: 3 created\n"
    )
    assert second.stdout == f"{applied.config} unchanged\n"
    assert os.stat(applied.config).st_mtime_ns == stamp
    assert stat.S_IMODE(os.stat(applied.config).st_mode) == 0o600


def test_dry_run_writes_nothing_anywhere(applied, private_home):
    done = applied("apply", "--dry-run", trust=False)

    assert done.stdout == "cluster/prod created (dry run)\nuser/ops created (dry run)\ncontext/prod created (dry run)\n"
    assert not applied.config.exists()
    assert list(private_home.rglob("*")) == []


def test_kubectl_reads_what_was_applied(applied, kubectl):
    applied("apply")

    seen = json.loads(kubectl("config", "view", "--kubeconfig", applied.config, "-o", "json").stdout)

    (context,) = seen["contexts"]
    assert context["context"]["extensions"] == [
        {"name": "kcfg", "extension": {"labels": {"env": "prod"}, "protected": True, "spec": "acme"}}
    ]
    assert seen["current-context"] == ""


def test_prune_deletes_what_the_spec_no_longer_has_and_only_that(applied):
    applied("apply")
    applied.spec.write_text(SPEC.replace("ops", "sre").replace("name: prod, server", "name: prod, proxy-url: "
                                                              "'http://proxy.example.com', server"))  # fmt: skip

    kept = applied("apply")
    status = applied("status", "--prune")
    pruned = applied("apply", "--prune")

    assert kept.stdout == "cluster/prod configured\nuser/ops orphaned\nuser/sre created\ncontext/prod configured\n"
    assert status.stdout == " D user/ops\n"
    assert pruned.stdout == "user/ops pruned\n"


WRONG = [
    "clusters: [{name: qa, server: 'https://qa.example.com', labels: {int: 5}}]",
    "clusters: [{name: qa, server: 'https://qa.example.com', labels: {SecretRefBox: {str: 1}}}]",
    "environments: [{name: qa, variables: {int: 5}}]",
    "environments: [{name: qa, select: {matchLabels: {float: 5}}}]",
    "secretStores: [{name: qa, provider: command, command: {argv: [pass], timeout: abc}}]",
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_with_a_wrong_value_under_any_key_is_told_and_its_live_entries_stay(wrong, applied):
    applied.spec.write_text(f"{SPEC}include: [more.yaml]\n")
    more = applied.spec.with_name("more.yaml")
    right = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nusers: [{name: also, auth: {gke: {}}}]\n"
    more.write_text(right)
    applied("apply")
    before = applied.config.read_text()
    assert "name: also" in before
    more.write_text(f"{right}{wrong}\n")

    for words in (["validate", "-f", applied.spec], ["lint", "-f", applied.spec], ["render", "-f", applied.spec]):
        done = applied.kcfg(*words)
        assert done.returncode != 0
        assert "more.yaml:4:" in done.stdout + done.stderr
    done = applied("apply", "--prune", "--yes")

    assert done.returncode == 2
    assert "more.yaml:4:" in done.stderr
    assert applied.config.read_text() == before


def test_a_pruned_current_context_is_left_alone_and_told(applied):
    applied("apply")
    applied.config.write_text(applied.config.read_text().replace('current-context: ""', "current-context: prod"))
    applied.spec.write_text(HEAD)

    done = applied("apply", "--prune")

    assert "warning: current-context names a context that was pruned" in done.stderr
    assert "current-context: prod" in applied.config.read_text()


def test_entries_of_others_are_a_conflict_until_adopted(applied):
    applied.config.write_text("clusters:\n- name: prod # mine\n  cluster: {server: https://mine.example.com}\n")

    refused = applied("apply")
    adopted = applied("apply", "--adopt")

    assert refused.returncode == 1
    assert f"{applied.config}: error: cluster/prod: exists, and kcfg did not write it" in refused.stderr
    assert "--adopt takes it over" in refused.stderr
    assert adopted.stdout.splitlines()[0] == "cluster/prod configured"
    assert "name: prod # mine" in applied.config.read_text()


def test_inlining_into_a_work_tree_of_git_is_refused(applied, tmp_path):
    import subprocess

    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    applied.spec.write_text(INLINE)

    done = applied("apply", "--credentials", "inline", env=SECRETS)

    assert done.returncode == 2
    assert "refusing to write secrets into a git work tree" in done.stderr
    assert not applied.config.exists()


def test_a_missing_secret_writes_nothing_and_prunes_nothing(applied):
    applied.spec.write_text(INLINE)
    applied("apply", "--credentials", "inline", env=SECRETS)
    before = applied.config.read_bytes()
    applied.spec.write_text(INLINE.replace("- {name: basic, cluster: prod, user: basic}\n", ""))

    done = applied("apply", "--credentials", "inline", "--prune", env={"FAKE_TOKEN": "fake-x"})

    assert done.returncode == 2
    assert "FAKE_PASSWORD" in done.stderr
    assert applied.config.read_bytes() == before


def test_verify_is_quiet_and_answers_by_its_exit_code(applied):
    assert applied("verify").returncode == 1
    applied("apply")
    done = applied("verify")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    applied.config.write_text(applied.config.read_text().replace("prod.example.com", "other.example.com"))
    done = applied("verify", "--prune")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"kcfg: {applied.config} <- spec acme: differs: cluster/prod; `kcfg diff -f {applied.spec} "
        f"--kubeconfig {applied.config} --prune` shows it\n"
    )
    applied.spec.write_text("kind: [")
    assert applied("verify").returncode == 2


def test_status_as_json(applied):
    applied("apply")
    text = applied.config.read_text().replace("web", "other")
    applied.config.write_text(text.replace("prod.example.com", "other.example.com"))

    assert json.loads(applied("status", "-o", "json").stdout) == {
        "differs": True,
        "entries": [
            {"kind": "cluster", "name": "prod", "drift": "modified", "next": "conflict", "notCompared": []},
            {"kind": "context", "name": "prod", "drift": "modified", "next": "unchanged", "notCompared": []},
        ],
    }


def test_history_and_undo(applied):
    for namespace in ("web", "api", "db"):
        applied.spec.write_text(SPEC.replace("namespace: web", f"namespace: {namespace}"))
        applied("apply")
    before_last = applied.config.read_text().replace("namespace: db", "namespace: api")

    run = applied.kcfg
    done = run("undo", "--yes", "--kubeconfig", applied.config)

    assert (done.returncode, done.stdout) == (0, "context/prod restored\n")
    assert "namespace: db -> api" in done.stderr
    assert applied.config.read_text() == before_last
    assert applied("status").stdout == " M context/prod\n"  # by the memory of that time, not as a change of others
    listed = run("history", "--kubeconfig", applied.config, "-o", "json")
    events = json.loads(listed.stdout)["events"]
    assert [event["what"] for event in events] == ["3 created", "1 configured", "1 configured", "undo of 3"]
    assert run("undo", "--yes", "1", "--kubeconfig", applied.config).returncode == 0
    assert not applied.config.exists()
    assert run("undo", "--yes", "--kubeconfig", applied.config).returncode == 2


def undos(applied):
    events = json.loads(applied.kcfg("history", "--kubeconfig", applied.config, "-o", "json").stdout)["events"]
    return [event["undo"] for event in events]


def test_history_says_yes_only_where_undo_would(applied, private_home):
    applied.spec.write_text(INLINE)
    applied("apply", "--credentials", "inline", env=SECRETS)
    assert undos(applied) == ["yes"]
    applied("apply", "--credentials", "inline", env={**SECRETS, "FAKE_TOKEN": "fake-token-two"})

    first, second = undos(applied)
    assert first == "no: event 2 comes first, and cannot be taken back"
    assert second.startswith("no: it would need a secret of user/token")
    assert applied.kcfg("undo", "--yes", "1", "--kubeconfig", applied.config).returncode == 1


def test_history_sees_what_others_changed_since(applied):
    for namespace in ("web", "api"):
        applied.spec.write_text(SPEC.replace("namespace: web", f"namespace: {namespace}"))
        applied("apply")
    text = applied.config.read_text()
    applied.kcfg("use-context", "prod", "--kubeconfig", applied.config)
    assert undos(applied) == ["yes", "yes"]
    applied.config.write_text(text + "# by hand\n")

    assert undos(applied) == ["no: event 2 comes first, and cannot be taken back", "no: the file was changed since"]
    assert applied.kcfg("undo", "--yes", "--kubeconfig", applied.config).returncode == 1


def test_history_sees_what_others_changed_between_events(applied):
    applied("apply")
    applied.config.write_text(applied.config.read_text() + "# by hand\n")
    applied.spec.write_text(SPEC.replace("namespace: web", "namespace: api"))
    assert applied("apply").returncode == 0

    assert undos(applied) == ["no: others changed the file before event 2", "yes"]
    assert applied.kcfg("undo", "--yes", "1", "--kubeconfig", applied.config).returncode == 1
    assert applied.kcfg("undo", "--yes", "--kubeconfig", applied.config).returncode == 0


def test_undo_refuses_where_others_changed_the_file(applied):
    applied("apply")
    applied.config.write_text(applied.config.read_text() + "# by hand\n")

    done = applied.kcfg("undo", "--yes", "--kubeconfig", applied.config)

    assert done.returncode == 1
    assert "changed since kcfg wrote it" in done.stderr
    assert applied.config.read_text().endswith("# by hand\n")


def test_undo_dry_run_shows_and_leaves(applied):
    applied("apply")
    text = applied.config.read_text()

    done = applied.kcfg("undo", "--dry-run", "--kubeconfig", applied.config)

    assert (done.returncode, done.stdout) == (0, "")
    assert "- cluster/prod" in done.stderr
    assert applied.config.read_text() == text


def test_undo_refuses_where_it_would_need_a_secret_and_names_the_entry(applied, private_home):
    applied.spec.write_text(INLINE)
    applied("apply", "--credentials", "inline", env=SECRETS)
    applied("apply", "--credentials", "inline", env={**SECRETS, "FAKE_TOKEN": "fake-token-two"})

    done = applied.kcfg("undo", "--yes", "--kubeconfig", applied.config)

    assert done.returncode == 1
    assert "user/token" in done.stderr
    assert "keeps no copy of a secret" in done.stderr
    for path in private_home.rglob("*"):
        assert path.is_dir() or "fake-" not in path.read_text()


def test_undo_of_the_first_apply_beside_somebodys_secret(applied, private_home):
    mine = "# mine\nusers:\n- name: me\n  user: {token: fake-mine}\n"
    applied.config.write_text(mine)
    applied("apply")

    done = applied.kcfg("undo", "--yes", "--kubeconfig", applied.config)

    assert done.returncode == 0, done.stderr
    assert applied.config.read_text() == mine
    for path in private_home.rglob("*"):
        assert path.is_dir() or "fake-mine" not in path.read_text()


def test_the_plan_that_was_shown_is_the_plan_that_is_written(applied):
    """In a library: a file that changes between plan and apply is refused."""
    spec = load_spec(str(applied.spec))
    live = open_live(str(applied.config))
    plan = make_plan(live.applied, live.config, make_target(spec, read_file=read_bytes), spec=spec.name)
    applied.config.write_text("clusters: [{name: prod, cluster: {server: https://mine.example.com}}]\n")

    with pytest.raises(Exception, match="changed since the plan was made"):
        apply_plan(plan, live, Permit(spec))

    applied.config.write_text("clusters: [{name: other, cluster: {server: https://mine.example.com}}]\n")
    assert apply_plan(plan, live, Permit(spec)).written  # what the plan does not touch may change
    assert "mine.example.com" in applied.config.read_text()


def test_through_a_link_and_in_a_list_of_files(applied, tmp_path):
    link, other = tmp_path / "link", tmp_path / "other"
    link.symlink_to(applied.config)
    applied.config.write_text("{}\n")
    other.write_text("{}\n")

    applied.kcfg("trust", "-f", applied.spec, "--yes")
    done = applied.kcfg("apply", "--yes", "-f", applied.spec, env={"KUBECONFIG": f"{tmp_path}/none:{link}:{other}"})

    assert done.returncode == 0, done.stderr
    assert f"this is about {link}" in done.stderr
    assert link.is_symlink()
    assert applied("status").stdout == ""


def test_a_changed_server_for_a_stored_secret_needs_trust(applied):
    applied("apply")
    applied.spec.write_text(SPEC.replace("prod.example.com", "elsewhere.example.com"))
    before = applied.config.read_text()

    refused = applied("apply", "--yes", trust=False)
    trusted = applied("apply", "--yes", "--trust", trust=False)

    assert refused.returncode == 1
    assert "not trusted: secret ops/token goes to https://elsewhere.example.com" in refused.stderr
    assert "`kcfg trust`; in CI: --trust-from REV" in refused.stderr
    assert before != applied.config.read_text()
    assert trusted.returncode == 0
    assert applied("apply", trust=False).returncode == 0


def test_a_changed_server_for_a_user_without_a_stored_secret_needs_none(applied):
    without = SPEC.replace('token: "ref+default://ops/token"', 'as: "someone"')
    applied.spec.write_text(without)
    applied("apply")
    applied.spec.write_text(without.replace("prod.example.com", "elsewhere.example.com"))

    assert applied("apply").returncode == 0


def test_a_spec_name_from_another_place_needs_trust(applied, tmp_path):
    applied("apply")
    other = tmp_path / "evil" / "kcfg.yaml"
    other.parent.mkdir()
    (tmp_path / "evil" / ".git").mkdir()
    other.write_text(SPEC.replace("name: prod", "name: mine").replace("cluster: prod", "cluster: mine"))

    refused = applied.kcfg("apply", "--yes", "-f", other, "--kubeconfig", applied.config)

    assert refused.returncode == 1
    assert f"the name 'acme' belongs to {tmp_path}" in refused.stderr
    assert applied.kcfg("apply", "--yes", "-f", other, "--kubeconfig", applied.config, "--trust").returncode == 0


def test_an_item_of_another_tool_needs_trust_once(applied):
    applied.spec.write_text(
        SPEC.replace('"ref+default://ops/token"', "{secretRef: {keyring: {service: mail, username: me}}}")
    )

    refused = applied("apply", trust=False)

    assert refused.returncode == 1
    assert "not trusted: uses another tool's keyring item mail (me)" in refused.stderr
    assert not applied.config.exists()
    assert applied("apply", "--trust", trust=False).returncode == 0
    assert applied("apply", trust=False).returncode == 0


BOTH = """# mine
contexts:
- {name: mine, context: {cluster: mine}}   # a comment
clusters:
- {name: mine, cluster: {server: "https://mine.example.com"}}
"""


@pytest.mark.parametrize("before", [None, BOTH, BOTH + "current-context: mine\n"])
@pytest.mark.parametrize("switch", ["kcfg", "kubectl"])
def test_undo_puts_up_with_another_current_context(applied, kubectl, before, switch):
    """`kubectl config use-context` writes the whole file: of comments nothing can come back."""
    if before:
        applied.config.write_text(before)
    applied.spec.write_text(SPEC.replace(", protected: true", ""))
    assert applied("apply").returncode == 0

    def switch_to(name):
        words = ("use-context", name, "--kubeconfig", applied.config)
        done = applied.kcfg(*words) if switch == "kcfg" else kubectl("config", *words)
        assert done.returncode == 0, done.stderr

    switch_to("prod")
    done = applied.kcfg("undo", "--yes", "--kubeconfig", applied.config)
    assert done.returncode == 0, done.stderr
    if before is None:
        assert not applied.config.exists()
        return
    if switch == "kcfg":
        assert applied.config.read_text() == before
    assert "prod" not in applied.config.read_text()
    assert "mine.example.com" in applied.config.read_text()

    assert applied("apply").returncode == 0
    switch_to("prod")
    switch_to("mine")
    done = applied.kcfg("undo", "--yes", "--kubeconfig", applied.config)
    assert done.returncode == 0, done.stderr
    assert "current-context: mine" in applied.config.read_text()
    assert "prod" not in applied.config.read_text()


def test_undo_of_several_with_a_switch_between_and_one_that_stays(applied):
    spec = SPEC.replace(", protected: true", "")
    applied.spec.write_text(spec)
    assert applied("apply").returncode == 0
    before = applied.config.read_text()
    for namespace, context in (("api", "prod"), ("db", "prod")):
        applied.spec.write_text(spec.replace("namespace: web", f"namespace: {namespace}"))
        assert applied("apply").returncode == 0
        assert applied.kcfg("use-context", context, "--kubeconfig", applied.config).returncode == 0

    done = applied.kcfg("undo", "2", "--yes", "--kubeconfig", applied.config)

    assert done.returncode == 0, done.stderr
    assert "current-context stays prod" in done.stderr
    assert applied.config.read_text() == before.replace('current-context: ""', "current-context: prod")


def test_undo_refuses_a_switch_with_more(applied, kubectl):
    assert applied("apply").returncode == 0
    kubectl("config", "use-context", "prod", "--kubeconfig", applied.config)
    kubectl("config", "set-cluster", "new", "--server=https://x.example.com", "--kubeconfig", applied.config)
    text = applied.config.read_text()

    done = applied.kcfg("undo", "--yes", "--kubeconfig", applied.config)

    assert done.returncode == 1
    assert "changed since kcfg wrote it" in done.stderr
    assert applied.config.read_text() == text
