"""Switching among 1,000 contexts: kcfg beside kubectx and kubectl, the same switch of the same file, whole processes.

python benchmarks/switching.py             # half a minute; writes switching.md
python benchmarks/switching.py --dry-run   # the same, and writes nothing
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from fleet import make
from kubeconfigs import CACHE, KCFG, first_context
from startup import find_kubectl, kubectl_version
from timing import Job, Result, measure

RESULT = Path(__file__).with_suffix(".md")
SIZE = 1_000


def make_jobs(source: Path, scratch: Path, name: str, kubectl: str) -> dict[str, Job]:
    """Return the switch by each tool, on a file of its own that is put back before each run."""
    tools = {
        "kcfg use-context": [str(KCFG), "use-context"],
        "kubectl config use-context": [kubectl, "config", "use-context"],
    }
    if kubectx := shutil.which("kubectx"):
        tools["kubectx"] = [kubectx]
    jobs = {}
    for tool, words in tools.items():
        home = scratch / tool.replace(" ", "-")
        (home / ".kube").mkdir(parents=True)  # kubectx remembers there
        copy = home / "config"
        environ = {"HOME": str(home), "PATH": os.environ["PATH"], "KUBECONFIG": str(copy)}
        jobs[tool] = Job([*words, name], environ=environ, before=lambda copy=copy: shutil.copy(source, copy))
    return jobs


def report(results: dict[str, Result], version: str) -> str:
    ours = results["kcfg use-context"]
    lines = [
        f"| {name} | {each.cpu / ours.cpu:.1f} | {each.median / ours.median:.1f} |"
        for name, each in results.items()
        if each is not ours
    ]
    table = "\n".join(lines)
    return f"""# Switching

A switch among {SIZE:,} contexts: how many times the CPU time, and the time, of `kcfg use-context`. Ratios of medians,
{len(ours.cpus)} interleaved runs, Python {platform.python_version()}{version}. \
Made by `python benchmarks/switching.py`.

| | CPU | time |
| --- | ---: | ---: |
{table}

kubectx is the one on `PATH`: a shell script that runs kubectl in many distributions, a Go program from its releases.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--dry-run", action="store_true", help=f"do not write {RESULT.name}")
    options = parser.parse_args()
    kubectl = find_kubectl()
    if kubectl is None:
        sys.exit("kubectl is needed")
    place = make(SIZE, CACHE, kubectl)
    with tempfile.TemporaryDirectory() as folder:
        jobs = make_jobs(place / "canonical.yaml", Path(folder), first_context(place), kubectl)
        results = measure(jobs, options.runs)
    text = report(results, kubectl_version(kubectl))
    print(text)
    if not options.dry_run:
        RESULT.write_text(text, encoding="utf-8")
    slower = [name for name, each in results.items() if each.cpu < results["kcfg use-context"].cpu]
    for name in slower:
        print(f"too slow: {name} takes less CPU than kcfg", file=sys.stderr)
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
