"""The line of kcfg's own plugin is repeated by what asks servers; of another plugin nothing is."""

import json

import pytest
import yaml

MISSING = "no keyring item 'kcfg/e2e/robot/token'"
HINT = "store it: kcfg secret set robot/token"
ASKING = ("whoami", "curl robot /version", "get-token robot", "get-token robot -o token")


@pytest.mark.parametrize("words", ASKING)
def test_the_line_says_what_to_do(words, rendered, plugin_env, kcfg):
    environ = {**plugin_env, "KUBECONFIG": str(rendered)}
    words = ["whoami", "--context", "robot"] if words == "whoami" else words.split()
    done = kcfg(*words, env=environ)
    said = done.stdout + done.stderr

    assert done.returncode == (125 if "curl" in words else 2)
    assert MISSING in said
    assert HINT in said
    assert "exit code" not in said


def test_connectivity_tells_machines_too(rendered, plugin_env, kcfg):
    done = kcfg("check", "connectivity", "--kubeconfig", rendered, "-o", "json", env=plugin_env)
    found = {each["name"]: each for each in json.loads(done.stdout)["contexts"]}

    assert (found["robot"]["cause"], found["robot"]["message"], found["robot"]["hint"]) == ("plugin", MISSING, HINT)
    assert found["admin"]["message"] == "no keyring item 'kcfg/e2e/admin/key'"


def test_a_locked_keyring_is_told(stored, rendered, plugin_env, kcfg, secret_service):
    secret_service.lock()
    done = kcfg("check", "connectivity", "--kubeconfig", rendered, "--context", "robot", env=plugin_env)

    assert "the keyring is locked" in done.stdout + done.stderr
    assert "kcfg secret unlock" in done.stdout + done.stderr


def rewrite(path, **stanza):
    value = yaml.safe_load(path.read_text())
    for user in value["users"]:
        user["user"]["exec"] |= stanza
    path.write_text(yaml.safe_dump(value))


def test_as_a_command_of_kcfg_too(rendered, plugin_env, kcfg):
    rewrite(rendered, command="kcfg", args=["credential", "--kind", "token", "--env", "KCFG_NONE"])
    done = kcfg("check", "connectivity", "--kubeconfig", rendered, "--context", "robot", "-o", "json", env=plugin_env)

    assert json.loads(done.stdout)["contexts"][0]["message"] == "environment variable KCFG_NONE is not set"


@pytest.mark.parametrize(
    ("name", "args"),
    [("other", ["--kind", "token"]), ("kcfg-credential", ["--session", "x"]), ("kcfg-credential", ["get"])],
)
def test_another_program_is_not_repeated(name, args, rendered, plugin_env, kcfg, tmp_path):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / name
    program.write_text("#!/bin/sh\necho 'kcfg: planted-stderr' >&2\nexit 1\n")
    program.chmod(0o755)
    rewrite(rendered, command=str(program), args=args)
    done = kcfg("check", "connectivity", "--kubeconfig", rendered, "--context", "robot", env=plugin_env)

    assert "planted" not in done.stdout + done.stderr
    assert "failed with exit code 1" in done.stdout + done.stderr


def test_what_it_says_is_one_printable_line_without_a_token(rendered, plugin_env, kcfg, tmp_path):
    token = "ghp_" + "a1B2c3D4e5F6" * 3
    program = tmp_path / "kcfg-credential"
    program.write_text(f"#!/bin/sh\nprintf 'noise\\nkcfg: \\033[2Jred {token}; do it\\nmore\\n' >&2\nexit 1\n")
    program.chmod(0o755)
    rewrite(rendered, command=str(program), args=["--kind", "token"])
    done = kcfg("check", "connectivity", "--kubeconfig", rendered, "--context", "robot", env=plugin_env)
    said = done.stdout + done.stderr

    assert "\x1b" not in said
    assert token not in said
    assert "REDACTED" in said
    assert "noise" not in said
    assert "more" not in said
