"""From Enter to the prompt of a shell of one context: `kcfg shell` beside `kubie ctx`, on real terminals.

python benchmarks/shell.py    # writes shell.md

Both start the same bash with the same start file over the same kubeconfig; what is timed ends when the prompt is shown.
Runs are interleaved; `bash -i` alone says what is bash's own.
"""
# ruff: noqa: E402, E501 - the tests' modules come after their path; a row of a table is a line

import argparse
import datetime
import os
import platform
import re
import shlex
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests/peers")]
from fleet import make
from install import CACHE, peers
from installed import install
from terminal import Terminal

RESULT = Path(__file__).with_suffix(".md")
PROMPT = b"READY>"
SIZES = (10, 1_000)


def seconds(words: list[str], environ: dict[str, str], folder: Path) -> float:
    """Return the time from the start of a program until its prompt is shown; its shell is then left."""
    begin = time.perf_counter()
    terminal = Terminal(words, environ, folder)
    terminal.expect(PROMPT)
    took = time.perf_counter() - begin
    terminal.type(b"exit\n")
    _, code = terminal.end()
    if code:
        sys.exit(f"{words}: exit code {code}")
    return took


def in_bash(*words: str) -> list[str]:
    """Return a bash that runs a command and waits for it, as one does in which somebody types: kubie looks for it."""
    return ["/bin/bash", "--norc", "-c", f"{shlex.join(words)}; exit $?"]


def measure(size: int, kcfg: str, kubie: str, kubectl: str, runs: int) -> dict[str, float]:
    """Return the median of each program at a number of contexts."""
    with tempfile.TemporaryDirectory(prefix="shell.") as name:
        home = Path(name)
        (home / ".kube").mkdir()
        config = home / ".kube/config"
        config.write_bytes((make(size, CACHE.parent / "bench", kubectl) / "canonical.yaml").read_bytes())
        config.chmod(0o600)
        first = re.findall(r"- name: (.*)-user\n  user:\n    token:", config.read_text())[-1]
        (home / ".bashrc").write_text("PS1='READY> '\n")
        (home / ".kube/kubie.yaml").write_text("shell: bash\n")
        run = home / "run"
        run.mkdir(mode=0o700)
        environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("KUBE", "KCFG", "PYTHON"))},
            "HOME": name,
            "SHELL": "/bin/bash",
            "TERM": "xterm",
            "XDG_RUNTIME_DIR": str(run),
        }
        jobs = {"bash alone": ["/bin/bash", "-i"], "kcfg shell": in_bash(kcfg, "shell", first)}
        if kubie:
            jobs["kubie ctx"] = in_bash(kubie, "ctx", first)
        took: dict[str, list[float]] = {job: [] for job in jobs}
        for number in range(runs + 1):
            for job, words in jobs.items():
                each = seconds(words, environ, home)
                if number:
                    took[job].append(each)
    return {job: statistics.median(each) for job, each in took.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    options = parser.parse_args()
    known = {each.name: each for each in peers(build=False)}
    kubie = known["kubie"]
    kcfg = str(install(CACHE.parent / "bench"))
    found = {size: measure(size, kcfg, kubie.path, known["kubectl"].path, options.runs) for size in SIZES}
    rows = "\n".join(
        f"| {size:,} | {' | '.join(f'{took[job] * 1000:.0f}' for job in took)} |" for size, took in found.items()
    )
    beside = f"kubie {kubie.version}" if kubie.path else f"kubie was not here: {kubie.reason}"
    RESULT.write_text(
        f"""# From Enter to the prompt

Made by `python benchmarks/shell.py` on {datetime.date.today().isoformat()}: medians of {options.runs} interleaved runs, milliseconds of wall clock on
a terminal, bash with the same start file; Python {platform.python_version()}, {beside}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before.

| contexts | {" | ".join(found[SIZES[0]])} |
| ---: |{" ---: |" * len(found[SIZES[0]])}
{rows}
""",
        encoding="utf-8",
    )
    print(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
