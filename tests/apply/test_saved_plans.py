"""`kcfg diff --out PLAN` and `kcfg apply PLAN`: exactly what was looked at, or nothing."""

import json
import subprocess

import pytest

from kcfg.cli.shared.planning import Wish
from kcfg.cli.shared.saved import _NOT_SAVED, _TYPES, KIND
from kcfg.dataclass import fields
from kcfg.kubeconfig.plan import Options
from kcfg.x509 import make_authority

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
include: [more.yaml]
variables: {domain: {default: example.com}}
clusters:
- {name: prod, server: "https://prod.${domain}", certificate-authority: ca.crt}
users: [{name: bot, token: "ref+env://token"}]
contexts: [{name: prod, cluster: prod, user: bot, namespace: web}]
secretStores: [{name: env, provider: env, env: {prefix: BOT_}}]
environments: [{name: ci, patches: [{target: {kind: Context}, merge: {namespace: ci}}]}]
"""
MORE = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nclusters: [{name: dev, server: 'https://dev.example.com'}]\n"
CONFIG = """apiVersion: v1
kind: Config
users: [{name: bot, user: {token: planted-by-hand}}]
clusters: [{name: theirs, cluster: {server: "https://theirs.example.com"}}]
"""


@pytest.fixture
def acme(kcfg, tmp_path):
    """A spec in git, a kubeconfig of which one entry is the user's, and a place for the plan."""
    clone = tmp_path / "clone"
    clone.mkdir()
    config, plan = tmp_path / "config", tmp_path / "acme.plan"
    for name, text in (("kcfg.yaml", SPEC), ("more.yaml", MORE), ("ca.crt", make_authority("one")[0].decode())):
        (clone / name).write_text(text)
    config.write_text(CONFIG)

    def git(*words):
        own = ("-c", "user.name=me", "-c", "user.email=me@example.com")
        subprocess.run(["git", "-C", clone, *own, *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")

    def run(*words, cwd=clone):
        return kcfg(*words, cwd=cwd, env={"BOT_TOKEN": "planted-in-store"})

    def save(*words):
        return run("diff", "--kubeconfig", config, "--adopt", "--out", plan, *words)

    def apply(*words, cwd=tmp_path):
        return run("apply", plan, "--yes", "--trust", *words, cwd=cwd)

    run.save, run.apply, run.git, run.clone, run.config, run.plan = save, apply, git, clone, config, plan
    return run


def changed(acme, change):
    """Save a plan, change something, apply; return what was said. Nothing may have been written."""
    assert acme.save("-e", "ci").returncode == 1
    change()
    before = acme.config.read_bytes()
    done = acme.apply()
    assert done.returncode == 1
    assert acme.config.read_bytes() == before
    assert "nothing was written" in done.stderr
    assert "kcfg diff --out PLAN" in done.stderr
    return done.stderr


def test_a_plan_is_done_as_it_was_shown_from_any_folder(acme):
    shown = acme.save("-e", "ci", "--set", "domain=example.org")

    assert (shown.returncode, acme.plan.stat().st_mode & 0o777) == (1, 0o600)
    assert acme.apply().returncode == 0
    text = acme.config.read_text()
    assert "https://prod.example.org" in text
    assert "namespace: ci" in text
    assert acme("diff", "--kubeconfig", acme.config, "-e", "ci", "--set", "domain=example.org").returncode == 0
    again = acme.apply()  # once only
    assert (again.returncode, acme.config.read_text()) == (1, text)


def test_a_plan_has_names_and_no_values(acme):
    acme.save("--read-secrets", "--credentials", "inline", "--trust")
    text = acme.plan.read_text()
    value = json.loads(text)

    assert "planted" not in text
    assert "example" not in text  # no server, no body
    assert value["spec"]["revision"] is not None
    assert {"action": "update", "section": "users", "name": "bot", "fields": ["token"]} in value["operations"]
    assert "theirs" not in text  # what is not touched
    assert acme.apply().returncode == 0
    assert "planted-in-store" in acme.config.read_text()


def test_a_plan_that_could_not_say_all_is_not_saved(acme):
    done = acme.save("--credentials", "inline")

    assert done.returncode == 2
    assert "--read-secrets" in done.stderr
    assert not acme.plan.exists()


@pytest.mark.parametrize("words", [("--all-environments",), ("--from", "HEAD")])
def test_one_plan_is_for_one_kubeconfig(acme, words):
    done = acme("diff", "--out", acme.plan, *words)

    assert (done.returncode, acme.plan.exists()) == (2, False)
    assert "one kubeconfig and one environment" in done.stderr


def test_a_plan_takes_the_place_of_nothing_that_was_read(acme):
    for name in ("kcfg.yaml", "more.yaml"):
        before = (acme.clone / name).read_text()
        assert acme("diff", "--kubeconfig", acme.config, "--out", name).returncode == 2
        assert (acme.clone / name).read_text() == before
    assert acme("diff", "--kubeconfig", acme.config, "--out", acme.config).returncode == 2
    assert acme.config.read_text() == CONFIG


def test_another_kubeconfig_is_refused(acme):
    said = changed(acme, lambda: acme.config.write_text(CONFIG.replace("theirs.example", "others.example")))

    assert f"{acme.config}: error: changed since the plan was made" in said
    assert "planned was" not in said  # the operations are the same


@pytest.mark.parametrize("name", ["kcfg.yaml", "more.yaml", "ca.crt"])
def test_any_other_file_of_the_spec_is_refused(acme, name):
    path = acme.clone / name

    def edit():
        path.write_text(path.read_text() + "# another\n")
        acme.git("commit", "-qam", "two")

    said = changed(acme, edit)
    assert "the spec, or a file it names, changed since the plan was made: planned at " in said
    assert ", now " in said


def test_other_operations_are_told_by_name(acme):
    path = acme.clone / "kcfg.yaml"
    said = changed(acme, lambda: path.write_text(SPEC.replace("users: [", "users: [{name: new, as: me}, ")))

    assert "users/new: planned was nothing, now it would be create (as)" in said
    assert "clusters/prod" not in said


def test_a_plan_with_other_operations_than_its_digests_say_is_refused(acme):
    def edit():
        value = json.loads(acme.plan.read_text())
        value["operations"] = [each for each in value["operations"] if each["section"] != "users"]
        acme.plan.write_text(json.dumps(value))

    assert "users/bot: planned was nothing, now it would be update" in changed(acme, edit)


def test_a_commit_of_the_same_files_is_no_change(acme):
    (acme.clone / "kcfg.yaml").write_text(SPEC + "# more\n")
    acme.save()
    acme.git("commit", "-qam", "two")

    assert acme.apply().returncode == 0


def test_trust_and_consent_are_asked_as_ever(acme):
    acme.save()

    for words in ((), ("--yes",), ("--trust",)):
        done = acme("apply", acme.plan, *words)
        assert done.returncode != 0
        assert acme.config.read_text() == CONFIG
    assert acme("apply", acme.plan, "--dry-run").returncode == 0
    assert acme.config.read_text() == CONFIG


@pytest.mark.parametrize("words", [("--prune",), ("-e", "ci"), ("--kubeconfig", "x"), ("-f", "."), ("--set", "a=b")])
def test_flags_beside_a_plan_are_refused(acme, words):
    acme.save()
    done = acme.apply(*words)

    assert done.returncode == 2
    assert f"{words[0]} cannot stand" in done.stderr.replace("--environment", "-e").replace("--values", "--set")


def test_a_plan_names_no_program_by_itself(acme):
    acme.save("--credential-command", "/opt/other")

    done = acme.apply()
    assert (done.returncode, acme.config.read_text()) == (2, CONFIG)
    assert "another program" in done.stderr
    assert acme.apply("--credential-command", "/opt/other").returncode == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda value: [],
        lambda value: value | {"kind": "Config"},
        lambda value: value | {"version": 2},
        lambda value: value | {"salt": "x"},
        lambda value: value | {"flags": value["flags"] | {"prune": "yes"}},
        lambda value: value | {"flags": value["flags"] | {"trust": True}},
        lambda value: value | {"flags": value["flags"] | {"on_conflict": "any"}},
        lambda value: value | {"flags": {}},
        lambda value: value | {"operations": [{"name": "x"}]},
        lambda value: value | {"operations": 1},
        lambda value: value | {"spec": value["spec"] | {"file": "kcfg.yaml"}},
        lambda value: value | {"kubeconfig": {"file": 1, "digest": ""}},
    ],
)
def test_a_damaged_plan_is_refused(acme, damage):
    acme.save()
    acme.plan.write_text(json.dumps(damage(json.loads(acme.plan.read_text()))))

    done = acme.apply()
    assert (done.returncode, acme.config.read_text()) == (2, CONFIG)
    assert "plan" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_flag_of_a_plan_can_be_saved():
    kinds = {field.name: field.type for owner in (Wish, Options) for field in fields(owner)}

    assert [name for name, kind in kinds.items() if name not in _NOT_SAVED and kind not in _TYPES] == []
    assert KIND == "SavedPlan"
