"""The client libraries that tests/e2e/clients pins: a program of each asks who it is, and which namespaces there are.

As a program this installs what is missing into a cache outside the tree, by the digest of pins and programs: a Go
build, a venv, and an npm prefix with a Node.js of its own. What cannot be had here is told in a line.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent / "e2e" / "clients"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kcfg-tests" / "e2e-clients"
NODE = "@kubernetes/client-node"
# Each Python client and its module.
PYTHON = {
    "kubernetes": "kubernetes",
    "kubernetes-asyncio": "kubernetes_asyncio",
    "kr8s": "kr8s",
    "lightkube": "lightkube",
}
CLIENTS = ("client-go", *PYTHON, NODE)


def versions() -> dict[str, str]:
    """Return client → the version that is pinned."""
    module = (HERE / "client-go" / "go.mod").read_text()
    found = re.search(r"^\s*k8s\.io/client-go (v\S+)$", module, re.MULTILINE)
    assert found
    pinned = [line.split("==") for line in (HERE / "requirements.txt").read_text().split()]
    package = json.loads((HERE / "package.json").read_text())
    return {"client-go": found[1], **dict(pinned), NODE: package["dependencies"][NODE]}


def program(client: str) -> list[str] | None:
    """Return the words that start a client's program; None where it is not installed."""
    folder = _folder(_kind(client))
    words = {
        "client-go": (f"{folder}/ask",),
        "python": (f"{folder}/bin/python", f"{HERE}/ask.py", PYTHON.get(client, "")),
        "node": (f"{folder}/node_modules/.bin/node", f"{folder}/ask.mjs"),
    }[_kind(client)]
    return [*words] if os.access(words[0], os.X_OK) else None


def _kind(client: str) -> str:
    return "python" if client in PYTHON else {NODE: "node"}.get(client, client)


def _folder(kind: str) -> Path:
    digest = hashlib.sha256(platform.machine().encode())
    for source in _SOURCES[kind]:
        digest.update((HERE / source).read_bytes())
    return CACHE / f"{kind}-{digest.hexdigest()[:16]}"


_SOURCES = {
    "client-go": ("client-go/go.mod", "client-go/go.sum", "client-go/main.go"),
    "python": ("requirements.txt",),
    "node": ("package.json", "ask.mjs"),
}


def _run(*words: object, **more: str) -> None:
    done = subprocess.run(
        [*map(str, words)], env={**os.environ, **more}, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise OSError(f"{words[0]} ended with {done.returncode}:\n{done.stdout.decode(errors='replace')[-2000:]}")


def _build(folder: Path) -> None:
    flags = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-buildvcs=false -mod=readonly"}
    _run("go", "build", "-C", HERE / "client-go", "-p", "2", "-trimpath", "-o", folder / "ask", ".", **flags)


def _make_venv(folder: Path) -> None:
    # Where it is made it stays: a venv has its own path in it.
    _run(sys.executable, "-m", "venv", folder)
    pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
    _run(*pip, "-r", HERE / "requirements.txt")


def _install_node(folder: Path) -> None:
    for name in _SOURCES["node"]:
        shutil.copy(HERE / name, folder)
    _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder)


_INSTALLED: dict[str, Callable[[Path], None]] = {
    "client-go": _build,
    "python": _make_venv,
    "node": _install_node,
}


def install() -> list[str]:
    """Install what is missing, and return what could not be had, a line each."""
    failed = []
    for kind, make in _INSTALLED.items():
        folder = _folder(kind)
        if all(program(client) for client in CLIENTS if _kind(client) == kind) and (folder / "whole").exists():
            continue
        print(f"installing the clients of tests/e2e/clients: {kind} (once) ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            make(folder)
            (folder / "whole").touch()
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            failed.append(f"no {kind} client: {error}")
    return failed


def main() -> int:
    """Install; exit 1 where something could not be had."""
    failed = install()
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
