"""`credentials` of a user: who decides, and what happens to a user that cannot be delivered."""

import pytest
import yaml

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
secretStores: [{name: default, provider: env, env: {prefix: T_}}]
clusters:
- {name: prod, server: "https://prod.example.com"}
users:
- {name: robot, token: ref+default://robot}
- {name: human, username: jane, password: ref+default://human}
- {name: cloud, credentials: keep}
contexts:
- {name: robot, cluster: prod, user: robot}
- {name: human, cluster: prod, user: human}
- {name: cloud, cluster: prod, user: cloud}
current-context: human
environments:
- {name: ci, credentials: inline}
- name: mixed
  credentials: omit
  patches: [{target: {kind: User, name: robot}, merge: {credentials: exec}}]
"""
LIVE = """apiVersion: v1
kind: Config
clusters: []
contexts: []
users:
- name: cloud
  user: {token: its-own}
- name: human
  user: {token: theirs}
"""


@pytest.fixture
def world(tmp_path, kcfg, monkeypatch):
    monkeypatch.setenv("T_ROBOT", "robots-token")
    monkeypatch.setenv("T_HUMAN", "humans-password")
    (tmp_path / "kcfg.yaml").write_text(SPEC)

    def run(*words):
        return kcfg(*words, "-f", tmp_path / "kcfg.yaml")

    run.config = tmp_path / "config"
    run.spec = tmp_path / "kcfg.yaml"
    run.apply = lambda *words: run("apply", "--yes", "--trust", "--kubeconfig", run.config, *words)
    run.users = lambda: {each["name"]: each["user"] for each in yaml.safe_load(run.config.read_text())["users"] or []}
    run.contexts = lambda: [each["name"] for each in yaml.safe_load(run.config.read_text())["contexts"] or []]
    return run


def rendered(done):
    value = yaml.safe_load(done.stdout)
    users = {each["name"]: sorted(each["user"] or {}) for each in value["users"] or []}
    return users, [each["name"] for each in value["contexts"] or []]


def test_render_leaves_out_who_cannot_be_delivered_and_says_so(world):
    done = world("render")

    assert done.returncode == 1
    assert rendered(done) == ({"robot": ["exec"]}, ["cloud", "robot"])
    assert yaml.safe_load(done.stdout)["current-context"] == ""
    assert "error: users[1].password: the exec protocol has no username and password" in done.stderr
    assert f"{world.spec}:{SPEC[: SPEC.index('password')].count(chr(10)) + 1}:" in done.stderr
    assert 'user "human" left as it is, with its contexts: human' in done.stderr
    assert "credentials: keep, so not in the result: user cloud" in done.stderr


@pytest.mark.parametrize(
    ("words", "users", "code"),
    [
        (["-e", "ci", "--trust"], {"robot": ["token"], "human": ["password", "username"]}, 0),
        (["-e", "mixed"], {"robot": ["exec"], "human": []}, 0),
        (["-e", "mixed", "--credentials", "inline", "--trust"],
         {"robot": ["token"], "human": ["password", "username"], "cloud": []}, 0),
        (["--credentials", "omit"], {"robot": [], "human": [], "cloud": []}, 0),
    ],
)  # fmt: skip
def test_flag_then_user_then_environment_then_exec(world, words, users, code):
    done = world("render", *words)

    assert (done.returncode, rendered(done)[0]) == (code, users), done.stderr


def test_apply_leaves_them_as_they_are_and_does_the_rest(world):
    world.config.write_text(LIVE)

    done = world.apply()
    assert done.returncode == 1
    assert "context/robot created" in done.stdout
    assert 'user "human" left as it is, with its contexts: human' in done.stderr
    assert world.users()["cloud"] == {"token": "its-own"}
    assert world.users()["human"] == {"token": "theirs"}
    assert world.contexts() == ["cloud", "robot"]

    again = world.apply("--prune")
    assert again.returncode == 1
    assert set(world.users()) == {"cloud", "human", "robot"}
    assert world("status", "--kubeconfig", world.config).stdout == ""
    done = world("diff", "--kubeconfig", world.config)
    assert (done.returncode, done.stdout) == (1, "2 unmanaged, 4 unchanged, 1 not delivered\n")
    assert world("verify", "--kubeconfig", world.config).returncode == 1


def test_what_was_delivered_once_is_not_pruned_when_it_cannot_be_any_more(world):
    text = world.spec.read_text()
    world.spec.write_text(text.replace("username: jane, password", "token"))
    assert world.apply().returncode == 0
    before = world.config.read_text()

    world.spec.write_text(text)
    assert world.apply("--prune").returncode == 1
    assert world.config.read_text() == before

    world.spec.write_text(text.replace("- {name: human, username: jane, password: ref+default://human}\n", "").replace(
        "- {name: human, cluster: prod, user: human}\n", "").replace("current-context: human\n", ""))  # fmt: skip
    assert world.apply("--prune").returncode == 0
    assert "human" not in world.users()


def test_a_user_that_is_kept_is_never_kcfgs(world):
    world.config.write_text(LIVE)
    world.apply()
    world.spec.write_text(SPEC.replace("- {name: cloud, credentials: keep}\n", "").replace(
        "- {name: cloud, cluster: prod, user: cloud}\n", ""))  # fmt: skip

    world.apply("--prune")
    assert world.users()["cloud"] == {"token": "its-own"}
    assert "cloud" not in world.contexts()


def test_a_missing_secret_is_still_an_error_for_the_whole(world, monkeypatch):
    monkeypatch.delenv("T_HUMAN")

    done = world.apply("-e", "ci")
    assert (done.returncode, world.config.exists()) == (2, False)
    assert "T_HUMAN" in done.stderr


@pytest.mark.parametrize(
    "words", ["exec cloud -f FILE --trust -- true", "get-token cloud -f FILE", "curl cloud /v -f FILE"]
)
def test_a_kept_credential_is_asked_for_in_its_kubeconfig(world, kcfg, words):
    done = kcfg(*words.replace("FILE", str(world.spec)).split())

    assert done.returncode in (2, 125)
    assert "user 'cloud' has `credentials: keep`" in done.stderr
    assert "--kubeconfig FILE" in done.stderr


@pytest.mark.parametrize("target", ["argocd", "flux", "capi", "clusterprofile", "external-secrets", "secret", "direnv"])
def test_no_engine_gets_a_context_whose_credential_the_spec_does_not_know(target, world):
    refused = world("render", "--to", target, "--out", "o", "--context", "cloud")

    assert refused.returncode == 2
    assert "cloud: user 'cloud' has `credentials: keep`: the spec does not know its credential" in refused.stderr
    assert "-l or --context" in refused.stderr
