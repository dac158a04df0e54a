"""Which contexts a command means: every command of Run and Check gives one answer, in the same words."""

import json

import pytest

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
clusters:
- {name: prod, server: "https://127.0.0.1:1", labels: {env: prod}}
- {name: dev, server: "https://127.0.0.1:1", labels: {env: dev}}
users: [{name: u, as: me}]
contexts:
- {name: prod-eu, cluster: prod, user: u}
- {name: prod-us, cluster: prod, user: u}
- {name: dev, cluster: dev, user: u}
- {name: "[d]ev", cluster: dev, user: u}
environments: [{name: only, select: {names: [prod-eu]}}]
"""
ONE = {
    "exec": ("exec", "{}", "--", "true"),
    "shell": ("shell", "{}", "--shell", "bash"),
    "url": ("url", "{}"),
    "curl": ("curl", "{}", "/version"),
    "get-token": ("get-token", "{}", "--reveal"),
}
MANY = {
    "exec": ("exec", "--", "true"),
    "connectivity": ("check", "connectivity", "--timeout", "1s"),
    "whoami": ("whoami", "--timeout", "1s"),
}


@pytest.fixture(params=["a spec", "a kubeconfig"])
def of(request, kcfg, tmp_path):
    """Run a command on a spec, or on the kubeconfig that was applied from it."""
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    assert kcfg("trust", "--yes").returncode == 0
    if request.param == "a spec":
        where = ("-f", str(tmp_path / "kcfg.yaml"))
    else:
        assert kcfg("apply", "--yes", "--kubeconfig", "k").returncode == 0
        where = ("--kubeconfig", str(tmp_path / "k"))

    def run(words, *more):
        at = words.index("--") if "--" in words else len(words)
        return kcfg(*words[:at], *where, *more, *words[at:])

    return run


def named(command, pattern):
    return [word.format(pattern) for word in ONE[command]]


@pytest.mark.parametrize("command", ONE)
def test_what_one_context_may_be_called(command, of):
    """A name, a glob of one; no glob of several, nothing that is not there; without a name there is no current one."""
    said = {pattern: of(named(command, pattern)).stderr for pattern in ("prdo-eu", "prod-*", "nope", "*-us", "[d]ev")}

    assert "no context is called 'prdo-eu'" in said["prdo-eu"]
    assert "hint: did you mean 'prod-eu'?" in said["prdo-eu"]
    assert "'prod-*' means 2 contexts: prod-eu, prod-us" in said["prod-*"]
    assert "`kcfg get-contexts` lists them" in said["nope"]
    for pattern in ("*-us", "[d]ev"):
        assert not any(word in said[pattern] for word in ("is called", "means"))
    unnamed = of([word for word in ONE[command] if word != "{}"])
    assert "there is no current context" in unnamed.stderr
    assert "name one; `kcfg get-contexts` lists them" in unnamed.stderr


@pytest.mark.parametrize("command", MANY)
def test_patterns_and_selectors(command, of):
    words = MANY[command]

    def contexts(*more):
        done = of(words, "-o", "json", *more)
        found = json.loads(done.stdout)
        return [each.get("name") or each["context"] for each in next(iter(found.values()))]

    assert contexts("--context", "prod-*", "--context", "dev") == ["dev", "prod-eu", "prod-us"]
    assert contexts("-l", "env=prod") == ["prod-eu", "prod-us"]
    assert contexts("-l", "env=prod", "--context", "*-eu") == ["prod-eu"]
    assert contexts("--context", "[d]ev") == ["[d]ev"]
    assert "no context is called 'nope-*'" in of(words, "--context", "nope-*").stderr
    nothing = of(words, "-l", "env=stage")
    assert "no context is selected" in nothing.stderr
    assert nothing.returncode in (2, 125)


@pytest.mark.parametrize("command", ["url", "connectivity", "whoami"])
def test_an_environment_has_its_own(command, kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    assert kcfg("trust", "--yes").returncode == 0
    words = {**MANY, "url": ("url",)}[command]
    other = kcfg(*words, "-e", "only", *(("dev",) if command == "url" else ("--context", "dev")))

    assert "no context is called 'dev'" in other.stderr
    assert "is called" not in kcfg(*words, "-e", "only").stderr
