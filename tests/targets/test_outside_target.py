"""A target that lives in another installed package: found by its entry point, held to the rules of kcfg's own."""

import json
import os
import subprocess

import pytest
import yaml

HUB = ["render", "--to", "team-hub"]
NAMED = "from kcfg.targets.fields import Engine\nENGINE = Engine('theirs')\nNAMESPACE = FILE = ''\n"
OWN = """
from kcfg.targets.fields import Engine
NAMESPACE = FILE = ""
ENGINE = Engine("theirs", {"proxy-url": ("no proxy is asked", "leave it out")}, frozenset({
    ("context", "namespace"), ("user", "labels"), ("spec", "current-context")
}))
def documents(job):
    yield "all", " ".join(each.entry.server for each in job.spec.clusters.values())
"""
CODE = """
from kcfg.targets.fields import Engine
ENGINE = Engine("theirs")
NAMESPACE, FILE = "", "one"
def documents(job):
    job.kubeconfig()
    yield "one", "1"
    yield "two", "2"
"""
TWO = NAMED + 'def documents(job):\n    yield "kcfg.txt", "a"\n    yield {second}\n'


@pytest.fixture
def outside(outside_forked):
    return outside_forked


def declare(outside, **changes):
    """Write the spec with other entries, without a secret."""
    changes = {"secretStores": [], "users": [], "contexts": [{"name": "dev", "cluster": "dev"}], **changes}
    spec = json.loads((outside.repo / "kcfg.yaml").read_text())
    (outside.repo / "kcfg.yaml").write_text(json.dumps(spec | changes))


def listed(outside):
    """Return the targets that the help lists."""
    (line,) = [each for each in outside.run("render", "--help").splitlines() if each.startswith("  --to ")]
    return line.split()[1].split("|")


def test_it_is_rendered_listed_completed_and_suggested(outside):
    outside.install()
    declare(outside)

    found = yaml.safe_load(outside.run(*HUB))
    assert (found["kind"], found["metadata"]) == ("ConfigMap", {"name": "dev", "namespace": "team"})
    assert listed(outside)[-2:] == ["direnv", "team-hub"]
    assert outside.run("__complete", "zsh", "render", "--to", "te").split() == ["team-hub", ":4"]
    assert "did you mean 'team-hub'?" in outside.run("render", "--to", "team-hup", ok=False)
    assert outside.run(*HUB, "--why") == "dev: no secret: nobody signs in\n"


def test_a_secret_is_refused_before_it_is_asked_for_and_written_for_its_owner_alone(outside):
    outside.install()
    told = outside.run(*HUB, "--out", "hub", ok=False)
    assert "users[0].token: " in told
    assert not (outside.repo / "hub").exists()

    inline = [*HUB, "--credentials", "inline", "--out", "hub"]
    assert "trust" in outside.run(*inline, ok=False)
    outside.run("trust", "--yes")
    subprocess.run(["git", "init", "-q"], cwd=outside.repo, check=True)
    assert "git work tree that does not ignore this file" in outside.run(*inline, ok=False)
    assert not (outside.repo / "hub").exists()
    (outside.repo / ".gitignore").write_text("/hub/\n")
    assert "hub: 1 created" in outside.run(*inline)
    (file,) = (outside.repo / "hub").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "stored-secret" in yaml.safe_load(file.read_text())["stringData"]["kubeconfig"]
    outside.run(*HUB, "--credentials", "inline", "--check", "hub")
    assert "dev: secret needed: token of user 'ci'" in outside.run(*HUB, "--why")


def test_what_its_reader_does_not_read_is_refused_or_told(outside):
    outside.install()
    declare(
        outside,
        users=[{"name": "ci", "auth": {"gke": {}}}],
        contexts=[{"name": "dev", "cluster": "dev", "user": "ci", "namespace": "shop"}],
    )
    assert "kcfg.yaml:1:" in (told := outside.run(*HUB, ok=False))
    assert "users[0].auth: the team's reader runs no plugin [KCFG703]" in told

    declare(outside, contexts=[{"name": "dev", "cluster": "dev", "namespace": "shop"}])
    assert "kcfg: note: the team's reader does not read namespace" in outside.run(*HUB)


def test_one_that_reads_the_spec_on_its_own_is_held_to_what_it_says_it_reads(outside):
    outside.add("kcfg.targets", "own", "team_own", OWN)
    far = {"name": "far", "server": "https://far.example.com", "proxy-url": "http://proxy.example.com"}
    entries = {
        "clusters": [{"name": "dev", "server": "https://dev.example.com"}, far],
        "users": [{"name": "ci", "labels": {"a": "b"}}],
        "contexts": [
            {"name": "dev", "cluster": "dev", "user": "ci", "namespace": "shop"},
            {"name": "far", "cluster": "far", "namespace": "shop"},
        ],
        "current-context": "dev",
    }
    declare(outside, **entries)

    told = outside.run("render", "--to", "own", "--out", "own", ok=False)
    assert "clusters[1].proxy-url: no proxy is asked [KCFG703]" in told
    assert not (outside.repo / "own").exists()
    told = outside.run("render", "--to", "own", "--context", "dev")
    assert "note: theirs does not read current-context, labels, namespace\n" in told


def test_a_name_of_kcfg_stays_its_own(outside):
    declare(outside)
    before = outside.run("render", "--to", "flux")
    outside.add("kcfg.targets", "flux", "evil_flux", "raise RuntimeError")

    assert outside.run("render", "--to", "flux") == before
    assert listed(outside).count("flux") == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def documents(", "cannot be loaded: SyntaxError at "),
        ("raise RuntimeError('s3cr3t')", "cannot be loaded: RuntimeError at team_bad.py:1"),
        ("raise SystemExit(0)", "cannot be loaded: SystemExit at team_bad.py:1"),
        ("import team_not_there", "No module named 'team_not_there'"),
        ("", "team_bad has no NAMESPACE"),
        ("NAMESPACE = FILE = ''", "team_bad has no ENGINE"),
        (NAMED, "team_bad has no documents"),
        ("ENGINE = NAMESPACE = FILE = None\ndef documents(job): pass", "NAMESPACE and FILE have to be texts"),
        ("ENGINE = NAMESPACE = FILE = ''\ndocuments = 1", "ENGINE has to be an Engine"),
        (
            NAMED + "ENGINE = Engine('x', {'proxy': ('a', 'b')})\ndocuments = 1",
            "ENGINE names no field of a spec: 'proxy'",
        ),
        (NAMED + "ENGINE = Engine('x', unread=[('pod', 'x')])\ndocuments = 1", "no field of a spec: ('pod', 'x')"),
        (NAMED + "ENGINE = Engine('x', unread=[1])\ndocuments = 1", "no field of a spec: 1"),
        (NAMED + "ENGINE = Engine('x', 1)\ndocuments = 1", "ENGINE has to say a mapping"),
        (NAMED + "documents = 1", "failed: TypeError"),
        (NAMED + "def documents(job): return 1", "failed: TypeError"),
        (NAMED + "def documents(job):\n    raise ValueError('s3cr3t')", "failed: ValueError at team_bad.py:5"),
        (TWO.format(second="'../up.yaml', 'b'"), "no file of a folder: '../up.yaml'"),
        (TWO.format(second="'.git', 'b'"), "no file of a folder: '.git'"),
        (TWO.format(second="'kcfg.txt', 'b'"), "no file of a folder: 'kcfg.txt'"),
        (TWO.format(second="'b.txt', b's3cr3t'"), "no file of a folder: 'b.txt'"),
        (TWO.format(second="1"), "failed: TypeError"),
    ],
)
def test_a_broken_one_is_an_error_with_a_hint_and_nothing_is_written(outside, code, told):
    outside.add("kcfg.targets", "bad", "team_bad", code)
    declare(outside)

    said = outside.run("render", "--to", "bad", "--out", "hub", ok=False)
    assert told in said
    assert "hint: " in said
    assert "Traceback" not in said
    assert "s3cr3t" not in said
    assert not (outside.repo / "hub").exists()
    assert "does not say" in outside.run("render", "--to", "bad", "--why", ok=False) or "cannot be loaded" in said


def test_files_that_it_did_not_name_pass_the_gate_too(outside):
    outside.add("kcfg.targets", "two", "team_two", CODE)
    outside.install()
    outside.run("trust", "--yes")
    subprocess.run(["git", "init", "-q"], cwd=outside.repo, check=True)
    (outside.repo / ".gitignore").write_text("/hub/one\n")
    words = ["render", "--to", "two", "--out", "hub"]

    assert "hub/two" in outside.run(*words, "--credentials", "inline", ok=False)
    assert not (outside.repo / "hub").exists()
    outside.run(*words)
    assert "two needs several files" in outside.run(*words[:3], ok=False)
    assert {each.stat().st_mode & 0o777 for each in (outside.repo / "hub").iterdir()} == {0o600}


def test_metadata_that_cannot_be_read_hide_nothing(outside):
    outside.install()
    folder = f"{outside.packages}/broken-1.0.dist-info"
    os.makedirs(folder)
    with open(f"{folder}/entry_points.txt", "wb") as file:
        file.write(b"[kcfg.targets]\nno sign\n\xff\n")

    assert "team-hub" in listed(outside)


def test_nothing_is_looked_for_where_kcfg_has_the_target(outside):
    outside.install()
    declare(outside)
    for words in (["render"], ["render", "--to", "flux"], ["render", "--to", "flux", "--why"]):
        assert not outside.loads("kcfg.outside", *words), words
    assert outside.loads("kcfg.outside", *HUB)
