"""Users that are service accounts: what their `auth` may say, and who can ask for their tokens."""

import json

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: t}\n"
CLUSTER = "clusters: [{name: c, server: 'https://c.example.com'}]\n"
BOSS = "- {name: boss, token: ref+default://boss}\n"


@pytest.fixture
def validate(tmp_path, kcfg):
    def run(account, users=BOSS, more="", command="validate"):
        text = f"{HEAD}{CLUSTER}users:\n- name: u\n  auth:\n    service-account: {{{account}}}\n{users}"
        text += "contexts: [{name: c, cluster: c, user: u}]\n" + more
        (tmp_path / "kcfg.yaml").write_text(text)
        return kcfg(*command.split(), "-f", "kcfg.yaml", cwd=tmp_path)

    return run


SOUND = "via: boss, namespace: shop, name: agent"


@pytest.mark.parametrize(
    "more",
    [
        "",
        ", ttl: 10m",
        ", ttl: 1h30m",
        ", ttl: 365d",
        ", audiences: [api, vault]",
        ", bound-object: node/n1.example.com",
    ],
)
def test_sound(more, validate):
    done = validate(SOUND + more)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("via: bos, namespace: shop, name: agent", ("user 'bos' is not declared", "did you mean 'boss'", "KCFG102")),
        ("via: u, namespace: shop, name: agent", ("it is a service account by another user itself", "KCFG109")),
        ("via: boss, namespace: Shop, name: agent", ("no namespace can be called 'Shop'", "KCFG005")),
        ("via: boss, namespace: a.b, name: agent", ("no namespace can be called 'a.b'", "KCFG005")),
        ("via: boss, namespace: shop, name: a/b", ("no service account can be called 'a/b'", "KCFG005")),
        (f"{SOUND}, ttl: 9m", ("no API server gives a token for '9m'", "KCFG005")),
        (f"{SOUND}, ttl: soon", ("no API server gives a token for 'soon'", "KCFG005")),
        (f"{SOUND}, bound-object: deployment/x", ("no token can be bound to 'deployment/x'", "KCFG005")),
        (f"{SOUND}, bound-object: pod", ("no token can be bound to 'pod'", "KCFG005")),
        (f"{SOUND}, audiences: ['']", ("an empty audience", "KCFG005")),
        (f"{SOUND}, audiences: api", ("audiences",)),
        (f"{SOUND}, ttl: 900", ("ttl",)),
        ("namespace: shop, name: agent", ("via", "KCFG004")),
    ],
)
def test_what_no_server_would_give_has_its_place(account, told, validate):
    done = validate(account)

    assert done.returncode == 1
    assert done.stderr.startswith("kcfg.yaml:8:") or done.stderr.startswith("kcfg.yaml:7:")
    for words in told:
        assert words in done.stderr


@pytest.mark.parametrize(
    ("boss", "told"),
    [
        ("credentials: keep, token: ref+default://x", "does not know its credential"),
        ("username: x, password: ref+default://x", "Kubernetes knows no password"),
        ("auth-provider: {name: oidc}", "nothing runs an auth-provider"),
        ("as: jane", "it has no credential"),
        (
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never, "
            "args: [--client-secret, s3cr3t-of-the-robot]}",
            "among the arguments",
        ),
    ],
)
def test_who_cannot_ask(boss, told, validate):
    done = validate(SOUND, f"- {{name: boss, {boss}}}\n")

    assert done.returncode == 1
    assert f"user 'boss' cannot ask for tokens: {told}" in done.stderr or told in done.stderr


def test_who_asks_is_used_and_an_environment_keeps_it(validate):
    more = "environments: [{name: prod, select: {names: [c]}}]\n"
    done = validate(SOUND, more=more, command="lint")
    assert "KCFG504" not in done.stdout + done.stderr
    done = validate(SOUND, more=more, command="render -e prod -o json")

    assert [each["name"] for each in json.loads(done.stdout)["users"]] == ["boss", "u"], done.stderr


def test_an_environment_that_takes_the_credential_away_is_told(validate):
    patch = "{target: {kind: User, name: boss}, merge: {token: null}}"
    done = validate(SOUND, more=f"environments: [{{name: prod, patches: [{patch}]}}]\n")

    assert done.returncode == 1
    assert "it has no credential" in done.stderr


def test_a_variable_may_fill_any_of_it(validate):
    more = "variables: {ns: {default: shop}, ttl: {default: 15m}, who: {default: boss}}\n"
    done = validate(
        "via: '${who}', namespace: '${ns}', name: agent, ttl: '${ttl}', bound-object: 'pod/${ns}'", more=more
    )

    assert done.returncode == 0, done.stderr


def test_clients_that_tell_no_cluster_are_named(validate):
    done = validate(SOUND, command="lint --clients kr8s,lightkube,client-go")

    assert "provideClusterInfo" in done.stdout
