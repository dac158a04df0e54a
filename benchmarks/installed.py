"""kcfg as its users have it: the wheel of this tree, installed by a current pip into an environment of its own."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


def install(cache: Path) -> Path:
    """Return the `kcfg` of an environment below `cache`, with the libraries of requirements.lock and this tree's wheel.

    The environment stays; the wheel is built each time, and installed where it is another. The clone's own environment
    is not measured: it is an editable install, and the pip that Python brings may write start files that import `re`.
    """
    pins = re.findall(r"^[^ #\\]+==[^ \\]+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    name = hashlib.sha256("\n".join([sys.version, *pins]).encode()).hexdigest()[:12]
    place = cache / f"installed-{name}"
    pip = [str(place / "bin/python"), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    if not (place / "done").exists():
        _run(sys.executable, "-m", "venv", "--clear", str(place))
        _run(*pip, "--upgrade", "pip")
        (place / "constraints.txt").write_text("\n".join(pins), encoding="utf-8")
    wheels = place / "wheels"
    for old in wheels.glob("*.whl"):
        old.unlink()
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels))
    wheel = str(next(wheels.glob("*.whl")))
    digest, done = hashlib.sha256(Path(wheel).read_bytes()).hexdigest(), place / "done"
    if not done.exists():
        _run(*pip, "--constraint", str(place / "constraints.txt"), wheel)
    elif done.read_text(encoding="utf-8") != digest:
        _run(*pip, "--no-deps", "--force-reinstall", wheel)
    done.write_text(digest, encoding="utf-8")
    return place / "bin/kcfg"


def _run(*words: str) -> None:
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
