"""How long kcfg takes to start, against the interpreter, kubectl, and an import of every library it may use.

Runs are interleaved: each round runs every job once, in another order, so that a busy moment hits all alike. What
counts is the ratio of medians of one run of this script. A job that fails stops it: a failing command looks fast.
"""

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULT = Path(__file__).with_suffix(".md")
LIBRARIES = ("typer", "pydantic", "jsonschema", "ruamel.yaml", "keyring", "cryptography.x509", "yaml")
EAGER = "import of every library"
# (job, baseline, ratio): more than that is a failure of this script.
BUDGETS = (("kcfg --help", EAGER, 0.5),)
CONTEXTS = 10


def find_kubectl() -> str | None:
    """The newest real kubectl: the one on PATH may be a dispatcher, with the real ones beside what it resolves to."""
    found = shutil.which("kubectl")
    if found is None:
        return None
    beside = sorted(Path(found).resolve().parent.glob("kubectl.1.*"), key=lambda each: int(each.name.split(".")[2]))
    return str(beside[-1]) if beside else found


def make_kubeconfig(folder: Path) -> str:
    names = [f"dev-{number}" for number in range(CONTEXTS)]
    lines = ["apiVersion: v1", "clusters:"]
    lines += [f"- cluster:\n    server: https://{name}.example.com:6443\n  name: {name}" for name in names]
    lines += ["contexts:", *(f"- context:\n    cluster: {name}\n    user: dev\n  name: {name}" for name in names)]
    lines += ["current-context: dev-7", "kind: Config", "users:", "- name: dev\n  user: {}", ""]
    (folder / "config").write_text("\n".join(lines))
    return str(folder / "config")


def make_jobs(kubectl: str | None) -> tuple[dict[str, list[str]], list[str]]:
    """Return command lines by name, and the names of the baselines."""
    kcfg = str(Path(sys.executable).with_name("kcfg"))
    baselines = {
        "python -I -S -c pass": [sys.executable, "-I", "-S", "-c", "pass"],
        "python -c pass": [sys.executable, "-c", "pass"],
        EAGER: [sys.executable, "-c", f"import {', '.join(LIBRARIES)}"],
    }
    jobs = {f"kcfg {words}": [kcfg, *words.split()] for words in ("--help", "version", "current-context")}
    if kubectl:
        baselines["kubectl version --client"] = [kubectl, "version", "--client"]
        jobs["kubectl config current-context"] = [kubectl, "config", "current-context"]
    return {**jobs, **baselines}, list(baselines)


def measure(jobs: dict[str, list[str]], runs: int, environ: dict[str, str]) -> dict[str, float]:
    """Return the median of each job in seconds; the first two rounds warm the caches up."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    names, shuffle = list(jobs), random.Random(1).shuffle
    for number in range(runs + 2):
        shuffle(names)
        for name in names:
            begin = time.perf_counter()
            done = subprocess.run(
                jobs[name], check=False, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            took = time.perf_counter() - begin
            if done.returncode:
                sys.exit(f"{name} failed with exit code {done.returncode}: {done.stderr.decode()}")
            if number >= 2:
                times[name].append(took)
    return {name: statistics.median(each) for name, each in times.items()}


def table(medians: dict[str, float], baselines: list[str]) -> str:
    lines = ["| | " + " | ".join(f"÷ {name}" for name in baselines) + " |", "| --- |" + " ---: |" * len(baselines)]
    for name, median in medians.items():
        if name not in baselines:
            ratios = " | ".join(f"{median / medians[each]:.2f}" for each in baselines)
            lines.append(f"| `{name}` | {ratios} |")
    return "\n".join(lines)


def report(medians: dict[str, float], baselines: list[str], runs: int, version: str) -> str:
    return f"""# Start-up

Ratios of medians, {runs} interleaved runs, Python {platform.python_version()}{version}, \
a kubeconfig of {CONTEXTS} contexts. Made by `python benchmarks/startup.py`.

{table(medians, baselines)}

"{EAGER}" is `python -c "import {", ".join(LIBRARIES)}"`.
"""


def kubectl_version(kubectl: str | None) -> str:
    if kubectl is None:
        return ""
    said = subprocess.run([kubectl, "version", "--client"], capture_output=True, text=True, check=True).stdout
    return f", kubectl {said.split('Client Version: v')[1].split()[0]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--dry-run", action="store_true", help=f"do not write {RESULT.name}")
    options = parser.parse_args()
    kubectl = find_kubectl()
    jobs, baselines = make_jobs(kubectl)
    with tempfile.TemporaryDirectory() as folder:
        environ = {"PATH": os.environ["PATH"], "HOME": folder, "KUBECONFIG": make_kubeconfig(Path(folder))}
        medians = measure(jobs, options.runs, environ)
    text = report(medians, baselines, options.runs, kubectl_version(kubectl))
    print(text)
    if not options.dry_run:
        RESULT.write_text(text, encoding="utf-8")
    missed = [(job, base, most) for job, base, most in BUDGETS if medians[job] > most * medians[base]]
    for job, base, most in missed:
        print(f"too slow: {job} takes {medians[job] / medians[base]:.2f} × {base}, budget {most}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
