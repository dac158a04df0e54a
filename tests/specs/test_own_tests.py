"""`kcfg test`: what a case holds, what it tells, and which files are no tests."""

import json
from xml.etree import ElementTree

import pytest
from conftest import EXAMPLES

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: t}
variables: {domain: {required: true}}
clusters:
- {name: prod-eu, labels: {env: prod}, server: "https://prod.${domain}", proxy-url: "http://me:planted@proxy.example.com"}
- {name: dev-eu, labels: {env: dev}, server: "https://dev.${domain}"}
users:
- {name: bot, token: ref+missing://bot}
contexts:
- {name: prod-eu, cluster: prod-eu, user: bot, namespace: shop, protected: true}
- {name: dev-eu, cluster: dev-eu}
secretStores: [{name: missing, provider: command, command: {argv: [touch, PWNED]}}]
environments:
- {name: prod, select: {matchLabels: {env: prod}}, variables: {domain: example.com}}
- name: ci
  extends: prod
  patches: [{target: {kind: Cluster}, merge: {proxy-url: null}}]
"""
HEAD = "apiVersion: kcfg/v1\nkind: SpecTest\ncases:\n"


@pytest.fixture
def test(kcfg, tmp_path):
    def run(cases, *words):
        (tmp_path / "kcfg.yaml").write_text(SPEC)
        (tmp_path / "kcfg.test.yaml").write_text(cases if cases.startswith("apiVersion") else HEAD + cases)
        done = kcfg("test", *words)
        assert "planted" not in done.stdout + done.stderr
        assert not (tmp_path / "PWNED").exists()
        return done

    return run


def told(done):
    return [each["message"] for case in json.loads(done.stdout)["cases"] for each in case["failures"]]


def test_what_holds(test):
    done = test(
        "- {environment: ci, context: prod-eu, expect: {cluster: prod-eu, user: bot, namespace: shop, proxy-url: null,"
        " protected: true, server: 'https://prod.example.com'}}\n"
        "- {environment: prod, contexts: [prod-eu]}\n- {environment: ci, context: dev-eu, expect: {absent: true}}\n"
        "- {environment: ci, context: prod-eu, expect: {absent: false}}\n"
        "- {context: dev-eu, variables: {domain: example.org}, expect: {user: null, server: 'https://dev.example.org',"
        " protected: false, namespace: null}}\n"
        "- {contexts: [dev-eu, prod-eu]}\n"
        "- {environment: ci, context: prod-eu, variables: {domain: a.test}, expect: {server: 'https://prod.a.test'}}\n"
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "kcfg: 7 cases passed\n")


@pytest.mark.parametrize(
    ("case", "place", "message"),
    [
        ("{environment: ci, context: prod-eu, expect: {user: §bto}}", "cases[0].expect.user",
         "ci: prod-eu: user of context 'prod-eu': expected 'bto', got 'bot'"),
        ("{name: x, environment: ci, context: prod-eu, expect: {protected: §false}}", "cases[0].expect.protected",
         "x: protected of context 'prod-eu': expected false, got true"),
        ("{environment: prod, context: prod-eu, expect: {proxy-url: §null}}", "cases[0].expect.proxy-url",
         "prod: prod-eu: proxy-url of context 'prod-eu': expected none, got 'http://REDACTED@proxy.example.com'"),
        ("{environment: prod, context: prod-eu, expect: {proxy-url: §'http://me:other@proxy.example.com'}}",
         "cases[0].expect.proxy-url", "(they differ in what is hidden)"),
        ("{environment: ci, context: §dev-eu, expect: {user: x}}", "cases[0].context",
         "environment 'ci' has no context 'dev-eu'"),
        ("{environment: ci, context: prod-eu, expect: {absent: §true}}", "cases[0].expect.absent",
         "environment 'ci' has a context 'prod-eu'"),
        ("{environment: ci, contexts: [prod-eu, §prod-us]}", "cases[0].contexts[1]", "there is no context 'prod-us'"),
        ("{environment: ci, contexts: §[]}", "cases[0].contexts", "contexts that are not expected: 'prod-eu'"),
        ("{environment: §pord, contexts: [a]}", "cases[0].environment", "no environment is called 'pord'"),
        ("{variables: {domian: §x}, contexts: [a]}", "cases[0].variables.domian", "no variable 'domian'"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told_at_its_place(test, case, place, message):
    done = test(f"- {case.replace('§', '')}\n")
    column = case.index("§") + 3

    assert done.returncode == 1
    assert done.stdout.startswith(f"kcfg.test.yaml:4:{column}: error: {place}: ")
    assert message in done.stdout
    assert done.stderr == "kcfg: 1 case, 1 failed\n"
    (failure,) = json.loads(test(f"- {case.replace('§', '')}\n", "-o", "json").stdout)["cases"][0]["failures"]
    assert message in failure["message"]
    assert (failure["line"], failure["column"], failure["path"]) == (4, column, place)


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ("- {environment: ci}\n", "4:3: error: cases[0]: a case has `context` with `expect`, or `contexts`"),
        ("- {context: a}\n", "4:3: error: cases[0]: a case has"),
        ("- {context: a, contexts: [a], expect: {user: x}}\n", "4:3: error: cases[0]: a case has"),
        ("- {context: a, expect: {}}\n", "cases[0].expect: expects nothing"),
        ("- {context: a, expect: {absent: true, user: x}}\n", "cases[0].expect: nothing can hold this"),
        ("- {context: a, expect: {proxy_url: x}}\n", "4:25: error: cases[0].expect.proxy_url: unknown field"),
        ("- {context: a, expect: {namespace: no}}\n", "expected a string, got a boolean"),
        ("- {context: a, expect: {server: null}}\n", "cases[0].expect.server: expected a string, got nothing"),
        ("- {context: a, expect: {protected: 'yes'}}\n", "expected true or false, got a string"),
        ("- {contxet: a}\n", "cases[0].contxet: unknown field 'contxet'"),
        ("- {contexts: [a, 5]}\n", "cases[0].contexts[1]: expected a string, got a number"),
        ("- {contexts: [a], variables: {v: 5}}\n", "cases[0].variables.v: expected a string, got a number"),
        ("- a\n", "cases[0]: expected a mapping, got a string"),
        ("- {contexts: [a], contexts: [b]}\n", "duplicate key 'contexts'"),
        ("  []\n", "expected a list of cases"),
        ("apiVersion: kcfg/v1\nkind: KubeconfigSpec\n", "this holds no tests of a spec"),
        ("apiVersion: kcfg/v1\nkind: SpecTest\n", "expected a list of cases"),
        ("apiVersion: kcfg/v1\nkind: SpecTest\ncase: []\ncases: [{contexts: []}]\n", "3:1: error: case: unknown field"),
        ("apiVersion: [\n", "kcfg.test.yaml:2:"),
    ],
)
def test_what_is_no_test(test, cases, message):
    done = test(cases)

    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr


def test_the_files(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    done = kcfg("test")
    assert done.returncode == 2
    assert "no test beside the spec" in done.stderr
    assert kcfg("test", "nope.yaml").returncode == 2
    (tmp_path / "empty.test.yaml").write_text("# nothing\n")
    assert "holds no case" in kcfg("test").stderr

    (tmp_path / "empty.test.yaml").unlink()
    for name in ("a.test.yaml", "b.test.yml", "c.yaml"):
        (tmp_path / name).write_text(f"{HEAD}- {{name: {name}, environment: ci, contexts: [prod-eu]}}\n")
    (tmp_path / "sub").mkdir()
    found = json.loads(kcfg("test", "-f", tmp_path, "-o", "json", cwd=tmp_path / "sub").stdout)
    assert [each["name"] for each in found["cases"]] == ["a.test.yaml", "b.test.yml"]
    assert kcfg("test", "c.yaml").stderr == "kcfg: 1 case passed\n"


def test_a_spec_that_is_invalid(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC + "- {name: b, extends: ci, patches: [{target: {kind: Cluster, name: x}, "
                                        "merge: {proxy-url: null}}]}\n")  # fmt: skip
    (tmp_path / "kcfg.test.yaml").write_text(f"{HEAD}- {{environment: b, contexts: [prod-eu]}}\n")
    done = kcfg("test")

    assert done.returncode == 2
    assert "this patch matches nothing" in done.stderr


def test_junit(test):
    done = test(
        "- {name: 'a <b>', environment: ci, contexts: [x]}\n- {environment: ci, contexts: [prod-eu]}\n", "-o", "junit"
    )
    suite = ElementTree.fromstring(done.stdout)[0]

    assert done.returncode == 1
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [each.get("name") for each in suite] == ["a <b>", "ci: contexts"]
    assert "there is no context 'x'" in suite[0][0].text
    assert len(suite[1]) == 0


def test_the_example(kcfg):
    assert kcfg("test", "-f", EXAMPLES / "environments").stderr == "kcfg: 4 cases passed\n"
