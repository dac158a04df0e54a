"""`kcfg secret rotate`: the new value is tried on the servers before it takes the old one's place."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from fleet_servers import TOKEN

NEW, OTHER, WRONG = "new-token-of-the-robot", "token-of-somebody-else", "token-of-nobody"
KNOWN = {TOKEN: "robot", NEW: "robot", OTHER: "stranger"}
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: shop}}
secretStores: [{{name: default, provider: file, file: {{directory: ~/store}}}}]
clusters: [{{name: dev, server: "{server}", certificate-authority: ca.crt}}]
users: [{{name: robot, token: ref+default://robot/token}}]
contexts: [{{name: dev, cluster: dev, user: robot}}]
"""


def answer(request):
    user = KNOWN.get((request.headers.get("Authorization") or "").removeprefix("Bearer "))
    if user is None:
        return 401, {"kind": "Status"}
    if request.path == "/version":
        return 200, {"gitVersion": "v1.33.0"}
    return 201, {"kind": "SelfSubjectReview", "status": {"userInfo": {"username": user, "groups": []}}}


class World:
    def __init__(self, fleet, kcfg, home, folder):
        self.server = fleet.start(answer=answer)
        self.home, self.folder, self._kcfg = home, folder, kcfg
        (folder / "ca.crt").write_bytes(fleet.authority[0])
        (folder / "kcfg.yaml").write_text(SPEC.format(server=self.server.url))
        assert self("secret", "set", "robot/token", stdin=TOKEN).returncode == 0

    def __call__(self, *words, **more):
        return self._kcfg(*words, cwd=self.folder, **more)

    def stored(self):
        """What the store holds, by key."""
        return {path.relative_to(self.home / "store").as_posix(): path.read_text().strip()
                for path in (self.home / "store").rglob("*") if path.is_file()}  # fmt: skip


@pytest.fixture
def world(fleet, kcfg, private_home, tmp_path):
    return World(fleet, kcfg, private_home, tmp_path)


def test_a_value_that_works_takes_the_place_of_the_old_one(world):
    done = world("secret", "rotate", "robot/token", stdin=f"{NEW}\n")

    assert (done.returncode, done.stdout) == (0, 'secret "robot/token" rotated\n'), done.stderr
    assert world.stored() == {"robot/token": NEW}
    assert NEW not in done.stderr
    assert "dev: the new value works" in done.stderr


@pytest.mark.parametrize("given", ["stdin", "command"])
def test_a_value_that_no_server_knows_leaves_the_old_one(given, world):
    words = ["--", "printf", "%s", WRONG] if given == "command" else []
    done = world("secret", "rotate", "robot/token", *words, stdin="" if words else WRONG)

    assert done.returncode == 1
    assert "the server does not know this user" in done.stderr
    assert "robot/token is as it was" in done.stderr
    assert WRONG not in done.stderr
    assert world.stored() == {"robot/token": TOKEN}


def test_the_command_has_the_new_value_alone(world):
    script = f"import sys; sys.stderr.write('asking\\n'); sys.stdout.write({NEW!r})"
    done = world("secret", "rotate", "robot/token", "--", sys.executable, "-c", script)

    assert done.returncode == 0, done.stderr
    assert "asking" in done.stderr
    assert world.stored() == {"robot/token": NEW}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["false"], "failed with exit code 1"),
        (["true"], "printed nothing"),
        (["nowhere-to-be-found"], "command not found"),
        (["head", "-c", "70000", "/dev/zero"], "prints more than 64 KiB"),
        (["printf", TOKEN], "the new value is the old one"),
    ],
)
def test_a_command_without_a_new_value_changes_nothing(command, told, world):
    done = world("secret", "rotate", "robot/token", "--", *command)

    assert done.returncode in (1, 2, 127)
    assert told in done.stderr
    assert world.stored() == {"robot/token": TOKEN}


def test_somebody_else_is_asked_about(world):
    done = world("secret", "rotate", "robot/token", stdin=OTHER)
    assert done.returncode == 2
    assert "nobody is here to be asked" in done.stderr
    assert world.stored() == {"robot/token": TOKEN}

    assert world("secret", "rotate", "robot/token", "--yes", stdin=OTHER).returncode == 0
    assert world.stored() == {"robot/token": OTHER}


def test_without_a_server_only_on_demand(world):
    world.server.close()
    done = world("secret", "rotate", "robot/token", stdin=NEW)
    assert done.returncode == 1
    assert world.stored() == {"robot/token": TOKEN}

    assert world("secret", "rotate", "robot/token", "--no-try", stdin=NEW).returncode == 0
    assert world.stored() == {"robot/token": NEW}


def test_a_new_server_gets_neither_value_before_it_is_trusted(world, fleet):
    other = fleet.start(answer=answer)
    (world.folder / "kcfg.yaml").write_text(SPEC.format(server=other.url))
    done = world("secret", "rotate", "robot/token", stdin=NEW)

    assert done.returncode in (1, 2)
    assert "not trusted" in done.stderr
    assert not other.asked
    assert world.stored() == {"robot/token": TOKEN}


def test_killed_while_it_is_tried_the_old_value_is_the_secret(world):
    world.server.delay = 30
    words = shlex.split("secret rotate robot/token")
    environ = {"PATH": os.environ["PATH"], "HOME": str(world.home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "kcfg", *words], cwd=world.folder, env=environ, stdin=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write(NEW)
        process.stdin.close()
        ends = time.monotonic() + 60
        while len(world.stored()) < 2 and time.monotonic() < ends:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    world.server.delay = 0

    assert world.stored()["robot/token"] == TOKEN
    listed = json.loads(world("secret", "ls", "-o", "json").stdout)["secrets"]
    assert [each["status"] for each in listed if each["name"] == "robot/token"] == ["present"]
    assert world("secret", "rotate", "robot/token", stdin=NEW).returncode == 0
    assert world.stored() == {"robot/token": NEW}
