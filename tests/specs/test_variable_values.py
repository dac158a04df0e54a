"""Values of variables: others in them, types, in whose folder a path begins; faults say where they came from."""

import json

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
ROOT = HEAD + "metadata: {name: acme}\n"
REST = """clusters: [{name: c, server: "https://${host}:6443", labels: {"${key}": x}}]
users: [{name: u, as: me, as-user-extra: {"${key}": [a]}}]
contexts: [{name: "c-${domain}", cluster: c, user: u}]
"""


def variables(**given):
    return ROOT + f"variables: {json.dumps(given)}\n" + REST


@pytest.fixture
def run(kcfg, tmp_path):
    """Write the spec, run a command."""

    def call(text, *words):
        (tmp_path / "kcfg.yaml").write_text(text)
        return kcfg(*words)

    return call


@pytest.fixture
def rendered(run):
    def call(text, *words):
        done = run(text, "render", "-o", "json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


GOOD = {"domain": {"default": "example.com"}, "host": {"default": "api.${domain}"}, "key": {"default": "team"}}


def test_values_name_other_variables(rendered):
    """F3: by default, in an environment and by --set; `$${` writes the characters."""
    text = variables(**GOOD) + "environments: [{name: e, variables: {domain: e.example.com}}]\n"

    for words, domain in ((), "example.com"), (("-e", "e"), "e.example.com"), (("--set", "domain=s"), "s"):
        config = rendered(text, *words)
        assert config["clusters"][0]["cluster"]["server"] == f"https://api.{domain}:6443"
        assert config["contexts"][0]["name"] == f"c-{domain}"
    assert (
        rendered(text, "--set", "host=${domain}.x")["clusters"][0]["cluster"]["server"] == "https://example.com.x:6443"
    )
    escaped = variables(**GOOD | {"key": {"default": "$${domain}"}})
    assert list(rendered(escaped)["users"][0]["user"]["as-user-extra"]) == ["${domain}"]


def test_keys_are_filled_in(rendered, run):
    """F20."""
    assert rendered(variables(**GOOD))["users"][0]["user"]["as-user-extra"] == {"team": ["a"]}
    assert "c-example.com" in run(variables(**GOOD), "get-contexts", "-f", ".", "-o", "name").stdout
    assert rendered(variables(**GOOD), "-l", "team=x")["contexts"]


BAD = {
    "one another": (
        variables(**GOOD | {"domain": {"default": "${host}"}}),
        "variables.host.default: the variables refer to one another: domain -> host -> domain [KCFG110]",
    ),
    "itself": (
        variables(**GOOD | {"domain": {"default": "x${domain}"}}),
        "variables.domain.default: the variables refer to one another: domain -> domain [KCFG110]",
    ),
    "not declared": (
        variables(**GOOD | {"host": {"default": "${domian}"}}),
        "variables.host.default: the variable 'domian' is not declared [KCFG110]\nkcfg: hint: did you mean 'domain'?",
    ),
    "in an environment": (
        variables(**GOOD) + "environments: [{name: e, variables: {host: '${nope}'}}]\n",
        "environments[0].variables.host: the variable 'nope' is not declared",
    ),
    "no variable": (
        variables(**GOOD | {"host": {"default": "${}"}}),
        "variables.host.default: `${` begins no variable",
    ),
    "required with a default (F21)": (
        variables(**GOOD | {"domain": {"required": True, "default": "dev"}}),
        "variables.domain.default: required, and has a default",
    ),
    "integer": (
        variables(**GOOD | {"port": {"type": "integer", "default": "64 43"}}),
        "variables.port.default: expected an integer",
    ),
    "boolean": (
        variables(**GOOD | {"on": {"type": "boolean", "default": "yes"}}),
        "variables.on.default: expected true or false",
    ),
    "enum": (
        variables(**GOOD | {"tier": {"enum": ["prod", "stage"], "default": "prdo"}}),
        "variables.tier.default: none of the values that are allowed [KCFG110]\nkcfg: hint: did you mean 'prod'?",
    ),
    "enum in an environment": (
        variables(**GOOD | {"tier": {"enum": ["a", "b"]}}) + "environments: [{name: e, variables: {tier: 'c'}}]\n",
        "environments[0].variables.tier: none of the values that are allowed [KCFG110]\nkcfg: hint: one of a, b",
    ),
    "two keys": (
        variables(**GOOD).replace('{"${key}": x}', '{"${key}": x, team: z}'),
        "clusters[0].labels.team: becomes 'team', which is there already",
    ),
    "argv of a command store": (
        variables(**GOOD)
        + "secretStores: [{name: s, provider: command, command: {argv: [get, '${domain}', '${HOME}']}}]\n",
        "secretStores[0].command.argv[1]: the variable 'domain' is not filled in here",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_where_it_stands(name, run):
    text, message = BAD[name]
    done = run(text, "validate")

    assert done.returncode == 1, done.stdout
    assert message in done.stderr
    assert done.stderr.count("error: ") == 1


def test_what_the_command_line_gives_is_held_to_it_too(run):
    text = variables(**GOOD | {"port": {"type": "integer", "default": "1"}})

    assert "error: --set port: expected an integer" in run(text, "render", "--set", "port=x").stderr
    assert "--set host: the variable 'no' is not declared" in run(text, "render", "--set", "host=${no}").stderr
    assert "refer to one another: host -> host" in run(text, "render", "--set", "host=${host}").stderr


def test_a_fault_says_through_which_variable_and_in_which_environment(run):
    """F16."""
    text = ROOT + (
        'variables: {port: {default: "6443"}, ns: {default: web}}\n'
        'clusters: [{name: c, server: "https://c.example.com:${port}"}]\nusers: [{name: u}]\n'
        'contexts: [{name: c, cluster: c, user: u, namespace: "${ns}"}]\n'
        'environments: [{name: two, variables: {port: "http"}}, {name: three, variables: {ns: "Not A"}}]\n'
    )
    said = run(text, "validate").stderr

    assert "clusters[0].server: not a valid URL (in environment 'two', through ${port}) [KCFG104]" in said
    assert "no namespace can be called 'Not A' (in environment 'three', through ${ns}) [KCFG005]" in said
    assert "through ${port}) [KCFG104]" in run(text, "render", "--set", "port=x y").stderr


def test_a_patch_that_adds_a_mapping_is_blamed(run):
    """F16: not the entry, which has no such field."""
    text = ROOT + (
        "users: [{name: u, exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never}}]\n"
        "environments:\n- {name: e, patches: [{target: {kind: User, name: u}, merge: {auth: {gke: {}}}}]}\n"
    )
    done = run(text, "validate")

    assert done.returncode == 1
    assert "kcfg.yaml:6:" in done.stderr
    assert "environments[0].patches[0].merge.auth" in done.stderr


def test_a_parents_current_context_that_is_not_selected_is_left_out(rendered):
    """F14: as the spec's own is."""
    text = ROOT + (
        "clusters:\n- {name: a, server: 'https://a', labels: {env: prod}}\n"
        "- {name: b, server: 'https://b', labels: {env: dev}}\n"
        "contexts: [{name: a, cluster: a}, {name: b, cluster: b}]\nenvironments:\n"
        "- {name: prod, select: {matchLabels: {env: prod}}, current-context: a}\n"
        "- {name: dev, extends: prod, select: {matchLabels: {env: dev}}}\n"
    )

    assert rendered(text, "-e", "prod")["current-context"] == "a"
    assert rendered(text, "-e", "dev")["current-context"] == ""


def test_a_path_in_a_value_belongs_to_the_file_that_wrote_it(rendered, tmp_path):
    """F1: of a variable, at the beginning of a path; through others, and by --set from where one stands."""
    for folder in ("pki", "team/pki", "envs/pki"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "t").write_text("a token")
    (tmp_path / "team/users.yaml").write_text(
        HEAD + "users: [{name: u, tokenFile: '${file}'}, {name: v, tokenFile: pki/t}]\n"
    )
    (tmp_path / "envs/e.yaml").write_text(HEAD + "environments: [{name: e, variables: {file: pki/t}}]\n")
    text = ROOT + (
        "include: [team/users.yaml, envs/e.yaml]\nvariables: {folder: {default: pki}, file: {default: '${folder}/t'}}\n"
        "environments:\n- {name: p, patches: [{target: {kind: User, name: v}, merge: {tokenFile: '${file}'}}]}\n"
        "- {name: abs, variables: {file: /srv/t}}\n"
    )

    def files(*words):
        return [each["user"]["tokenFile"] for each in rendered(text, *words)["users"]]

    team = str(tmp_path / "team/pki/t")
    assert files() == [str(tmp_path / "pki/t"), team]
    assert files("-e", "e") == [str(tmp_path / "envs/pki/t"), team]
    assert files("-e", "p") == [str(tmp_path / "pki/t")] * 2
    assert files("--set", "file=envs/pki/t") == [str(tmp_path / "envs/pki/t"), team]


def test_a_variable_that_nothing_gives_a_value_is_told(run):
    """An error where --set was not promised; by the way of other variables too, and never as the text it stands in."""
    text = ROOT + (
        "variables: {host: {default: 'api.${domain}'}, domain: {%s}}\n"
        'clusters: [{name: c, server: "https://${host}"}]\nusers: [{name: u}]\n'
        "contexts: [{name: c, cluster: c, user: u}]\n"
    )
    environments = "environments: [{name: given, variables: {domain: example.com}}, {name: lacks}]\n"
    message = "kcfg.yaml:5:30: error: clusters[0].server: the variable 'domain' has no value [KCFG110]"

    for spec, words, told in (
        (text % "", ("validate",), message),
        (text % "", ("lint",), message),
        (text % "" + environments, ("validate",), message),
        (text % "" + environments, ("validate", "-e", "given"), ""),
        (text % "required: true", ("validate",), ""),
        (text % "required: true" + environments, ("validate",), ""),
        (text % "required: true", ("render",), message),
        (text % "required: true" + environments, ("render", "-e", "lacks"), message),
        (text % "required: true" + environments, ("render", "-e", "given"), ""),
        (text % "required: true", ("render", "--set", "domain=example.com"), ""),
    ):
        done = run(spec, *words)
        assert (done.returncode != 0, message in done.stdout + done.stderr) == (bool(told), bool(told)), done.stderr
        assert "${" not in done.stdout
