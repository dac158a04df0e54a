"""Nothing matches nothing in silence: a word that means nothing where it stands is told at its place."""

import json
import random

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
BASE = (
    HEAD
    + """secretStores: [{name: vault, provider: env, env: {prefix: DEV_}}]
clusters:
- {name: prod, server: "https://prod.example.com", labels: {env: prod}}
- {name: dev, server: "https://dev.example.com", labels: {env: dev}, proxy-url: "http://proxy.example.com"}
users: [{name: u, token: ref+vault://u}, {name: v, as: viewer}]
contexts:
- {name: prod-eu, cluster: prod, user: u}
- {name: dev-eu, cluster: dev, user: v}
environments:
"""
)
PART = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
GENERATE = HEAD + "generate:\n- cluster: {name: 'c-{r}', server: 'https://{r}.example.com'}\n  %s\n"
STORE = "provider: env, env: {prefix: PROD_}"
PATCH = "{name: e, patches: [{target: {kind: Cluster, name: dev}, merge: {%s}}]}"


def environment(text):
    return BASE + f"- {text}\n"


# What is written → rule, level, where, and a part of what is said.
CASES = {
    "rebound store (F2)": (
        environment(f"{{name: ci, secretStores: [{{name: valt, {STORE}}}]}}"),
        ("KCFG102", "error", "environments[0].secretStores[0].name", "no reference uses the store 'valt'"),
    ),
    "rebound default": (
        environment(f"{{name: ci, secretStores: [{{name: defualt, {STORE}}}, {{name: vault, {STORE}}}]}}"),
        ("KCFG102", "error", "environments[0].secretStores[0].name", "no reference uses the store 'defualt'"),
    ),
    "rebound twice": (
        environment(f"{{name: ci, secretStores: [{{name: vault, {STORE}}}, {{name: vault, {STORE}}}]}}"),
        ("KCFG101", "error", "environments[0].secretStores[1].name", "secret store 'vault' is declared twice"),
    ),
    "a name (F6)": (
        environment("{name: e, select: {names: [prod-eu, dve-eu]}}"),
        ("KCFG113", "error", "environments[0].select.names[1]", "'dve-eu' matches no context"),
    ),
    "a glob (F6)": (
        environment("{name: e, select: {names: [prod-eu, 'stage-*']}}"),
        ("KCFG113", "warning", "environments[0].select.names[1]", "'stage-*' matches no context"),
    ),
    "null of an unknown field (F10)": (
        environment(PATCH % "proxy_url: null"),
        ("KCFG002", "error", "environments[0].patches[0].merge.proxy_url", "unknown field 'proxy_url'"),
    ),
    "null inside a mapping (F10)": (
        environment("{name: e, patches: [{target: {kind: User, name: u}, merge: {exec: {comand: null}}}]}"),
        ("KCFG002", "error", "environments[0].patches[0].merge.exec.comand", "unknown field 'comand'"),
    ),
    "Exists with values (F11)": (
        environment("{name: e, select: {matchExpressions: [{key: env, operator: Exists, values: [prod]}]}}"),
        ("KCFG005", "error", "environments[0].select.matchExpressions[0].values", "values beside the operator Exists"),
    ),
    "NotIn without (F11)": (
        environment("{name: e, select: {matchExpressions: [{key: env, operator: NotIn, values: []}]}}"),
        ("KCFG005", "error", "environments[0].select.matchExpressions[0].operator", "no values beside the operator"),
    ),
    "In without (F11)": (
        environment("{name: e, select: {matchExpressions: [{key: env, operator: In}]}}"),
        ("KCFG005", "error", "environments[0].select.matchExpressions[0].operator", "no values beside the operator In"),
    ),
    "an empty axis (F12)": (
        GENERATE % "forEach: {r: []}",
        ("KCFG115", "error", "generate[0].forEach.r", "no values: the matrix makes nothing"),
    ),
    "all excluded (F12)": (
        GENERATE % "forEach: {r: [a, b]}\n  exclude: [{r: a}, {r: b}]",
        ("KCFG115", "error", "generate[0].exclude", "leaves nothing of the matrix"),
    ),
    "an empty pattern (F12)": (
        GENERATE % "forEach: {r: [a]}\n  exclude: [{}]",
        ("KCFG115", "error", "generate[0].exclude", "leaves nothing of the matrix"),
    ),
    "a patch of what is not selected (F22)": (
        environment("{name: e, select: {names: [prod-eu]}, patches: [{target: {kind: Cluster, name: dev}, "
                    "merge: {proxy-url: null}}]}"),
        ("KCFG114", "warning", "environments[0].patches[0].target", "changes nothing that the environment selects"),
    ),
}  # fmt: skip
SERVERS = ["{region}", "{{domain}}", "{{ .domain }}", "$domain", "$(domain)", "%{domain}", "<domain>"]


@pytest.fixture
def problems(kcfg, tmp_path):
    """Validate a text: the problems as (rule, level, path, message)."""

    def run(text):
        (tmp_path / "kcfg.yaml").write_text(text)
        done = kcfg("validate", "-o", "json")
        assert done.returncode in (0, 1), done.stderr
        return [(p["rule"], p["level"], p["path"], p["message"]) for p in json.loads(done.stdout)["problems"]]

    return run


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_at_its_place(name, problems):
    text, (rule, level, path, message) = CASES[name]
    found = problems(text)

    assert [each[:3] for each in found] == [(rule, level, path)]
    assert message in found[0][3]


def test_the_same_without_the_slip_is_valid(problems):
    right = [
        environment(f"{{name: ci, secretStores: [{{name: vault, {STORE}}}, {{name: default, {STORE}}}]}}"),
        environment("{name: e, select: {names: [prod-eu, 'dev-*']}}"),
        environment(PATCH % "proxy-url: null"),
        environment("{name: e, select: {matchExpressions: [{key: env, operator: Exists}]}}"),
        environment("{name: e, select: {names: [dev-eu]}, patches: [{target: {kind: Cluster, name: dev}, "
                    "merge: {proxy-url: null}}]}"),
        environment("{name: e, patches: [{target: {kind: Cluster, name: 'stage-*'}, optional: true, merge: {labels: "
                    "{a: b}}}]}"),
        environment("{name: e, patches: [{target: {kind: User, name: u}, merge: {token: ref+new://u}}], "
                    f"secretStores: [{{name: new, {STORE}}}]}}"),
        GENERATE % "forEach: {r: [a, b]}\n  exclude: [{r: a}]",
    ]  # fmt: skip

    assert [problems(text) for text in right] == [[]] * len(right)


@pytest.mark.parametrize("left", SERVERS)
def test_leftover_templates_are_told(left, problems):
    """F13: as the host of a server or a proxy an error, in a name a warning."""
    url = json.dumps(f"https://{left}.example.com:6443")
    text = HEAD + f"clusters: [{{name: c, server: {url}}}, {{name: d, server: 'https://d', proxy-url: {url}}}]\n"
    found = problems(text + f"users: [{{name: {json.dumps(left)}}}]\n")

    assert [each[:3] for each in found] == [
        ("KCFG104", "error", "clusters[0].server"),
        ("KCFG104", "error", "clusters[1].proxy-url"),
        *([] if left == "<domain>" else [("KCFG110", "warning", "users[0].name")]),
    ]
    assert all("which nothing filled in" in each[3] for each in found)


def test_a_password_is_no_template(problems):
    """What stands before the host is never quoted."""
    found = problems(HEAD + "clusters: [{name: c, server: 'https://me:$plum@c.example.com'}]\n")

    assert [each[0] for each in found] == ["KCFG104"]
    assert "plum" not in str(found)


def test_a_path_belongs_to_the_file_that_wrote_it(kcfg, tmp_path):
    """F1: of a patch in the root, in an environment's own folder, for every field that is a path."""
    for folder in ("", "team/", "envs/"):
        (tmp_path / f"{folder}pki").mkdir(parents=True)
        (tmp_path / f"{folder}pki/t").write_text("a token")
    (tmp_path / "kcfg.yaml").write_text(
        HEAD + "include: [team/c.yaml, envs/e.yaml]\nenvironments:\n"
        "- {name: root, patches: [{target: {kind: User, name: u}, merge: {tokenFile: pki/t}}]}\n"
        "- {name: stanza, patches: [{target: {kind: User, name: x}, merge: {exec: {command: ./bin/get}}}]}\n"
    )
    (tmp_path / "team/c.yaml").write_text(
        PART + "clusters: [{name: c, server: 'https://c.example.com'}]\nusers: [{name: u, tokenFile: pki/t}, {name: x, "
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: get, interactiveMode: Never}}]\n"
        "contexts: [{name: c, cluster: c, user: u}, {name: x, cluster: c, user: x}]\n"
    )
    (tmp_path / "envs/e.yaml").write_text(
        PART + "environments: [{name: own, patches: [{target: {kind: User, name: u}, merge: {tokenFile: pki/t}}]}]\n"
    )

    def token_file(*words):
        done = kcfg("render", "-o", "json", *words)
        assert done.returncode == 0, done.stderr
        return {each["name"]: each["user"] for each in json.loads(done.stdout)["users"]}

    assert token_file()["u"]["tokenFile"] == str(tmp_path / "team/pki/t")
    assert token_file("-e", "root")["u"]["tokenFile"] == str(tmp_path / "pki/t")
    assert token_file("-e", "own")["u"]["tokenFile"] == str(tmp_path / "envs/pki/t")
    assert token_file("-e", "stanza")["x"]["exec"]["command"] == str(tmp_path / "bin/get")

    (tmp_path / "pki/t").unlink()
    done = kcfg("validate")
    assert "kcfg.yaml:6:77: warning: environments[0].patches[0].merge.tokenFile: 'pki/t' cannot be read" in done.stderr


def test_a_name_before_a_glob(kcfg, tmp_path):
    """F5: a context may be called as a glob is written."""
    (tmp_path / "kcfg.yaml").write_text(
        HEAD
        + "clusters: [{name: c, server: 'https://c.example.com'}, {name: '[ab]', server: 'https://d.example.com'}]\n"
        "contexts: [{name: '[fd00::1]:6443', cluster: c}, {name: 'd:6443', cluster: c}, {name: a, cluster: '[ab]'}]\n"
        "environments:\n- {name: e, select: {names: ['[fd00::1]:6443']}}\n"
        "- {name: p, patches: [{target: {kind: Cluster, name: '[ab]'}, merge: {labels: {x: z}}}]}\n"
    )

    def names(*words):
        done = kcfg(*words, "-o", "json")
        assert done.returncode == 0, done.stderr
        return [each["name"] for each in json.loads(done.stdout)["contexts"]]

    assert names("render", "--context", "[fd00::1]:6443") == ["[fd00::1]:6443"]
    assert names("render", "-e", "e") == ["[fd00::1]:6443"]
    (tmp_path / "k").write_text(kcfg("render").stdout)
    assert names("extract", "[fd00::1]:6443", "--kubeconfig", "k") == ["[fd00::1]:6443"]
    assert names("extract", "[d]:6443", "--kubeconfig", "k") == ["d:6443"]
    assert kcfg("validate").returncode == 0


WORDS = ["vault", "prod-eu", "dev-eu", "proxy-url", "u", "v", "prod", "dev", "Cluster", "Exists", "env", "viewer", "ci"]
WHOLE = (
    BASE
    + """- name: ci
  extends: base
  select: {names: [prod-eu], matchExpressions: [{key: env, operator: Exists}]}
  secretStores: [{name: vault, provider: env, env: {prefix: PROD_}}]
  patches:
  - {target: {kind: Cluster, name: prod}, merge: {proxy-url: null}}
  - {target: {kind: User, name: u}, merge: {as: ci}}
- {name: base, current-context: prod-eu}
"""
)


def test_one_word_misspelt_anywhere_is_never_silent(tmp_path, called, monkeypatch):
    """Each reference of a valid spec, misspelt where it is used: `validate` says something, or the output shows it."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "kcfg.yaml"
    path.write_text(WHOLE)
    assert called("validate").returncode == 0
    draw = random.Random(5)
    places = [(at, word) for word in WORDS for at in range(len(WHOLE)) if WHOLE.startswith(word, at)]
    free = (
        "ref+vault://u",
        "as: ",
        "name: ci",
        "env: prod",
        "env: dev",
        "env: {",
        ".example.com",
        "{env:",
        "provider: env",
    )
    silent = []
    before = {each: called("render", "-e", each, "-o", "json").stdout for each in ("ci", "base")}
    for at, word in places:
        around = WHOLE[max(0, at - 12) : at + len(word) + 12]
        letter = draw.randrange(len(word) - 1) if len(word) > 1 else 0
        wrong = word[:letter] + word[letter : letter + 2][::-1] + word[letter + 2 :] if len(word) > 1 else "w"
        if wrong == word:
            continue
        path.write_text(WHOLE[:at] + wrong + WHOLE[at + len(word) :])
        done = called("validate")
        if done.returncode == 0 and "warning" not in done.stderr:
            after = {each: called("render", "-e", each, "-o", "json").stdout for each in before}
            if after == before and not any(each in around for each in free):
                silent.append((around, wrong))
    assert silent == []


TWO = "current-context: %s\nclusters: [{name: %s, server: 'https://c'}]\ncontexts: [{name: %s, cluster: %s}]\n"


def test_two_current_contexts_of_included_files(problems, tmp_path):
    """F23: in both orders; the file that includes both may say which."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(PART + TWO % ((name,) * 4))
    for order in (("one", "two"), ("two", "one")):
        text = HEAD + f"include: [{order[0]}.yaml, {order[1]}.yaml]\n"
        found = problems(text)
        assert [each[0] for each in found] == ["KCFG101"]
        assert f"disagree on the current context: {order[0]!r} and {order[1]!r}" in found[0][3]
        assert problems(text + "current-context: one\n") == []


def test_a_variable_that_nothing_names(problems):
    """F29."""
    text = (
        HEAD
        + "variables: {region: {default: eu}, regoin: {default: us}}\nclusters: [{name: c, server: 'https://${region}'}]\n"
    )

    assert problems(text) == [("KCFG110", "warning", "variables.regoin", "nothing names the variable 'regoin'")]


@pytest.mark.parametrize("labels", ["{bad key: x}", "{a: y z}", "{a/b/c: x}", "{-a: x}", "{a: 'x,y'}"])
def test_labels_that_no_selector_can_name(labels, problems):
    """F30."""
    text = HEAD + f"clusters: [{{name: c, server: 'https://c', labels: {labels}}}]\n"
    assert [each[:2] for each in problems(text)] == [("KCFG005", "warning")]


@pytest.mark.parametrize("name", ["a ", " a", "a\\n", "a\\u200b", "\\u202ea"])
def test_names_that_look_like_others(name, problems):
    """F33."""
    text = HEAD + "clusters: [{name: c, server: 'https://c'}]\n"
    found = problems(text + f'contexts: [{{name: "{name}", cluster: c}}]\n')

    assert [each[:3] for each in found] == [("KCFG005", "warning", "contexts[0].name")]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("include: a.yaml\n", "a list, also of one"),
        ("environments: [{name: e, extends: [a, b]}]\n", "one environment; let that one extend the next"),
        ("environments: [{name: e, patches: [{target: {kind: User, selector: {matchLabels: {a: b}}}, "
         "merge: {as: x}}]}]\n", "in kubectl's words"),
        ("environments: [{name: e, patches: [{target: {kind: User, name: u}, merge: [{op: add}]}]}]\n", "RFC 7386"),
    ],
)  # fmt: skip
def test_what_people_bring_from_other_tools(text, hint, kcfg, tmp_path):
    """F32."""
    (tmp_path / "kcfg.yaml").write_text(HEAD + text)

    assert hint in kcfg("validate").stderr


def test_an_empty_selector_is_everything(kcfg, tmp_path):
    """F31: as in kubectl; an empty part of one is none."""
    (tmp_path / "kcfg.yaml").write_text(BASE.replace("environments:\n", ""))

    assert kcfg("render", "-l", "").stdout == kcfg("render").stdout
    done = kcfg("render", "-l", "env,")
    assert done.returncode == 2
    assert "the label selector has an empty part" in done.stderr
