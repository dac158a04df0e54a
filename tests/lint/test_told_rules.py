"""The rules of `validate` and `render`: found in their bad examples, at their line and level, not in the good ones."""

import json
import re

import pytest
from lint_world import FILES

from kcfg.cli.explain import run as explain_run
from kcfg.lint import explain, list_rules, rule_ids
from kcfg.lint.registry import LEVELS, OTHERS
from kcfg.lint.told import HEAD

FOUND = re.compile(r"^(\S+?):(\d+):\d+: (error|warning): (?:.*) \[(KCFG\d{3})\]$", re.MULTILINE)
BY_VALIDATE = [each for each in OTHERS.values() if each.by == "validate"]


@pytest.fixture
def judged(tmp_path, called, monkeypatch):
    """Write an example and run the command that reports the rule: (line, level) of each finding of it."""
    monkeypatch.chdir(tmp_path)

    def run(told, example):
        text = example if example.startswith("apiVersion:") else HEAD + example
        text, _, base = text.partition("---\n")
        (tmp_path / "kcfg.yaml").write_text(text)
        (tmp_path / "base.yaml").write_text(base)
        done = called(*told.by.split())
        return (
            text,
            done,
            [(int(line), level) for _, line, level, rule in FOUND.findall(done.stderr) if rule == told.id],
        )

    return run


@pytest.mark.parametrize("told", OTHERS.values(), ids=lambda told: told.id)
def test_the_bad_example_is_found_at_its_line_and_level(told, judged):
    text, done, found = judged(told, told.bad)
    here = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# here")]

    assert found, done.stderr
    assert {level for _, level in found} == {told.level}
    assert here == [] if told.id == "KCFG001" else len(here) == 1
    assert not here or {line for line, _ in found} == set(here)
    assert (done.returncode == 0) == (told.level == "warning")


@pytest.mark.parametrize("told", OTHERS.values(), ids=lambda told: told.id)
def test_the_good_example_is_clean(told, judged):
    _, done, found = judged(told, told.good)

    assert found == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("rule_id", rule_ids())
def test_every_rule_explains_itself(rule_id):
    text = explain(rule_id)

    assert "\nInstead: " in text
    assert "\nFound:\n" in text
    assert "\nNot found:\n" in text
    assert text.index("Found:") < text.index("Not found:")
    assert f"({LEVELS[rule_id]}" in text
    assert max(map(len, text.splitlines())) <= 124


def test_the_list_has_every_rule(capsys):
    assert explain_run(field="rules", recursive=False) == 0
    printed = capsys.readouterr().out

    assert printed == list_rules()
    assert [line.split()[:2] for line in printed.splitlines()] == [[each, LEVELS[each]] for each in rule_ids()]


def test_the_level_that_is_told_is_the_one_reported(called, tmp_path, monkeypatch):
    """Of KCFG201: an error where it is about to be committed, a warning in a kubeconfig that is looked at."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kcfg.yaml").write_text(HEAD + "users: [{name: u, token: hunter2}]\n")
    (tmp_path / "config").write_text("apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: hunter2}}]\n")
    (tmp_path / "config").chmod(0o600)

    def levels(*words):
        done = called(*words)
        return {level for _, _, level, rule in FOUND.findall(done.stdout + done.stderr) if rule == "KCFG201"}

    assert "(warning; in a spec: error)" in explain("KCFG201")
    assert levels("validate") == levels("lint", "kcfg.yaml") == {"error"}
    assert levels("lint", "--kubeconfig", "config") == {"warning"}


# What `validate` finds, one fault of each rule, in one spec. Texts that cannot be read stand in files of their own.
ONE_OF_EACH = {
    "kcfg.yaml": """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
include: [broken.yaml, doubled.yaml, foreign.yaml, nowhere.yaml, base.yaml]  # KCFG007
variables: {zone: {default: eu}}
lint: {}
secretStores:
- {name: ci, provider: env, env: {prefix: CI_}}
clusters:
- {name: ok, server: 'https://ok.example.com', labels: {env: dev}}
- {name: ok, server: 'https://other.example.com'}  # KCFG101
- {name: safe, server: 'https://safe.example.com'}  # KCFG120
- {name: url, server: 'ftp://url.example.com'}  # KCFG104
- {name: absent, server: 'https://absent.example.com', certificate-authority: absent.crt}  # KCFG105
- {name: text, server: 'https://text.example.com', certificate-authority: text.crt}  # KCFG106
- {name: data, server: 'https://data.example.com', certificate-authority-data: '***'}  # KCFG107
- {name: key, server: 'https://key.example.com', certificate-authority: ca-and-key.pem}  # KCFG409
- {name: engine, server: 'https://engine.example.com', flux: {cluster: x}}  # KCFG709
- {name: variable, server: 'https://${host}'}  # KCFG110
users:
- {name: u, as: someone}
- {name: lacking, exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}  # KCFG004
- {name: type, username: 12}  # KCFG003
- {name: misspelt, usrname: x}  # KCFG002
- {name: plain, token: hunter2}  # KCFG201
- {name: reference, token: 'ref+default://'}  # KCFG202
- {name: first, token: 'ref+ci://a.b'}
- {name: second, token: 'ref+ci://a/b'}  # KCFG203
- {name: both, token: 'ref+default://x/token', tokenFile: token}  # KCFG109
- {name: elsewhere, tokenFile: /nowhere/token}  # KCFG111
- {name: stanza, exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}  # KCFG108
- {name: pair, client-certificate: client.crt, client-key: other.key}  # KCFG405
- {name: kubelet, client-certificate: both.pem, client-key: both.pem}  # KCFG410
contexts:
- {name: ok, cluster: ok, user: u}
- {name: dangling, cluster: nowhere, user: u}  # KCFG102
- {name: namespace, cluster: ok, user: u, namespace: My_Team}  # KCFG005
generate:
- forEach: {region: [eu]}
  exclude: [{region: us}]  # KCFG115
  cluster: {name: 'c-{region}', server: 'https://{region}.example.com'}
environments:
- {name: dev}
- {name: extends, extends: dve}  # KCFG112
- {name: out, output: out/config}
- {name: again, output: out/config}  # KCFG119
- {name: empty, select: {matchLabels: {env: prod}}}  # KCFG113
- name: patch
  patches:
  - {target: {kind: Cluster, name: nobody}, merge: {proxy-url: null}}  # KCFG114
""",
    "base.yaml": "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
    "clusters: [{name: safe, server: 'https://safe.example.com', tls-server-name: x}]\n",
    "broken.yaml": "a: ]  # KCFG001\n",
    "doubled.yaml": "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nkind: KubeconfigSpec  # KCFG006\n",
    "foreign.yaml": "apiVersion: apps/v1\nkind: Deployment  # KCFG008\n",
}


INCLUDES = re.search(r"include: .*", ONE_OF_EACH["kcfg.yaml"])[0]
# What a file that cannot be read may declare is not missed: these follow from it.
EXCUSED = {"KCFG102", "KCFG110", "KCFG112", "KCFG113", "KCFG114"}


@pytest.fixture
def one_of_each(world, called):
    """Run `validate` on it, with its includes or with others: what is expected, what is found."""
    (world / "text.crt").write_text("no certificate")
    (world / "token").write_text("t")
    (world / "other.key").write_bytes(FILES["expired.key"])

    def run(includes):
        files = ONE_OF_EACH | {"kcfg.yaml": ONE_OF_EACH["kcfg.yaml"].replace(INCLUDES, includes)}
        for name, text in files.items():
            (world / name).write_text(text)
        problems = json.loads(called("validate", "-o", "json").stdout)["problems"]
        expected = {
            (name, number, rule)
            for name, text in files.items()
            for number, line in enumerate(text.splitlines(), 1)
            for rule in re.findall(r"# (KCFG\d{3})", line)
        }
        return expected, [(each["file"], each["line"], each["rule"]) for each in problems]

    return run


def test_one_fault_of_each_rule_is_told_in_one_round(one_of_each):
    expected, found = one_of_each(INCLUDES)

    assert {rule for _, _, rule in expected} >= {each.id for each in BY_VALIDATE}
    assert sorted(found) == sorted(each for each in expected if each[2] not in EXCUSED)


def test_without_a_file_that_cannot_be_read_nothing_is_excused(one_of_each):
    expected, found = one_of_each("include: [nowhere.yaml, base.yaml]  # KCFG007")

    assert sorted(found) == sorted(each for each in expected if each[0] == "kcfg.yaml")
