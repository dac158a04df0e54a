"""An interpreter with the packages of a team installed beside kcfg: what they add is found by their entry points."""

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
        program = getattr(sys, "_base_executable", sys.executable)
        line = [program, *start, *words]
        done = subprocess.run(line, cwd=self.repo, env=self.env, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def outside(tmp_path):
    return World(tmp_path)
