"""What a release is made of: wheel and sdist, each built twice and compared, an SBOM, checksums; and that it installs.

    python packaging/release.py dist             # builds; no network is asked
    python packaging/release.py dist --install   # and installs it, without an index, by pip, uv and pipx in turn

The second form first fetches what the wheel needs, by the hashes of requirements.lock. An installer that is not here is
named and left out; exit code 1 where one fails, or where two builds differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)(?P<marker>[^\\\n]*)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
COMMANDS = (
    ["kcfg", "version"],
    ["kubectl-kcfg", "version"],
    ["kcfg-credential", "--help"],
    ["kcfg", "completion", "bash"],
)


def main() -> int:
    """Make a release in a folder, and try it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", action="store_true", help="install it by every installer that is here")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    built = build_twice(given.folder)
    (given.folder / "sbom.cdx.json").write_text(json.dumps(sbom(), indent=1) + "\n", encoding="utf-8")
    write_sums(given.folder, [*built, given.folder / "sbom.cdx.json"])
    wheel = next(path for path in built if path.suffix == ".whl")
    return install(wheel) if given.install else 0


def build_twice(folder: Path) -> list[Path]:
    """Build sdist and wheel in two copies of the committed tree, under another umask and name, and compare them."""
    found: list[dict[str, bytes]] = []
    with tempfile.TemporaryDirectory() as base:
        for name, mask in (("one", 0o022), ("another folder", 0o077)):
            copy, out = Path(base) / name, Path(base) / f"{name} out"
            before = os.umask(mask)
            try:
                export(copy)
                run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", out, cwd=copy)
            finally:
                os.umask(before)
            found.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})
    differ = sorted(name for name in {*found[0], *found[1]} if found[0].get(name) != found[1].get(name))
    if differ:
        raise SystemExit(f"two builds differ: {', '.join(differ)}")
    for name, content in found[0].items():
        (folder / name).write_bytes(content)
        print(f"{name}: built twice, the same {len(content)} bytes")
    return [folder / name for name in found[0]]


def export(folder: Path) -> None:
    """Copy what git has of the work tree, and nothing else."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def needed() -> list[str]:
    """Return the names of the libraries that the wheel needs, and those that they need, on any platform."""
    found: dict[str, None] = {}
    waiting = metadata.requires("kubectl-kcfg") or []
    while waiting:
        asked = Requirement(waiting.pop())
        name = canonicalize_name(asked.name)
        if name in found:
            continue
        found[name] = None
        try:
            inner = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # another platform's
            continue
        waiting += [each for each in inner if _of_extras(each, asked.extras)]
    return sorted(found)


def _of_extras(text: str, extras: set[str]) -> bool:
    marker = Requirement(text).marker
    return marker is None or "extra" not in str(marker) or any(marker.evaluate({"extra": each}) for each in extras)


def sbom() -> dict[str, object]:
    """Return a CycloneDX 1.5 document of the wheel's libraries: versions and hashes are those of requirements.lock."""
    version = metadata.version("kubectl-kcfg")
    text = LOCK.read_text(encoding="utf-8")
    pins = list(PIN.finditer(text))
    ends = [pin.start() for pin in pins[1:]] + [len(text)]
    wanted = {*needed()}
    parts = []
    for pin, end in zip(pins, ends, strict=True):
        name = canonicalize_name(pin["name"])
        if name in wanted:
            parts.append(_component(name, pin["version"], HASH.findall(text[pin.end() : end]), pin["marker"]))
    missing = wanted - {part["name"] for part in parts}
    if missing:
        raise SystemExit(f"requirements.lock does not have {', '.join(sorted(missing))}: make lock")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": _component("kubectl-kcfg", version, [], "", kind="application")},
        "components": parts,
    }


def _component(name: str, version: str, hashes: list[str], marker: str, kind: str = "library") -> dict[str, object]:
    found: dict[str, object] = {"type": kind, "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
    found["bom-ref"] = found["purl"]
    if hashes:
        found["properties"] = [{"name": "kcfg:accepted-sha256", "value": each} for each in sorted(hashes)]
    if marker.strip(" ;"):
        found.setdefault("properties", [])
        found["properties"] += [{"name": "kcfg:only-where", "value": marker.strip(" ;")}]  # type: ignore[operator]
    return found


def write_sums(folder: Path, paths: list[Path]) -> None:
    """Write what `sha256sum -c` reads."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def install(wheel: Path) -> int:
    """Install a wheel by pip, uv and pipx, each without an index, and run it; 1 where one fails."""
    failed = 0
    with tempfile.TemporaryDirectory() as base:
        libraries = Path(base) / "libraries"
        run(sys.executable, "-m", "pip", "download", "-q", "--require-hashes", "-d", libraries, "-r", _part(Path(base)))
        shutil.copy(wheel, libraries)
        for name, way in (("pip", by_pip), ("uv", by_uv), ("pipx", by_pipx)):
            if name != "pip" and shutil.which(name) is None:
                print(f"{name}: not here, not tried")
                continue
            try:
                bin_folder = way(wheel.resolve(), libraries, Path(base) / f"by {name}")
                said = [run(bin_folder / words[0], *words[1:], cwd=base) for words in COMMANDS]
                print(f"{name}: {said[0].splitlines()[0]}")
            except subprocess.CalledProcessError as error:
                failed = 1
                print(f"{name}: failed: {(error.stderr or error.stdout).strip()[-500:]}")
    return failed


def _part(folder: Path) -> Path:
    """Write the part of the lock file that the wheel needs."""
    text = LOCK.read_text(encoding="utf-8")
    pins = list(PIN.finditer(text))
    ends = [pin.start() for pin in pins[1:]] + [len(text)]
    wanted = {*needed()}
    kept = [
        text[pin.start() : end] for pin, end in zip(pins, ends, strict=True) if canonicalize_name(pin["name"]) in wanted
    ]
    path = folder / "wanted.txt"
    path.write_text("".join(kept), encoding="utf-8")
    return path


def by_pip(wheel: Path, libraries: Path, folder: Path) -> Path:
    """Install into a venv of its own; `python -m kcfg` is tried as well."""
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin/python"
    run(python, "-m", "pip", "install", "-q", "--no-index", "--find-links", libraries, wheel)
    run(python, "-m", "kcfg", "version")
    return folder / "bin"


def by_uv(wheel: Path, libraries: Path, folder: Path) -> Path:
    """Install as a tool."""
    env = {**os.environ, "UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    words = ("tool", "install", "-q", "--offline", "--no-index", "--python", sys.executable, "--find-links", libraries)
    run("uv", *words, wheel, env=env)
    return folder / "bin"


def by_pipx(wheel: Path, libraries: Path, folder: Path) -> Path:
    """Install as an application."""
    env = {**os.environ, "PIPX_HOME": str(folder / "home"), "PIPX_BIN_DIR": str(folder / "bin")}
    run(
        "pipx",
        "install",
        "--python",
        sys.executable,
        f"--pip-args=--no-index --find-links='{libraries}'",
        wheel,
        env=env,
    )
    return folder / "bin"


def run(*words: object, **more: object) -> str:
    """Return what a program prints. Raises CalledProcessError."""
    done = subprocess.run([*map(str, words)], check=True, capture_output=True, text=True, **more)  # type: ignore[call-overload]  # noqa: S603
    return str(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
