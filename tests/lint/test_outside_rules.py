"""Rules that live in another installed package: found by their entry point, with all that kcfg's own have."""

import json

import pytest

SERVERS = """apiVersion: v1
kind: Config
current-context: a
clusters:
- {{name: a, cluster: {{server: "https://a.example.net"}}}}{}
contexts:
- {{name: a, context: {{cluster: a, user: u}}}}
users:
- {{name: u, user: {{as: u}}}}
"""
RULE = """
from kcfg.errors import Problem
from kcfg.lint.rule import Rule
def check(subject):
    {check}
    yield
RULES = {rules}
"""
GOOD = """Rule("TEAM001", "t", "info", "e", "r", ("b  # here",), ("g",), check)"""


def rule(old, new):
    """Return a module with one rule, with something else in it."""
    return RULE.format(check="", rules=f"({GOOD.replace(old, new)},)")


@pytest.fixture
def outside(outside_forked):
    return outside_forked


@pytest.fixture
def team(outside):
    outside.install()
    (outside.repo / "config").write_text(SERVERS.format(""))
    (outside.repo / "config").chmod(0o600)
    return outside


def test_it_is_found_levelled_chosen_ignored_and_repaired(team):
    found = team.run("lint", "config")
    assert "config:5:31: warning: clusters[0].cluster.server: the server is none of ours [ACME001]" in found
    team.run("lint", "config", "--fail-on", "warning", ok=False)
    assert "no problems" in team.run("lint", "config", "--ignore", "ACME*")
    assert "[ACME001]" in team.run("lint", "config", "--rule", "ACME001")
    assert "no problems" in team.run("lint", "config", "--rule", "KCFG*")
    assert "did not" not in team.run("lint", "config", "--rule", "ACME002", ok=False)

    (team.repo / "config").write_text(SERVERS.format("  # kcfg:ignore ACME001 a friend's"))
    assert "1 ignored by comments" in team.run("lint", "config")
    (team.repo / "config").write_text(SERVERS.format("").replace(".net", ".org"))
    assert "config fixed" in team.run("lint", "config", "--fix")
    assert (team.repo / "config").read_text() == SERVERS.format("").replace(".net", ".com")


def test_a_spec_gives_it_a_level(team):
    spec = json.loads((team.repo / "kcfg.yaml").read_text())
    spec["clusters"][0]["server"] = "https://dev.example.net"
    for level, code in (("error", False), ("info", True), ("off", True)):
        (team.repo / "kcfg.yaml").write_text(json.dumps({**spec, "lint": {"ACME001": level}}))
        assert (f"{level}: clusters[0].server: the server is none of ours" in team.run("lint", ok=code)) == (
            level != "off"
        )
        team.run("validate")
    (team.repo / "kcfg.yaml").write_text(json.dumps({**spec, "lint": {"OTHER1*": "off"}}))
    assert "no rule 'OTHER1*' [KCFG005]" in team.run("lint", ok=False)


def test_it_is_explained_and_in_sarif(team):
    assert "ACME001  warning  a server of somebody else" in team.run("explain", "rules")
    text = team.run("explain", "acme001")
    assert "ACME001: a server of somebody else (warning)" in text
    assert "Instead: Name the team's server." in text
    assert "Found:" in text
    assert "no rule 'ACME002'" in team.run("explain", "ACME002", ok=False)

    (run,) = json.loads(team.run("lint", "config", "-o", "sarif"))["runs"]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], rule["defaultConfiguration"]) == ("ACME001", {"level": "warning"})
    assert "Name the team's server." in rule["help"]["text"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def", "bad: SyntaxError"),
        ("raise RuntimeError('s3cr3t')", "bad: RuntimeError at team_bad.py:1"),
        ("", "team_bad has no RULES"),
        ("RULES = 1", "RULES has to be a tuple"),
        ("RULES = (1,)", "what is in RULES is no Rule"),
        (rule("TEAM001", "KCFG999"), "KCFG999: ids that begin with KCFG"),
        (rule("TEAM001", "KCFGX999"), "ids that begin with KCFG"),
        (rule("TEAM001", "team-1"), "'team-1' is no id"),
        (RULE.format(check="", rules=f"({GOOD}, {GOOD})"), "TEAM001: another rule has this id"),
        (rule("TEAM001", "ACME001"), "ACME001: another rule has this id"),
        (rule("info", "loud"), "TEAM001: the level is one of error"),
        (rule('"r"', '""'), "TEAM001 has no remedy"),
        (rule('("g",)', "()"), "TEAM001: good has to be a tuple"),
        (rule("check", "1"), "TEAM001 has no check"),
        (
            RULE.format(check="raise ValueError('s3cr3t')", rules=f"({GOOD},)"),
            "TEAM001 failed: ValueError at team_bad.py:5",
        ),
        (RULE.format(check="yield 1", rules=f"({GOOD},)"), "TEAM001 found int, no Problem"),
    ],
)
def test_a_broken_one_is_an_error_with_a_hint(team, code, told):
    team.add("kcfg.rules", "bad", "team_bad", code)

    said = team.run("lint", "config", ok=False)
    assert told in said
    assert "hint: " in said
    assert "Traceback" not in said
    assert "s3cr3t" not in said
    own = ["--ignore", "TEAM001"] if "rule TEAM001" in said else ["--rule", "KCFG*"]
    team.run("lint", "config", *own)
    team.run("explain", "KCFG501")


def test_a_package_in_the_repository_is_never_looked_at(team):
    team.add("kcfg.rules", "evil", "team_evil", "RULES = ()")
    (team.repo / "team_evil.py").write_text("open('ran', 'w')")

    assert "is not where packages are installed" in team.run("lint", "config", ok=False)
    assert not (team.repo / "ran").exists()


def test_commands_that_look_at_no_rules_look_for_none(team):
    for words in (
        ["validate", "--kubeconfig", "config"],
        ["lint", "config", "--rule", "KCFG5*"],
        ["explain", "KCFG501"],
    ):
        assert not team.loads("team_rules", *words), words
    assert team.loads("team_rules", "lint", "config")
