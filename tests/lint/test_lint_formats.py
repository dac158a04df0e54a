"""What machines read: SARIF, GitHub, GitLab, JUnit and JSON, each in its own form, from the same findings."""

import json
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from sarif_schema import SCHEMA

from kcfg.cli.findings import FORMATS, show
from kcfg.errors import Location, Problem
from kcfg.lint import rule_ids

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters:
- name: "50%, a: b"
  server: http://a.example.com
- name: b
  server: https://b.example.com
  insecure-skip-tls-verify: true
users:
- {name: old> <& "gone", tokenFile: token.txt}
contexts:
- {name: a, cluster: "50%, a: b"}
- {name: b, cluster: b}
"""
LEVELS = ["error", "warning", "info"]


@pytest.fixture
def lint(kcfg, world):
    (world / "kcfg.yaml").write_text(SPEC)

    def run(output):
        done = kcfg("lint", "-o", output, cwd=world)
        assert (done.returncode, done.stderr) == (1, "")
        return done.stdout

    return run


def sarif_faults(log):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(log)]


def test_sarif_is_valid(lint):
    log = json.loads(lint("sarif"))
    assert sarif_faults(log) == []
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == rule_ids()
    assert len(run["results"]) == len(LEVELS)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]


@pytest.mark.parametrize(
    "path",
    [("runs",), ("runs", 0, "tool"), ("runs", 0, "results", 0, "message"), ("runs", 0, "tool", "driver", "name")],
)
def test_the_schema_finds_what_is_missing(path, lint):
    log = json.loads(lint("sarif"))
    value = log
    for step in path[:-1]:
        value = value[step]
    del value[path[-1]]

    assert sarif_faults(log)


def test_sarif_says_what_json_says(lint):
    results = json.loads(lint("sarif"))["runs"][0]["results"]
    problems = json.loads(lint("json"))["problems"]
    levels = {"error": "error", "warning": "warning", "info": "note"}

    assert [problem["level"] for problem in problems] == LEVELS
    assert [(each["ruleId"], each["level"]) for each in results] == [
        (problem["rule"], levels[problem["level"]]) for problem in problems
    ]
    regions = [each["locations"][0]["physicalLocation"]["region"] for each in results]
    assert regions == [{"startLine": problem["line"], "startColumn": problem["column"]} for problem in problems]
    assert len({each["partialFingerprints"]["kcfg/v1"] for each in results}) == len(results)


def test_fingerprints_stay_when_lines_move(lint, world, kcfg):
    def prints():
        log = json.loads(kcfg("lint", "-o", "sarif", cwd=world).stdout)
        return [each["partialFingerprints"] for each in log["runs"][0]["results"]]

    lint("sarif")
    before = prints()
    (world / "kcfg.yaml").write_text("# a new line\n" + SPEC)

    assert prints() == before


def test_github_annotations(lint):
    assert lint("github").splitlines() == [
        "::error file=kcfg.yaml,line=6,col=11,title=KCFG502::clusters[0].server: http:// sends everything in clear, "
        "tokens too%0Ause https://",
        "::warning file=kcfg.yaml,line=9,col=3,title=KCFG501::clusters[1].insecure-skip-tls-verify: anybody between "
        "here and the server can pose as it, and gets the credentials%0Aremove it, and give the server's "
        "certificate-authority",
        "::notice file=kcfg.yaml,line=11,col=10,title=KCFG504::users[0]: no context refers to the user "
        "'old> <& \"gone\"'%0Aremove it, or add a context",
    ]


def test_github_escapes_what_would_end_a_field(capsys):
    where = Location("a,b:c%d.yaml", 3, 1)
    show([Problem("50%\n::error::x", location=where, rule="KCFG101")], "github")

    assert capsys.readouterr().out == (
        "::error file=a%2Cb%3Ac%25d.yaml,line=3,col=1,title=KCFG101::50%25\\n::error::x\n"
    )


def test_gitlab_report(lint):
    report = json.loads(lint("gitlab"))

    assert [each["severity"] for each in report] == ["major", "minor", "info"]
    assert [each["check_name"] for each in report] == ["KCFG502", "KCFG501", "KCFG504"]
    assert [each["location"] for each in report] == [
        {"path": "kcfg.yaml", "lines": {"begin": line}} for line in (6, 9, 11)
    ]
    assert all(each["description"] for each in report)
    assert len({each["fingerprint"] for each in report}) == 3


def test_gitlab_fingerprints_of_equal_findings_differ(capsys):
    show([Problem("same", location=Location("a", 1)), Problem("same", location=Location("a", 2))], "gitlab")
    one, two = json.loads(capsys.readouterr().out)

    assert one["fingerprint"] != two["fingerprint"]


def test_junit_report(lint):
    suites = ElementTree.fromstring(lint("junit"))
    (suite,) = suites
    cases = list(suite)

    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "0")
    assert [case[0].tag for case in cases] == ["failure", "failure", "system-out"]
    assert [case.get("name").split()[:2] for case in cases] == [
        ["KCFG502", "kcfg.yaml:6"], ["KCFG501", "kcfg.yaml:9"], ["KCFG504", "kcfg.yaml:11"],
    ]  # fmt: skip
    assert "kcfg.yaml:6:11: error: " in cases[0][0].text


def test_json_counts(lint):
    assert json.loads(lint("json"))["summary"] == dict.fromkeys(LEVELS, 1)


@pytest.mark.parametrize("output", [each for each in FORMATS if each != "text"])
def test_nothing_found_is_a_whole_document(output, capsys):
    show([], output)
    out = capsys.readouterr().out
    if output == "junit":
        assert len(ElementTree.fromstring(out)[0]) == 1  # a suite without a case is an error for some
    elif output == "github":
        assert out == ""
    else:
        assert json.loads(out) is not None


@pytest.mark.parametrize("output", [each for each in FORMATS if each != "text"])
def test_hostile_names_do_not_break_out(output, capsys):
    name = "\x1b]0;x\x07]]>\u2028<![CDATA[\r\n::stop-commands::x"
    show([Problem(f"user {name!s} is unused", location=Location(name, 1, 1), rule="KCFG504")], output)
    out = capsys.readouterr().out
    if output == "junit":
        ElementTree.fromstring(out)
    elif output == "github":
        assert out.count("\n") == 1
    else:
        json.loads(out)
    assert "\x1b" not in out
