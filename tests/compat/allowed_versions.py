"""`make compat`: the tests with the oldest and the newest libraries that pyproject.toml allows, and with each Python.

    allowed_versions.py [oldest|locked|newest][-3.12] ... -- PYTEST-ARGUMENTS

Without names: oldest and newest with the first and the last Python of this machine, locked with all of them. Each
environment is made below the cache folder by uv, which is fetched into .venv where it is missing. What failed is run
once more, alone. The rows go into README.md; what was not run keeps its row.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "tests/compat/README.md"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kcfg-tests" / "compat"
HEADING = "\n## The last runs\n"
KINDS = ("oldest", "locked", "newest")
FIRST = (3, 11)


def output(*argv):
    """Return what a program prints. Raises OSError and subprocess.CalledProcessError."""
    return subprocess.run(argv, check=True, cwd=ROOT, capture_output=True, text=True, timeout=900).stdout


def uv():
    """Return uv: that of PATH, or one in the environment that runs this."""
    beside = Path(sys.executable).parent / "uv"
    if not shutil.which("uv") and not beside.exists():
        output(sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "uv")
    return shutil.which("uv") or str(beside)


def direct():
    """Return the names of what kcfg needs, as pyproject.toml has them."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return [re.split(r"[^\w.-]", each)[0].lower() for each in asked]


def pythons():
    """Return version → program for each CPython since 3.11 that uv knows; None for one that cannot be had here."""
    listed = output(uv(), "python", "list", "--all-versions", "--output-format", "json")
    known = {
        (each["version_parts"]["major"], each["version_parts"]["minor"])
        for each in json.loads(listed)
        if each["implementation"] == "cpython" and re.fullmatch(r"[\d.]+", each["version"])
    }
    return {f"{major}.{minor}": find(f"{major}.{minor}") for major, minor in sorted(known) if (major, minor) >= FIRST}


def find(version):
    """Return a Python of a version: of PATH, of pyenv, or one that uv fetches; None without."""
    beside = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for program in (*map(str, beside), shutil.which(f"python{version}")):
        if program and subprocess.run([program, "-c", "import venv"], capture_output=True).returncode == 0:
            return program
    try:
        output(uv(), "python", "install", "-q", version)
        return output(uv(), "python", "find", "--managed-python", version).strip()
    except (OSError, subprocess.SubprocessError):
        return None


def environment(kind, python):
    """Return the Python of an environment: kept while pyproject.toml and the lock are the same; `newest` is renewed."""
    key = hashlib.sha256(str(ROOT).encode())
    for name in ("pyproject.toml", "requirements.lock"):
        key.update((ROOT / name).read_bytes())
    key.update(output(python, "--version").encode())
    folder = CACHE / f"{kind}-{key.hexdigest()[:16]}"
    own = folder / "bin" / "python"
    if kind != "newest" and (folder / "ready").exists():
        return own
    if not own.exists():
        output(uv(), "venv", "-q", "--allow-existing", "--python", python, str(folder))
    install = [uv(), "pip", "install", "-q", "--python", str(own)]
    if kind == "locked":
        output(*install, "--require-hashes", "-r", "requirements.lock")
        output(*install, "--no-deps", "-e", ".")
    elif kind == "newest":
        output(*install, "--upgrade", "--group", "dev", "-e", ".")
    else:
        lowest = output(
            uv(), "pip", "compile", "-q", "--no-header", "--no-annotate", "--no-deps", "--resolution", "lowest",
            "--python", str(own), "pyproject.toml",
        )  # fmt: skip
        (folder / "lowest.txt").write_text(lowest)
        # A version without a wheel for this Python would be built, PyYAML without libyaml: no user should meet it.
        wheels = [f"--only-binary={name}" for name in direct()]
        output(*install, *wheels, "-c", str(folder / "lowest.txt"), "--group", "dev", "-e", ".")
    (folder / "ready").touch()
    return own


def versions(python):
    """Return the version of each library that kcfg needs, in an environment."""
    script = f"from importlib.metadata import version as v; print(*map(v, {direct()!r}))"
    return output(str(python), "-c", script).split()


def run(python, arguments):
    """Run the tests; return how many passed and how many failed, also when they were run once more, alone."""
    folder = python.parent.parent
    shutil.rmtree(folder / "pytest", ignore_errors=True)
    report = folder / "report.xml"
    argv = [str(python), "-m", "pytest", "-o", f"cache_dir={folder / 'pytest'}", f"--junitxml={report}"]
    counted = []
    for again in ([], ["-n", "0", "--last-failed", "--last-failed-no-failures", "none"]):
        report.unlink(missing_ok=True)
        subprocess.run([*argv, *arguments, *again], cwd=ROOT, env=os.environ | {"KCFG_EXAMPLES": "5"})
        found = ET.parse(report).getroot().find("testsuite").attrib
        bad = int(found["failures"]) + int(found["errors"])
        counted.append((int(found["tests"]) - bad - int(found["skipped"]), bad))
        if not bad:
            break
    return sum(passed for passed, _ in counted), counted[-1][1]


def read_rows():
    """Return the rows of the last runs: (kind, Python) → cells."""
    lines = PAGE.read_text(encoding="utf-8").partition(HEADING)[2].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][2:]
    return {(cells[0], cells[1].rpartition(".")[0] if cells[1].count(".") > 1 else cells[1]): cells for cells in rows}


def write_rows(rows):
    """Write the rows below the heading, in the order of the kinds and of the Pythons."""
    titles = ["environment", "Python", *direct(), "passed", "failed", "day"]
    order = sorted(rows, key=lambda each: (KINDS.index(each[0]), [*map(int, each[1].split("."))]))
    lines = [f"| {' | '.join(cells)} |" for cells in (titles, ["---"] * len(titles), *(rows[each] for each in order))]
    head = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    PAGE.write_text(f"{head}{HEADING}\n" + "\n".join(lines) + "\n", encoding="utf-8")


def wanted(names, here):
    """Return (kind, Python) for each name: `oldest` is it with the first Python, `oldest-3.13` with that one."""
    have = [version for version, program in here.items() if program]
    corners = dict.fromkeys([have[0], have[-1]])
    if not names:
        return [(kind, each) for kind in KINDS for each in (have if kind == "locked" else corners)]
    split = [name.partition("-") for name in names]
    return [(kind, version or have[0]) for kind, _, version in split]


def main():
    """Make the environments and run the tests in each. Exit code 1 where one failed, 2 where one cannot be made."""
    split = sys.argv.index("--")
    names, arguments = sys.argv[1:split], sys.argv[split + 1 :]
    here, rows, code = pythons(), read_rows(), 0
    for kind, version in wanted(names, here):
        if kind not in KINDS or not here.get(version):
            print(f"there is no {kind} with Python {version} here", file=sys.stderr)
            code = 2
            continue
        try:
            python = environment(kind, here[version])
        except subprocess.CalledProcessError as error:
            print(f"NOT RUN: {kind} with Python {version}: {error.stderr}", file=sys.stderr)
            code = 2
            continue
        print(f"{kind} with Python {version}", file=sys.stderr)
        passed, failed = run(python, arguments)
        code = max(code, int(failed > 0))
        whole = output(str(python), "-c", "import platform; print(platform.python_version())").strip()
        day = datetime.now(UTC).date().isoformat()
        rows[kind, version] = [kind, whole, *versions(python), str(passed), str(failed), day]
    nothing = ["-"] * len(direct())
    for version in (each for each, program in here.items() if not program and ("locked", each) not in rows):
        rows["locked", version] = ["locked", version, *nothing, "-", "cannot be had here", "-"]
    write_rows(rows)
    return code


if __name__ == "__main__":
    sys.exit(main())
