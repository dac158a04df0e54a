"""No dead ends: what `import` takes of every tool's kubeconfig, `validate`, `diff`, `render` and `apply` can use."""

import base64
import json

import pytest
import yaml

from kcfg.kubeconfig.plugins_table import FLAGS, PROVIDERS, VARIABLES
from kcfg.x509 import make_authority, make_client

PLUM = "plum-plum-plum"
SECRETS, HARMLESS = sorted(VARIABLES[0]), sorted(VARIABLES[1])
OTHERS = sorted(set(FLAGS) - {"kcfg-credential"})


def stanza(program, *args, env=()):
    command, before = ("kubectl", ["oidc-login", "get-token"]) if program == "kubectl-oidc_login" else (program, [])
    variables = [{"name": name, "value": value} for name, value in env]
    return {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": [*before, *args],
        "env": variables or None, "interactiveMode": "IfAvailable", "provideClusterInfo": True,
    }}  # fmt: skip


def plugin(at, program):
    """A user of a plugin as its tool writes it: harmless flags, harmless variables, two that are secret."""
    flags = [word for flag in sorted(FLAGS[program][1])[:3] for word in (f"--{flag}", "value")]
    env = [(HARMLESS[at % len(HARMLESS)], "shown"), *((SECRETS[(at * 2 + n) % len(SECRETS)], PLUM) for n in range(2))]
    return stanza(program, *flags, env=env)


def others():
    certificate, key = (base64.b64encode(pem).decode() for pem in make_client("admin", (), make_authority("tools")))
    yield "token", {"token": PLUM}
    yield "pair", {"client-certificate-data": certificate, "client-key-data": key}
    yield "basic", {"username": "jane", "password": PLUM}
    for name, (secret, harmless) in PROVIDERS.items():
        config = dict.fromkeys(sorted(secret), PLUM) | dict.fromkeys(sorted(harmless), "value")
        yield f"provider-{name}", {"auth-provider": {"name": name, "config": config}}
    for program in OTHERS:
        if FLAGS[program][0]:
            yield f"argument-{program}", stanza(program, f"--{max(FLAGS[program][0], key=len)}", PLUM)


USERS = {f"plugin-{program}": plugin(at, program) for at, program in enumerate(OTHERS)} | dict(others())


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config"
    body = {
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example.com"}}],
        "users": [{"name": name, "user": user} for name, user in USERS.items()],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": name}} for name in USERS],
    }  # fmt: skip
    path.write_text(json.dumps(body))
    path.chmod(0o600)
    return path


def test_every_command_after_import_can_use_what_it_took(config, kcfg, tmp_path):
    taken = kcfg("import", "config", "--into", "acme", "--secrets", "file")
    folder = tmp_path / "acme"
    users = {each["name"]: each for each in yaml.safe_load((folder / "kcfg.yaml").read_text())["users"]}

    assert {f"plugin-{program}" for program in OTHERS} <= users.keys()
    for name in USERS.keys() - users.keys():
        assert name in taken.stderr, "left out in silence"
    assert PLUM not in (folder / "kcfg.yaml").read_text()
    for words in (("validate",), ("diff", "--adopt", "--kubeconfig", "../config", "--exit-zero"), ("secret", "check")):
        done = kcfg(*words, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr

    # No exec stanza can carry basic auth or an auth-provider: told with their place, the rest is done.
    held = {name for name in users if name == "basic" or name.startswith("provider-")}
    for words in (("render", "--out", "../k"), ("apply", "--adopt", "--yes", "--kubeconfig", "../config")):
        done = kcfg(*words, cwd=folder)
        assert done.returncode == 1, done.stderr
        assert {name for name in users if f'user "{name}" left as it is' in done.stderr} == held
    written = {each["name"]: each["user"] for each in yaml.safe_load(config.read_text())["users"]}
    for program in OTHERS:
        args = ["--spec", "acme", "--user", f"plugin-{program}"]
        assert written[f"plugin-{program}"]["exec"]["args"] == args
    for name in held:
        assert written[name] == USERS[name]
    assert kcfg("verify", "--kubeconfig", "../config", cwd=folder).returncode in (0, 1)
