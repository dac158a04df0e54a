"""Every test gets a private HOME; real parts that are missing skip loudly, or fail where KCFG_REQUIRE names them."""

import compileall
import gc
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cluster_binary
import pytest
from hypothesis import HealthCheck, settings
from warm import cold, shared, typed

pytest_plugins = [
    "here", "secret_service", "api_access", "apply_world", "lint_world", "fleet_servers", "outside_world",
    "real_cluster", "warm_program",
]  # fmt: skip
ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
REQUIRED = set(filter(None, os.environ.get("KCFG_REQUIRE", "").split(",")))
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kcfg-tests"
KUBECTL_135 = CACHE / "kubectl-1.35"
# The kubectl that judges kcfg, in place of the newest on PATH and of 1.35: `make kubectls`.
JUDGE = os.environ.get("KCFG_KUBECTL")
# Against a real Kubernetes: `make e2e` runs these.
if os.environ.get("KCFG_CLUSTER"):
    pytest_plugins.append("e2e_world")
collect_ignore = [] if os.environ.get("KCFG_CLUSTER") else ["e2e"]
_missing: dict[str, int] = {}
# No law depends on the machine's speed, nor on how long its examples take to draw there.
settings.register_profile("kcfg", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kcfg")
# A third of a short kubectl is the collection of garbage that its end makes moot.
os.environ.setdefault("GOGC", "off")
# Where this is set, each of the thousands of processes below would compile kcfg again, and take twice as long.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Few users have it, and it hides what is never flushed.
os.environ.pop("PYTHONUNBUFFERED", None)
# In the background of a script, or under nohup, these are ignored, and what the tests start would go on ignoring them.
for _number, _handler in (
    ("SIGINT", signal.default_int_handler),
    ("SIGQUIT", signal.SIG_DFL),
    ("SIGHUP", signal.SIG_DFL),
):
    if hasattr(signal, _number) and signal.getsignal(getattr(signal, _number)) == signal.SIG_IGN:
        signal.signal(getattr(signal, _number), _handler)


def require(part: str, *, present: bool) -> None:
    """Skip with the reason when a real part is missing; fail when KCFG_REQUIRE asks for it."""
    if present:
        return
    if part in REQUIRED:
        pytest.fail(f"{part} is required here but missing")
    _missing[part] = _missing.get(part, 0) + 1
    pytest.skip(f"{part} is not installed")


def pytest_sessionstart(session):
    """Compile kcfg once: what is started with no right to write bytecode, under strace say, would do it each time."""
    if not hasattr(session.config, "workerinput"):
        compileall.compile_dir(ROOT / "kcfg", quiet=2)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Answer `-n auto`: half as many again as there are cores, for a third of the time the tests wait."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


def pytest_collection_finish():
    """Eleven thousand tests are half a million objects that stay: no collection of garbage looks at them again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} test(s) skipped because a real part is missing")


@pytest.fixture(scope="session")
def strace_path():
    """strace, where it is installed and may trace."""
    found = shutil.which("strace")
    works = (
        found is not None and subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True).returncode == 0
    )
    require("strace", present=works)
    return found


_folders: Counter[str] = Counter()


@pytest.fixture
def tmp_path(request, tmp_path_factory):
    """A folder of the test's own, named as pytest names it, which looks through those of all tests before."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{name}{_folders[name]}"
    _folders[name] += 1
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def private_home(tmp_path, monkeypatch):
    """A HOME of the test's own; nothing of the developer's leaks in."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(("XDG_", "KUBE", "KCFG_", "PYTHON_KEYRING", "KEYRING_", "DBUS_")):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    return home


def find_kubectl() -> str | None:
    """The kubectl that judges, else the newest on PATH, which may be a dispatcher with the real ones beside it."""
    if JUDGE:
        return JUDGE
    found = shutil.which("kubectl")
    if found is None:
        return None
    beside = _beside(found)
    return str(beside[-1]) if beside else found


def _beside(dispatcher: str) -> list[Path]:
    found = Path(dispatcher).resolve().parent.glob("kubectl.1.*")
    return sorted(found, key=lambda path: int(path.name.rpartition(".")[2]))


def find_kubectls() -> dict[str, Path]:
    """Every real kubectl of this machine by its version (`1.27`), oldest first, with 1.35 and that of tests/e2e."""
    found = shutil.which("kubectl")
    every = {path.name.removeprefix("kubectl."): path for path in _beside(found)} if found else {}
    if found and not every:
        every["PATH"] = Path(found)
    if os.access(KUBECTL_135, os.X_OK):
        every["1.35"] = KUBECTL_135
    if cluster_binary.is_built():
        version = cluster_binary.kubernetes_version().removeprefix("v").rpartition(".")[0]
        every[version] = cluster_binary.folder() / "kubectl"
    return every


def is_newest(program: str | Path) -> bool:
    """Return whether a kubectl is one of tests/e2e, and no older one."""
    return cluster_binary.is_built() and Path(program) == cluster_binary.folder() / "kubectl"


@pytest.fixture(scope="session")
def kubectl_path() -> str:
    found = find_kubectl()
    require("kubectl", present=found is not None)
    assert found
    return found


@pytest.fixture(scope="session")
def kubectl_135() -> str:
    """kubectl 1.35, the first that obeys kuberc's allowlist (`.ci/kubectl-1.35` fetches it); or a newer that judges."""
    if JUDGE and is_newest(JUDGE):
        return JUDGE
    require("kubectl-1.35", present=os.access(KUBECTL_135, os.X_OK))
    return str(KUBECTL_135)


@pytest.fixture
def kubectl(kubectl_path, tmp_path):
    """Run the real kubectl: kubectl("config", "view") → CompletedProcess."""

    def run(*words, cwd=None):
        return subprocess.run(
            [kubectl_path, *map(str, words)], capture_output=True, text=True, cwd=cwd or tmp_path, timeout=120
        )

    return run


@pytest.fixture(scope="session")
def warm():
    """What starts kcfg without importing it again."""
    return shared()


@pytest.fixture
def forked_kcfg(tmp_path, warm):
    """Run kcfg as a process of its own, forked from one that has imported it."""
    return typed(warm.run, tmp_path)


@pytest.fixture
def cold_kcfg(tmp_path):
    """Run kcfg as `kcfg` does, from the start of Python on: for what a warm start could hide."""
    return typed(cold, tmp_path)


@pytest.fixture
def called(capsys):
    """Run kcfg in this process."""

    def run_here(*words):
        from kcfg.__main__ import run

        capsys.readouterr()
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, said.out, said.err)

    return run_here


@pytest.fixture(scope="session")
def typer_call():
    """Run typer up to the call of the command: the values it calls with, or a text when it calls nothing."""
    from kcfg.cli import app
    from kcfg.errors import KcfgError

    called: list[Any] = []
    built = app.build()  # half of a call, and the same for each

    def run(argv):
        called.clear()

        def call(command, values):
            called.append(values)
            return 0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(app, "call", call)
            patch.setattr(app, "build", lambda: built)
            try:
                app.main(list(argv))
            except KcfgError as error:
                return f"error: {error.message}"
        return called[0] if called else "help"

    return run


@pytest.fixture
def tutorial(tmp_path):
    """A copy of the tutorial with the certificates it needs."""
    folder = tmp_path / "tutorial"
    shutil.copytree(EXAMPLES / "tutorial", folder)
    make_tutorial_files(folder)
    return folder


def make_tutorial_files(folder: Path) -> None:
    """Make the CA, certificate and key that the exercise calls fake-*-file."""
    from kcfg.x509 import make_authority, make_client

    authority = make_authority("development")
    certificate, key = make_client("developer", ("dev",), authority)
    (folder / "fake-ca-file").write_bytes(authority[0])
    (folder / "fake-cert-file").write_bytes(certificate)
    (folder / "fake-key-file").touch(mode=0o600)
    (folder / "fake-key-file").write_bytes(key)
