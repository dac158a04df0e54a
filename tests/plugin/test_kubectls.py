"""Real kubectls, a real TLS server and a real Secret Service: who is it that the server sees?"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from api_access import TOKEN
from conftest import find_kubectls

from kcfg.x509 import make_authority, make_client

ALL = find_kubectls() or {"none": Path("kubectl")}


def call(program, kubeconfig, plugin_env, *words):
    words = (program, "--kubeconfig", kubeconfig, "--cache-dir", f"{kubeconfig}.cache", *words)
    env = {**plugin_env, "GOGC": os.environ["GOGC"]}
    return subprocess.run([*map(str, words)], capture_output=True, text=True, env=env, timeout=60)


@pytest.fixture
def kubectl(kubectl_path, rendered, plugin_env):
    """Run the newest kubectl as a context's user."""
    return lambda context, *words: call(kubectl_path, rendered, plugin_env, "--context", context, *words)


@pytest.mark.parametrize("context", ["robot", "admin"])
def test_every_kubectl_is_recognised(context, kubectl_path, stored, rendered, plugin_env, server):
    words, seen, said = ("--context", context, "get", "--raw", "/api/v1/namespaces"), {}, ""
    for version, program in ALL.items():
        server.asked.clear()
        done = call(program, rendered, plugin_env, *words)
        named = json.loads(done.stdout)["items"][0]["metadata"]["name"] if done.returncode == 0 else ""
        seen[version], said = ([user for user, _ in server.asked], named), said + done.stderr

    assert seen == dict.fromkeys(ALL, ([context], f"of-{context}")), said


def test_the_commands_people_use(stored, kubectl):
    listed, who = kubectl("robot", "get", "namespaces", "-o", "name"), kubectl("admin", "auth", "whoami")

    assert listed.stdout == "namespace/of-robot\n", listed.stderr
    assert re.search(r"Username\s+admin", who.stdout), who.stderr


def test_nothing_of_the_secret_is_told(stored, kubectl, rendered, admin):
    done = kubectl("robot", "get", "--raw", "/version", "-v", "9")

    assert done.returncode == 0
    assert TOKEN not in done.stdout + done.stderr + rendered.read_text()
    assert admin[1].splitlines()[1] not in rendered.read_text()


def test_a_missing_item_is_told_with_the_command_that_sets_it(kubectl):
    done = kubectl("robot", "get", "--raw", "/version")

    assert done.returncode != 0
    assert "kcfg/e2e/robot/token" in done.stderr
    assert "kcfg secret set robot/token" in done.stderr


def test_a_locked_keyring_is_told_with_the_way_out(stored, kubectl, secret_service):
    secret_service.lock()

    done = kubectl("robot", "get", "--raw", "/version")

    assert done.returncode != 0
    assert "the keyring is locked; unlock it: kcfg secret unlock" in done.stderr


def test_a_stranger_is_refused_by_the_server(stored, kubectl, server):
    server.tokens.clear()

    done = kubectl("robot", "get", "--raw", "/version")

    assert done.returncode != 0
    assert server.asked[-1][0] is None
    assert TOKEN not in done.stderr


def test_a_certificate_of_another_authority_is_refused(kcfg, plugin_env, rendered, kubectl, tmp_path):
    foreign = [pem.decode() for pem in make_client("admin", (), make_authority("foreign"))]
    (tmp_path / "admin.crt").write_text(foreign[0])
    assert kcfg("secret", "set", "admin/key", env=plugin_env, stdin=foreign[1]).returncode == 0
    assert kcfg("render", "--out", "kubeconfig", env=plugin_env).returncode == 0

    done = kubectl("admin", "get", "--raw", "/version")

    assert done.returncode != 0
    assert "PRIVATE KEY" not in done.stderr


def test_a_migrated_file_still_opens_the_door(kcfg, plugin_env, server, admin, kubectl_path, tmp_path):
    server.tokens[TOKEN] = "robot"
    server.passwords["human"] = "plum-password"
    (tmp_path / "admin.crt").write_text(admin[0])
    (tmp_path / "admin.key").write_text(admin[1])
    path = tmp_path / "old"
    path.write_text(f"""\
clusters: [{{name: c, cluster: {{server: "{server.url}", certificate-authority: server/ca.crt}}}}]
users:
- {{name: robot, user: {{token: {TOKEN}}}}}
- {{name: admin, user: {{client-certificate: admin.crt, client-key: admin.key}}}}
- {{name: human, user: {{username: human, password: plum-password}}}}
contexts:
- {{name: robot, context: {{cluster: c, user: robot}}}}
- {{name: admin, context: {{cluster: c, user: admin}}}}
- {{name: human, context: {{cluster: c, user: human}}}}
""")
    before = path.read_text()

    done = kcfg("secret", "migrate", path, "--delete-key-files", env=plugin_env)

    assert done.returncode == 1, done.stderr  # the password stays: the exec protocol has no basic auth
    assert TOKEN not in path.read_text() != before
    assert not (tmp_path / "admin.key").exists()
    for user in ("robot", "admin", "human"):
        seen = call(kubectl_path, path, plugin_env, "--context", user, "get", "--raw", "/version")
        assert (seen.returncode, server.asked[-1][0]) == (0, user), seen.stderr
