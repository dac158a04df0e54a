"""Environments: what is kept, what is patched, which value a variable has."""

import json

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: t}\n"
BASE = (
    HEAD
    + """variables:
  region: {default: eu}
  domain: {required: true}
clusters:
- {name: a, labels: {env: prod, tier: "1"}, server: "https://a.${region}.example.com", tls-server-name: a}
- {name: b, labels: {env: dev}, server: "https://b.example.com"}
users:
- {name: u, as: admin}
- {name: v}
contexts:
- {name: a, cluster: a, user: u}
- {name: a-other, cluster: a, user: v, labels: {tier: "2"}}
- {name: b, cluster: b, user: v}
current-context: b
"""
)


@pytest.fixture
def render(tmp_path, kcfg):
    """render(environments as YAML, words…) → (kubeconfig as plain values, or None, and what was said)."""

    def run(environments, *words, base=BASE):
        (tmp_path / "kcfg.yaml").write_text(base + (f"environments:\n{environments}" if environments else ""))
        done = kcfg("render", "-f", "kcfg.yaml", "-o", "json", *words, cwd=tmp_path)
        return (json.loads(done.stdout) if done.returncode == 0 else None), done.stderr

    return run


def contexts(config):
    return [each["name"] for each in config["contexts"]]


@pytest.mark.parametrize(
    ("select", "kept"),
    [
        ("{matchLabels: {env: prod}}", ["a", "a-other"]),
        ('{matchLabels: {env: prod, tier: "2"}}', ["a-other"]),
        ("{names: ['a*']}", ["a", "a-other"]),
        ("{names: [b, a]}", ["a", "b"]),
        ("{names: ['*'], matchLabels: {env: dev}}", ["b"]),
        ("{matchExpressions: [{key: tier, operator: Exists}]}", ["a", "a-other"]),
        ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", ["b"]),
        ('{matchExpressions: [{key: tier, operator: In, values: ["1", "3"]}]}', ["a"]),
        ('{matchExpressions: [{key: tier, operator: NotIn, values: ["1"]}]}', ["a-other", "b"]),
        ("{}", ["a", "a-other", "b"]),
    ],
)
def test_select(render, select, kept):
    config, said = render(f"- {{name: e, select: {select}}}\n", "-e", "e")

    assert contexts(config) == kept, said


def test_clusters_and_users_follow_by_reference(render):
    config, _ = render("- {name: e, select: {names: [b]}}\n", "-e", "e")

    assert [each["name"] for each in config["clusters"]] == ["b"]
    assert [each["name"] for each in config["users"]] == ["v"]
    assert config["current-context"] == "b"


def test_a_current_context_that_is_not_kept_is_left_out(render):
    config, _ = render("- {name: e, select: {names: [a]}}\n", "-e", "e")

    assert config["current-context"] == ""


def test_an_environment_takes_the_current_context_away(render):
    config, _ = render("- {name: e, current-context: null}\n", "-e", "e")

    assert config["current-context"] == ""


def test_a_child_is_laid_over_its_parent(render):
    environments = """
- {name: base, select: {matchLabels: {env: prod, tier: "2"}}, current-context: a-other, variables: {region: us}}
- {name: child, extends: base, select: {matchLabels: {tier: null}}, current-context: a}
- {name: grandchild, extends: child, select: null, variables: {region: ap}}
"""
    child, _ = render(environments, "-e", "child")
    grandchild, _ = render(environments, "-e", "grandchild")

    assert (contexts(child), child["current-context"]) == (["a", "a-other"], "a")
    assert child["clusters"][0]["cluster"]["server"] == "https://a.us.example.com"
    assert contexts(grandchild) == ["a", "a-other", "b"]
    assert grandchild["clusters"][0]["cluster"]["server"] == "https://a.ap.example.com"


def test_patches_merge_delete_and_follow_one_another(render):
    environments = """
- name: parent
  patches:
  - {target: {kind: Cluster, name: a}, merge: {tls-server-name: null, proxy-url: "http://one.example.com"}}
- name: e
  extends: parent
  patches:
  - {target: {kind: Cluster, selector: env=prod}, merge: {proxy-url: "http://two.example.com"}}
  - {target: {kind: Context, name: 'a*'}, merge: {namespace: web}}
  - {target: {kind: User}, merge: {as-groups: [ops], as: admin}}
"""
    config, said = render(environments, "-e", "e")

    assert config["clusters"][0]["cluster"] == {
        "proxy-url": "http://two.example.com",
        "server": "https://a.eu.example.com",
    }, said
    assert [each["context"].get("namespace") for each in config["contexts"]] == ["web", "web", None]
    assert [each["user"] for each in config["users"]] == [{"as": "admin", "as-groups": ["ops"]}] * 2


def test_the_nearest_value_of_a_variable_wins(render):
    environments = "- {name: e, variables: {region: us}}\n"

    def server(*words):
        return render(environments, *words)[0]["clusters"][0]["cluster"]["server"]

    assert server() == "https://a.eu.example.com"
    assert server("-e", "e") == "https://a.us.example.com"
    assert server("-e", "e", "--set", "region=ap") == "https://a.ap.example.com"
    assert server("--set", "region=ap", "--set", "region=x=y") == "https://a.x=y.example.com"


def test_a_required_variable_matters_where_it_is_kept(render):
    base = BASE.replace("https://b.example.com", "https://b.${domain}")
    without, said = render("- {name: e, select: {names: [a]}}\n", "-e", "e", base=base)
    whole, told = render("", base=base)
    given, _ = render("", "--set", "domain=example.org", base=base)

    assert contexts(without) == ["a"], said
    assert whole is None
    assert "kcfg.yaml:9:41: error: clusters[1].server: the variable 'domain' has no value [KCFG110]" in told
    assert "--set domain=…" in told
    assert given["clusters"][1]["cluster"]["server"] == "https://b.example.org"


def test_an_escaped_variable_is_its_text(render):
    base = BASE.replace("as: admin", "as: '$${region}'")
    config, _ = render("", base=base)

    assert config["users"][0]["user"] == {"as": "${region}"}


def test_a_reference_is_split_literally(render):
    base = BASE.replace("as: admin", "token: 'ref+default://${region}/token'")
    config, said = render("", base=base)

    assert config is None
    assert "users[0].token" in said
    assert "KCFG202" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-e", "prdo"], "no environment is called 'prdo'\nkcfg: hint: did you mean 'prod'?"),
        (["-e", "x"], "no environment is called 'x'\nkcfg: hint: the spec declares prod"),
        (
            ["-e", "prod", "--set", "regoin=x"],
            "the variable 'regoin' is not declared\nkcfg: hint: did you mean 'region'?",
        ),
        (["--set", "region"], "--set 'region': no value"),
        (["-e", "prod", "--all-environments", "--out", "d"], "exclude one another"),
        (["--all-environments"], "several environments need a folder"),
        (["-e", "prod", "--context", "b"], "no context is called 'b'"),
    ],
)
def test_what_the_command_line_gets_wrong(render, words, told):
    config, said = render("- {name: prod, select: {names: [a]}}\n", *words)

    assert config is None
    assert told in said


def test_an_empty_selection_only_on_purpose(render):
    environments = "- {name: e, select: {names: [zzz]}}\n"
    config, said = render(environments, "-e", "e")
    allowed, _ = render(environments, "-e", "e", "--allow-empty")

    assert config is None
    assert "kcfg.yaml:19:30: error: environments[0].select.names[0]: 'zzz' matches no context [KCFG113]" in said
    assert allowed["contexts"] in (None, [])


def test_a_store_is_rebound_as_a_whole(render):
    base = BASE.replace("as: admin", "token: ref+default://u/token").replace(
        "clusters:\n", "secretStores: [{name: default, provider: file, file: {directory: secrets}}]\nclusters:\n", 1
    )
    environments = "- {name: e, secretStores: [{name: default, provider: env, env: {prefix: X_}}]}\n"
    whole, _ = render(environments, base=base)
    bound, _ = render(environments, "-e", "e", base=base)

    assert "--file" in whole["users"][0]["user"]["exec"]["args"]
    assert bound["users"][0]["user"]["exec"]["args"] == ["--kind", "token", "--env", "X_U_TOKEN"]


def test_command_of_an_environments_store_needs_its_own_trust(tmp_path, kcfg):
    (tmp_path / "kcfg.yaml").write_text(
        HEAD
        + """clusters: [{name: a, server: "https://a.example.com"}]
users: [{name: u, token: ref+default://u/token}]
contexts: [{name: a, cluster: a, user: u}]
environments:
- {name: e, secretStores: [{name: default, provider: command, command: {argv: [printf, "said-%s", "{key}"]}}]}
"""
    )

    def inline():
        return kcfg("render", "-e", "e", "--credentials", "inline", "-o", "json", cwd=tmp_path)

    before = inline()
    trusted = kcfg("trust", "--yes", cwd=tmp_path)
    after = inline()
    stanza = json.loads(kcfg("render", "-e", "e", "-o", "json", cwd=tmp_path).stdout)["users"][0]["user"]["exec"]
    answer = kcfg("credential", *stanza["args"], cwd=tmp_path)

    assert (before.returncode, trusted.returncode) == (1, 0)
    assert json.loads(after.stdout)["users"][0]["user"] == {"token": "said-u/token"}
    assert json.loads(answer.stdout)["status"] == {"token": "said-u/token"}
