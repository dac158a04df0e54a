"""A store that lives in another installed package: found by its entry point, trusted, and never in a repository."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig

import pytest
from conftest import ROOT

PACKAGE = ROOT / "tests" / "fixtures" / "outside"
RING = {"name": "team", "provider": "ring", "settings": {"ring": "keys"}}
SPEC = {
    "apiVersion": "kcfg/v1",
    "kind": "KubeconfigSpec",
    "metadata": {"name": "acme"},
    "secretStores": [RING],
    "clusters": [{"name": "dev", "server": "https://dev.example.com"}],
    "users": [{"name": "ci", "token": "ref+team://ci/token"}],
    "contexts": [{"name": "dev", "cluster": "dev", "user": "ci"}],
}
ARGS = ["--kind", "token", "--store", "acme/team", "--key", "ci/token"]


class World:
    """A repository, and an interpreter whose user's own packages are those of a folder."""

    def __init__(self, tmp_path):
        self.repo, base = tmp_path / "repo", tmp_path / "base"
        (self.repo / "keys").mkdir(parents=True)
        (self.repo / "keys/ci_token").write_text("terces-derots")
        scheme = sysconfig.get_preferred_scheme("user")
        self.packages = sysconfig.get_path("purelib", scheme, {"userbase": str(base)})
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "PYTHONUSERBASE": str(base),
            "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]),
        }
        self.declare(RING)

    def declare(self, store):
        (self.repo / "kcfg.yaml").write_text(json.dumps({**SPEC, "secretStores": [store]}))

    def install(self, folder=None):
        shutil.copytree(PACKAGE, folder or self.packages, dirs_exist_ok=True)

    def run(self, *words, ok=True):
        python = getattr(sys, "_base_executable", sys.executable)
        done = subprocess.run(
            [python, "-m", "kcfg", *words], cwd=self.repo, env=self.env, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_store_of_an_installed_package_serves_spec_and_plugin(world):
    world.install()
    (user,) = json.JSONDecoder().raw_decode(world.run("render", "-o", "json"))[0]["users"]
    assert user["user"]["exec"]["args"] == ARGS

    assert "not trusted" in world.run("credential", *ARGS, ok=False)
    assert f"asks ring ring={world.repo}/keys" in world.run("trust", "--yes")
    assert '"token":"stored-secret"' in world.run("credential", *ARGS)
    assert "ok" in world.run("secret", "check")


def test_what_the_spec_says_later_is_asked_again_and_the_plugin_keeps_what_was_trusted(world):
    world.install()
    world.run("trust", "--yes")
    world.declare({**RING, "settings": {"ring": "evil"}})

    assert "evil" in world.run("secret", "check", ok=False)
    assert '"token":"stored-secret"' in world.run("credential", *ARGS)


def test_a_package_in_the_repository_is_never_looked_at(world):
    world.install(world.repo)
    (world.repo / "team_ring.py").write_text("open('ran', 'w')")

    assert "unknown provider 'ring'" in world.run("validate", ok=False)
    world.install()  # and where one is installed, the repository's does not take its place
    assert "is not where packages are installed" in world.run("validate", ok=False)
    assert not (world.repo / "ran").exists()


def test_wrong_declarations_are_told_with_their_place(world):
    world.install()
    for store, told in (
        ({"provider": "ring", "settings": {}}, "secretStores[0].settings.ring"),
        ({"provider": "ring", "settings": {"ring": "keys", "evil": 1}}, "secretStores[0].settings.evil"),
        ({"provider": "ring"}, "expected one of 'keyring'"),
        ({"provider": "keyring", "settings": {}}, "settings of another provider"),
        ({"provider": "keyrng"}, "did you mean 'keyring'?"),
        ({"provider": "ring", "settings": {"ring": "keys"}, "env": {}}, "settings of another provider"),
        ({"provider": "wheel", "settings": {}}, "or install the package that has it"),
    ):
        world.declare({"name": "team", **store})
        assert told in world.run("validate", ok=False), store
