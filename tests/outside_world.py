"""An interpreter with the packages of a team installed beside kcfg: what they add is found by their entry points."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig

import pytest
from warm import ROOT, Warm

PYTHON = getattr(sys, "_base_executable", sys.executable)
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


class World:
    """A repository, and an interpreter whose user's own packages are those of a folder."""

    def __init__(self, tmp_path, base, warm=None):
        self.repo, self.warm = tmp_path / "repo", warm
        (self.repo / "keys").mkdir(parents=True)
        (self.repo / "keys/ci_token").write_text("terces-derots")
        self.packages = packages_of(base)
        self.env = {**env_of(base), "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        self.declare(RING)

    def declare(self, store):
        (self.repo / "kcfg.yaml").write_text(json.dumps({**SPEC, "secretStores": [store]}))

    def install(self, folder=None):
        shutil.copytree(PACKAGE, folder or self.packages, dirs_exist_ok=True)

    def add(self, group, name, module, code):
        """Install one more package, of one module."""
        folder = f"{self.packages}/{module}-1.0.dist-info"
        os.makedirs(folder)
        with open(f"{folder}/entry_points.txt", "w", encoding="utf-8") as file:
            file.write(f"[{group}]\n{name} = {module}\n")
        with open(f"{self.packages}/{module}.py", "w", encoding="utf-8") as file:
            file.write(code)

    def loads(self, module, *words):
        """Return whether a command loads a module."""
        code = (
            f"import sys; from kcfg.__main__ import run; run(sys.argv[1:]); print('loaded', {module!r} in sys.modules)"
        )
        return "loaded True" in self.run(*words, start=["-c", code])

    def run(self, *words, ok=True, start=("-m", "kcfg")):
        if self.warm is not None and start == ("-m", "kcfg"):
            done = self.warm.run(words, cwd=self.repo, env=self.env)
        else:
            line = [PYTHON, *start, *words]
            done = subprocess.run(line, cwd=self.repo, env=self.env, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr


def packages_of(base):
    """Where the packages of a user are, whose folder for them this is."""
    return sysconfig.get_path("purelib", sysconfig.get_preferred_scheme("user"), {"userbase": str(base)})


def env_of(base):
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    return {"PATH": os.environ["PATH"], "PYTHONUSERBASE": str(base), "PYTHONPATH": path}


@pytest.fixture
def outside(tmp_path):
    """Each kcfg is a start of that interpreter."""
    return World(tmp_path, tmp_path / "base")


@pytest.fixture(scope="session")
def _outside_warm(tmp_path_factory):
    base = tmp_path_factory.mktemp("outside")
    os.makedirs(packages_of(base))
    starter = Warm(PYTHON, env_of(base), rehearsed=["validate", "render"])  # `lint` looks for packages, once
    yield starter, base
    starter.close()


@pytest.fixture
def outside_forked(tmp_path, _outside_warm):
    """Each kcfg is a fork of one that has not yet looked for packages."""
    warm, base = _outside_warm
    world = World(tmp_path, base, warm)
    yield world
    shutil.rmtree(world.packages)
    os.makedirs(world.packages)
