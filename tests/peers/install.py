"""The programs that kcfg is compared with, each at the version that stands here, in a cache outside the tree.

    python tests/peers/install.py    # builds what is missing; tells what cannot be had, and why

kubectl and kubectx are not built here: kubectl is the one that tests/cluster_binary.py builds, or the newest installed;
kubectx is the one on PATH. A peer that cannot be had stands in the cache with its reason, for a day.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import cluster_binary  # noqa: E402 - of this folder's parent

CACHE = cluster_binary.CACHE.parent / "peers"
DAY = 24 * 3600


@dataclass(frozen=True)
class Source:
    """What one ordinary package client installs: its words, with the folder it may write to as {to}."""

    name: str
    version: str
    words: tuple[str, ...]
    binary: str

    def folder(self) -> Path:
        digest = hashlib.sha256("\0".join((platform.machine(), self.version, *self.words)).encode())
        return CACHE / digest.hexdigest()[:16]


def go(name: str, module: str, version: str, package: str = "", binary: str = "") -> Source:
    words = ("go", "install", "-p", "1", f"{module}{package}@{version}")
    return Source(name, version, words, f"bin/{binary or name}")


CARGO = ("cargo", "install", "--locked", "--no-default-features", "-j", "1", "--root", "{to}")
SOURCES = (
    Source("kubie", "0.28.0", (*CARGO, "kubie", "--version", "0.28.0"), "bin/kubie"),
    go("kubectx (Go)", "github.com/ahmetb/kubectx", "v0.9.5", "/cmd/kubectx", "kubectx"),
    go("kubecm", "github.com/sunny0826/kubecm", "v0.33.0"),
    go("kubeswitch", "github.com/danielfoehrkn/kubeswitch", "v0.9.3", "/cmd/main", "main"),
    go("chezmoi", "github.com/twpayne/chezmoi/v2", "v2.62.7", "", "chezmoi"),
)  # fmt: skip


@dataclass(frozen=True)
class Peer:
    """A program that is there, or the reason why not: `path` is empty then."""

    name: str
    version: str
    path: str = ""
    reason: str = ""


def install(source: Source) -> Peer:
    """Build one into the cache unless it is there; what is there is there whole."""
    place, refused = source.folder(), source.folder() / "refused"
    if (place / source.binary).exists():
        return Peer(source.name, source.version, str(place / source.binary))
    if refused.exists() and time.time() - refused.stat().st_mtime < DAY:
        return Peer(source.name, source.version, reason=refused.read_text())
    if shutil.which(source.words[0]) is None:
        return Peer(source.name, source.version, reason=f"{source.words[0]} is not on PATH")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="build.") as work:
        made = Path(work) / "made"
        made.mkdir()
        words = ["nice", *(each.format(to=made) for each in source.words)]
        env = {**os.environ, "GOBIN": str(made / "bin"), "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
        done = subprocess.run(words, cwd=work, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            (made / "refused").write_text(_reason(source, done.stderr))
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    return install(source)


def _reason(source: Source, said: str) -> str:
    last = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    answer = next((line.rpartition(": ")[2] for line in last if "403" in line or "404" in line), last[-1])
    return f"`{' '.join(source.words[:2])}` ended with: {answer}"[:160]


def kubectl() -> Peer:
    """Return the newest kubectl here: the built one, else the newest beside what the one on PATH resolves to."""
    if cluster_binary.is_built():
        path = str(cluster_binary.folder() / "kubectl")
    elif found := shutil.which("kubectl"):
        beside = sorted(Path(found).resolve().parent.glob("kubectl.1.*"), key=lambda each: int(each.name.split(".")[2]))
        path = str(beside[-1]) if beside else found
    else:
        return Peer("kubectl", "", reason="kubectl is not on PATH")
    said = subprocess.run([path, "version", "--client"], capture_output=True, text=True, check=True).stdout
    return Peer("kubectl", said.split("Client Version: v")[1].split()[0], path)


def kubectx() -> Peer:
    """Return the kubectx on PATH: a shell script in many distributions, which does not know its own version."""
    path = shutil.which("kubectx")
    if path is None:
        return Peer("kubectx", "", reason="kubectx is not on PATH")
    version = ""
    if shutil.which("dpkg-query"):
        asked = ["dpkg-query", "-W", "-f", "${Version}", "kubectx"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.partition("-")[0]
    return Peer("kubectx", version or "of unknown version", path)


def peers(*, build: bool) -> list[Peer]:
    """Return all peers, first those that are there anyway; without `build`, only what the cache has."""
    found = [kubectl(), kubectx()]
    for source in SOURCES:
        if build or (source.folder() / source.binary).exists() or (source.folder() / "refused").exists():
            found.append(install(source))
        else:
            found.append(Peer(source.name, source.version, reason="not installed: `make peers` does it"))
    return found


if __name__ == "__main__":
    for each in peers(build=True):
        print(f"{each.name} {each.version}: {each.path or each.reason}")
