"""Many shells at once, each on a terminal of its own: left by exit, by SIGKILL of kcfg, by the end of the terminal.

Three here, one for each way; 50 in `make soak` (KCFG_SHELLS).
"""

import json
import os
import signal
import subprocess
import sys

import pytest
from conftest import ROOT
from system import environments_and_arguments
from terminal import Terminal

TOKEN = "zxplanted-token-of-many"
SHELLS = int(os.environ.get("KCFG_SHELLS", "3"))
WORDS = [sys.executable, "-m", "kcfg", "shell", "robot", "--shell", "/bin/bash"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def state(folder):
    """Every file below a folder, with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.timeout(600)
def test_many_shells_leave_nothing_whatever_ends_them(tmp_path, private_home):
    for name in ("run", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
        (tmp_path / name / "kcfg-notes").write_text("of somebody else\n")
        (tmp_path / name / ".kcfg-foreign").write_text("of somebody else\n")
    value = {
        "current-context": "other",
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example.com"}}],
        "users": [{"name": "robot", "user": {"token": TOKEN}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "robot"}} for name in ("robot", "other")],
    }
    (tmp_path / "config").write_text(json.dumps(value))
    (private_home / ".bashrc").write_text("PS1='$ '\n")
    env = {
        "PATH": os.environ["PATH"], "HOME": str(private_home), "PYTHONPATH": str(ROOT), "TERM": "dumb",
        "PYTHONDONTWRITEBYTECODE": "1", "KUBECONFIG": str(tmp_path / "config"), "HISTFILE": "",
        "XDG_RUNTIME_DIR": str(tmp_path / "run"), "TMPDIR": str(tmp_path / "tmp"),
    }  # fmt: skip
    before = {name: state(tmp_path / name) for name in ("run", "tmp")}
    outside = (tmp_path / "config").read_bytes()

    shells = [Terminal(WORDS, env, tmp_path) for _ in range(SHELLS)]
    files = set()
    for number, each in enumerate(shells):  # each changes its own kubeconfig, and sees only that
        each.type(f'{sys.executable} -m kcfg ns space-{number} && grep -c "space-" "$KUBECONFIG"\n'.encode())
        each.type(b'echo "<$KUBECONFIG>" $(grep -o "space-[0-9]*" "$KUBECONFIG")\n')
        each.expect(b"\n<")
        files.add(each.expect(b">"))
        assert each.expect(b"\r\n").split() == [f"space-{number}".encode()]
    seen = list(environments_and_arguments())
    for number, each in enumerate(shells):
        if number % 3 == 0:
            each.type(b"exit\n")
            assert each.end()[1] == 0
        elif number % 3 == 1:
            os.kill(each.pid, signal.SIGKILL)
            assert each.end()[1] == -signal.SIGKILL
        else:
            os.close(each.master)  # what a terminal's end is to those in it: SIGHUP
            os.waitpid(each.pid, 0)
    killed = [each for name in before for each in set(state(tmp_path / name)) - set(before[name])]
    done = subprocess.run(WORDS, env=env, input="true\n", capture_output=True, text=True, cwd=tmp_path, timeout=120)

    assert len(files) == SHELLS
    assert len([each for each in seen if b"KCFG_SHELL=1" in each]) >= SHELLS
    assert not [each for each in seen if TOKEN.encode() in each]
    assert len(killed) == len(shells[1::3])
    assert done.returncode == 0, done.stderr
    assert {name: state(tmp_path / name) for name in ("run", "tmp")} == before
    assert (tmp_path / "config").read_bytes() == outside
    assert not [name for name, text in state(private_home).items() if TOKEN.encode() in text]
