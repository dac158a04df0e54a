"""What the first release left in a home is read by this one: tests/fixtures/first-release says how it was made."""

import hashlib
import json
import os

import pytest
import yaml
from conftest import ROOT

LEFT = ROOT / "tests/fixtures/first-release/home"
SPEC = "acme/kcfg.yaml"


def put(home):
    """Put the files of the first release into a HOME, its paths and digests of paths as they would be there."""
    digest = hashlib.sha256(os.fsencode(os.path.realpath(home / ".kube" / "config"))).hexdigest()[:24]
    for path in LEFT.rglob("*"):
        if path.is_file():
            place = home / str(path.relative_to(LEFT)).replace("@config", digest)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.write_text(path.read_text().replace("/home/user", os.path.realpath(home)).replace("@config", digest))
            place.chmod(0o600)


@pytest.fixture
def first(private_home, kcfg):
    """kcfg, in the spec's folder of a home that the first release left."""
    put(private_home)
    return lambda *words: kcfg(*words, cwd=private_home / "acme")


@pytest.fixture
def config(private_home):
    return private_home / ".kube" / "config"


def test_the_fixtures_name_no_machine():
    texts = {path.name: path.read_text() for path in LEFT.rglob("*") if path.is_file()}
    roots = [each["root"] for each in json.loads(texts["specs.json"]).values()]

    assert roots == ["/home/user/acme"]
    assert [*json.loads(texts["trust.json"])] == ["/home/user/acme/kcfg.yaml"]


def test_its_spec_is_valid_and_renders_as_it_did(first, config):
    checked, rendered = first("validate"), first("render")
    now, then = yaml.safe_load(rendered.stdout), yaml.safe_load(config.read_text())

    assert checked.stdout == "kcfg.yaml: 4 clusters, 3 users, 4 contexts, 1 environment: valid\n"
    assert rendered.returncode == 0
    for user in (*now["users"], *then["users"]):
        user["user"].get("exec", {}).pop("installHint", None)
    for context in then["contexts"]:
        context["context"].pop("extensions", None)  # what apply notes, and render does not
    for section in ("clusters", "contexts", "users"):
        assert now[section] == [each for each in then[section] if each["name"] != "minikube"]


def test_its_environment_renders(first):
    rendered = yaml.safe_load(first("render", "-e", "ci").stdout)

    assert [each["cluster"] for each in rendered["clusters"]] == [
        {"proxy-url": "http://bastion.example.com:3128", "server": "https://dev.example.com:6443"}
    ]


def test_its_history_is_listed(first):
    rows = [line.split()[2:] for line in first("history").stdout.splitlines()[1:]]

    assert rows == [
        ["acme", "-", "11", "created", "yes"],
        ["acme", "-", "1", "configured", "no:", "taken", "back"],
        ["acme", "-", "undo", "of", "2", "no:", "an", "undo", "is", "not", "undone;", "apply", "again"],
        ["acme", "-", "1", "configured", "yes"],
    ]


def test_its_entries_are_known_as_its_own_and_changed_by_nobody(first):
    """Only a hint has other words today: the first column, what others did, is empty."""
    status, diff = first("status"), first("diff")

    assert status.stdout == " M user/jane\n M user/robot\n"
    assert diff.returncode == 1
    fields = [line.partition(": ")[0].strip() for line in diff.stdout.splitlines() if line.startswith(" ")]
    assert fields == ["exec.installHint"] * 2
    assert diff.stdout.endswith("2 to update, 4 unmanaged, 9 unchanged\n")


def test_what_others_changed_since_is_a_conflict(first, config):
    config.write_text(config.read_text().replace("https://dev.example.com", "https://other.example.com"))

    assert "MM cluster/dev\n" in first("status").stdout


def test_its_last_apply_is_taken_back_by_bytes(first, config):
    after = config.read_text()
    done = first("undo", "--yes")

    assert (done.returncode, done.stdout) == (0, "cluster/prod restored\n")
    assert config.read_text() == after.replace("https://api.prod.", "https://prod.")
    assert "undo of 4" in first("history").stdout


def test_after_a_switch_its_last_apply_is_not_taken_back_and_that_is_told(first, config):
    assert first("use-context", "dev").returncode == 0
    switched = config.read_text()
    done = first("undo", "--yes")

    assert done.returncode == 1
    assert "changed since kcfg wrote it; nothing was taken back" in done.stderr
    assert config.read_text() == switched


def test_its_previous_context_is_remembered(first):
    assert first("use-context", "-").stdout == 'Switched to context "dev".\n'


def test_its_trust_is_asked_for_again(first):
    """It pinned commands alone: where secrets go was nobody's question, so nothing of it is taken for an answer."""
    refused = first("apply", "--yes")

    assert refused.returncode == 1
    assert "not trusted: jane/token of store vault goes to https://dev.example.com:6443" in refused.stderr
    assert "store vault runs cat token.txt" in refused.stderr
    assert "hint: look at it, then `kcfg trust`" in refused.stderr


def test_once_trusted_it_is_applied_and_undone(first, config):
    before = config.read_text()
    trusted, applied = first("trust", "--yes"), first("apply", "--yes")

    assert (trusted.returncode, applied.returncode) == (0, 0)
    assert "2 configured, 4 unmanaged, 9 unchanged" in applied.stderr
    assert first("verify").returncode == 0
    assert first("undo", "--yes").returncode == 0
    assert config.read_text() == before


def test_its_stanzas_get_nothing_before_that_and_their_token_after(first, config):
    user = next(each["user"] for each in yaml.safe_load(config.read_text())["users"] if each["name"] == "robot")
    refused = first("credential", *user["exec"]["args"])
    first("trust", "--yes")
    answer = first("credential", *user["exec"]["args"])

    assert refused.returncode != 0
    assert "the command of acme/vault is not trusted" in refused.stderr
    assert "`kcfg trust`" in refused.stderr
    assert json.loads(answer.stdout)["status"] == {"token": "placeholder-of-robot"}
