"""`make clients`: run the real clients over every field, and write what arrived into measured.json.

What they need is installed below the cache folder: a venv for the Python clients, an npm prefix, a Go build. A part
that is missing (no npm, no Go, no registry) is told on stderr, keeps its old column, and makes the exit code 1.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from client_fields import cases, kubeconfig  # noqa: E402
from recorder import Recorder, Request, signed  # noqa: E402

MEASURED = HERE / "measured.json"
DRIVERS = HERE / "drivers"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kcfg-tests" / "clients"
PYTHON = {
    "kubernetes": "kubernetes",
    "kubernetes-asyncio": "kubernetes_asyncio",
    "kr8s": "kr8s",
    "lightkube": "lightkube",
}
NODE = "@kubernetes/client-node"


@dataclass
class Seen:
    """What a run left: the request and that of a file without the field, all else that was recorded, what was said."""

    request: Request | None
    recorder: Recorder
    asked: str | None  # what the exec plugin was asked
    said: str
    plain: Request | None = None


def run(argv, case, authority, folder, env):
    """Run a client in a folder of its own, over the kubeconfig of a case, against servers of its own."""
    recorder = Recorder(folder, authority, case.sans)
    for name, text in case.files.items():
        (folder / name).write_text(text.replace("@/", f"{folder}/"))
        (folder / name).chmod(0o700 if name == "plugin" else 0o600)
    (folder / "config").write_text(kubeconfig(case, authority, recorder, folder))
    home = folder / "home"
    home.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(folder / "config"), **env}
    try:
        done = subprocess.run(
            argv, cwd=home, env=env, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
    finally:
        recorder.close()
    asked = (folder / "asked").read_text() if (folder / "asked").exists() else None
    return Seen(recorder.request, recorder, asked, done.stderr)


def measure(argv, names=None, **env):
    """Return the word of each row, or only of `names`, for a client that argv starts."""
    authority = signed("authority")
    every = cases(authority, signed("jane", issuer=authority))

    def one(case):
        with tempfile.TemporaryDirectory() as folder:
            return run(argv, case, authority, Path(folder), env)

    wanted = dict.fromkeys(["token", *(names or every)])
    with ThreadPoolExecutor(4) as pool:
        seen = dict(zip(wanted, pool.map(lambda name: one(every[name]), wanted), strict=True))
    if every["token"].judge(seen["token"]) != "used":
        raise RuntimeError(f"{argv[-1]} does not even send a token: {seen['token'].said}")
    found = {}
    for name in names or every:
        seen[name].plain = seen["token"].request
        found[name] = every[name].judge(seen[name])
        if "KCFG_CLIENTS_VERBOSE" in os.environ:
            print(f"  {name}: {found[name]}: {' '.join(seen[name].said.split())[-240:]}", file=sys.stderr)
    return found


def output(*argv, **more):
    """Return what a command prints. Raises OSError and subprocess.CalledProcessError."""
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, **more).stdout.strip()


def kubectl():
    """Yield kubectl: the newest of this machine."""
    from conftest import KUBECTL_135, find_kubectl

    path = str(KUBECTL_135) if KUBECTL_135.exists() else find_kubectl()
    if path is None:
        raise FileNotFoundError("there is no kubectl on PATH")
    version = json.loads(output(path, "version", "--client", "-o", "json"))["clientVersion"]["gitVersion"]
    yield "kubectl", version, [path, "get", "pods"], {}


def client_go():
    """Yield client-go, built into a program of its own."""
    folder = CACHE / "client-go"
    shutil.copytree(DRIVERS / "client-go", folder, dirs_exist_ok=True)
    if not (folder / "go.mod").exists():
        output("go", "mod", "init", "example.com/list", cwd=folder)
    output("go", "get", "k8s.io/client-go@latest", cwd=folder)
    output("go", "mod", "tidy", cwd=folder)
    output("go", "build", "-o", "list", ".", cwd=folder)
    version = output("go", "list", "-m", "-f", "{{.Version}}", "k8s.io/client-go", cwd=folder)
    yield "client-go", version, [str(folder / "list")], {}


def python_clients():
    """Yield the Python clients, in a venv of their own."""
    folder = CACHE / "venv"
    python = str(folder / "bin" / "python")
    if not Path(python).exists():
        output(sys.executable, "-m", "venv", str(folder))
    output(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-U", *PYTHON)
    for name, module in PYTHON.items():
        script = f"from importlib.metadata import version; print(version({name!r}))"
        yield name, output(python, "-c", script), [python, str(DRIVERS / f"{module}_list.py")], {}


def node():
    """Yield the JavaScript client, in an npm prefix of its own, with a Node.js that it still supports."""
    folder = CACHE / "node"
    folder.mkdir(parents=True, exist_ok=True)
    output(
        "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), f"{NODE}@latest", "node@22"
    )
    shutil.copy(DRIVERS / "list.mjs", folder)
    package = json.loads((folder / "node_modules" / NODE / "package.json").read_text())
    yield NODE, package["version"], [str(folder / "node_modules" / ".bin" / "node"), str(folder / "list.mjs")], {}


def main():
    """Measure every client that can be had here; the others keep their column. Arguments name some to measure."""
    found = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    missing = 0
    for clients in (kubectl, client_go, python_clients, node):
        try:
            for name, version, argv, env in clients():
                if sys.argv[1:] and name not in sys.argv[1:]:
                    continue
                print(f"{name} {version}", file=sys.stderr)
                found[name] = {"version": version, "cells": measure(argv, **env)}
        except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
            print(f"NOT MEASURED: {clients.__name__}: {error}", file=sys.stderr)
            missing += 1
    MEASURED.write_text(json.dumps(found, indent=2) + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
