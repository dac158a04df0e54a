"""A kube-apiserver, a kube-controller-manager and a kubectl of the Kubernetes that tests/e2e/server pins.

As a program it prints the folder they are in, built once with Go into a cache outside the tree, by the digest of their
sources; exit 1 and one line where that cannot be. `--cached` builds nothing.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCES = Path(__file__).parent / "e2e" / "server"
BINARIES = {"kubernetes": ".", "kubectl": "./kubectl"}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kcfg-tests" / "e2e"
VERSION = "k8s.io/component-base/version"


def kubernetes_version() -> str:
    """Return the version that go.mod pins: `v1.37.2`."""
    found = re.search(r"^\s*k8s\.io/kubernetes (v\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)
    assert found
    return found[1]


def folder() -> Path:
    """Return where the binaries of these sources belong, on this kind of machine."""
    digest = hashlib.sha256(platform.machine().encode())
    for source in sorted([*SOURCES.glob("go.*"), *SOURCES.rglob("*.go")]):
        digest.update(source.read_bytes())
    return CACHE / digest.hexdigest()[:16]


def is_built() -> bool:
    """Return whether both binaries are in the cache."""
    return all(os.access(folder() / name, os.X_OK) for name in BINARIES)


def seconds() -> str:
    """Return how long it took to build what is in the cache."""
    return (folder() / "seconds").read_text()


def build() -> None:
    """Build into the cache; what is there is there whole."""
    started = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    version = kubernetes_version()
    major, minor = version.removeprefix("v").split(".")[:2]
    named = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(["-s -w", *(f"-X {VERSION}.{name}={value}" for name, value in named.items())])
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="build.") as work:
        made = Path(work) / "made"
        made.mkdir()
        for name, package in BINARIES.items():
            words = ["go", "build", "-p", "2", "-trimpath", "-ldflags", flags, "-o", f"{made}/{name}", package]
            env = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-buildvcs=false -mod=readonly"}
            subprocess.run(words, cwd=SOURCES, env=env, check=True)
        (made / "seconds").write_text(f"{time.monotonic() - started:.0f}")
        shutil.rmtree(folder(), ignore_errors=True)
        made.rename(folder())


def main(words: list[str]) -> int:
    """Print the folder of the binaries, built if need be."""
    if not is_built():
        if "--cached" in words:
            return 1
        if shutil.which("go") is None:
            print("make e2e needs Go, to build a Kubernetes once: no go is on PATH", file=sys.stderr)
            return 1
        print(f"building Kubernetes {kubernetes_version()} (once, minutes) ...", file=sys.stderr)
        try:
            build()
        except subprocess.CalledProcessError as failed:
            print(f"Kubernetes could not be built: go build ended with {failed.returncode}", file=sys.stderr)
            return 1
        print(f"built in {seconds()} s", file=sys.stderr)
    print(folder())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
