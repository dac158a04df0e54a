"""Commands on kubeconfigs, beside kubectl: the same work, the same bytes, whole processes, interleaved.

python benchmarks/kubeconfigs.py --quick    # 10 and 1,000 contexts, a minute; writes nothing
python benchmarks/kubeconfigs.py            # up to 10,000, and files in other forms; writes kubeconfigs.md
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet import make
from startup import find_kubectl, kubectl_version
from timing import Job, Result, measure, run

RESULT = Path(__file__).with_suffix(".md")
CACHE = Path(__file__).parent / ".cache"
KCFG = Path(sys.executable).with_name("kcfg")
SIZES = (10, 100, 1_000, 10_000)
READING = dict(zip(SIZES, (0.35, 0.30, 0.20, 0.13), strict=True))
EDITING = dict(zip(SIZES, (0.35, 0.20, 0.06, 0.03), strict=True))
OTHER_FORM = 0.9
MEMORY = 0.3


@dataclass(frozen=True)
class Task:
    """One piece of work: the words for kcfg and for kubectl; `edits` changes the file, which is put back each time."""

    name: str
    kcfg: str
    kubectl: str
    edits: bool = False


TASKS = (
    Task("current-context", "current-context", "config current-context"),
    Task("get-contexts -o name", "get-contexts -o name", "config get-contexts -o name"),
    Task("get-contexts", "get-contexts", "config get-contexts"),
    Task("view", "view", "config view"),
    Task("view --raw", "view --raw", "config view --raw"),
    Task("minify", "minify --raw", "config view --minify --raw"),
    Task("flatten", "flatten --raw", "config view --flatten --raw"),
    Task("use-context", "use-context {first}", "config use-context {first}", edits=True),
    Task(
        "set-context",
        "set-context {first} --namespace other",
        "config set-context {first} --namespace other",
        edits=True,
    ),
    Task("rename-context", "rename-context {first} other", "config rename-context {first} other", edits=True),
)
MERGE = (Task("merge", "merge --raw", "config view --raw"), Task("view", "view", "config view"))
FORMS = ("handwritten.yaml", "fleet.json")
OTHER_TASKS = ("current-context", "view", "minify", "use-context")


def first_context(place: Path) -> str:
    for line in (place / "canonical.yaml").read_text().partition("\ncontexts:")[2].splitlines():
        if line.startswith("  name: "):
            return line[8:]
    raise ValueError("no context")


def jobs_of(task: Task, source: Path, place: Path, scratch: Path, kubectl: str) -> tuple[Job, Job]:
    """Return the same task for kcfg and for kubectl."""
    listed = os.pathsep.join(map(str, sorted(source.iterdir()))) if source.is_dir() else str(source)
    made = []
    for tool, words in ((str(KCFG), task.kcfg), (kubectl, task.kubectl)):
        home = scratch / Path(tool).name
        home.mkdir(exist_ok=True)
        environ = {"HOME": str(home), "PATH": os.environ["PATH"], "KUBECONFIG": listed}
        job = Job([tool, *words.format(first=first_context(place)).split()], environ=environ)
        if task.edits:
            copy = home / "config"
            job.environ = {**environ, "KUBECONFIG": str(copy)}
            job.before = lambda copy=copy: shutil.copy(source, copy)
        made.append(job)
    return made[0], made[1]


def require_same(task: Task, jobs: tuple[Job, Job], scratch: Path) -> None:
    """Exit unless both did the same: the same output, or the same file."""
    seen = []
    for number, job in enumerate(jobs):
        out = scratch / f"out-{number}"
        run(task.name, job, str(out))
        if task.edits:  # kubectl sorts the entries, kcfg leaves them where they are
            show = Job([jobs[1].words[0], "config", "view", "--raw"], environ=job.environ)
            run(f"{task.name}: what it wrote", show, str(out))
        seen.append(out.read_bytes())
    if seen[0] != seen[1]:
        sys.exit(f"{task.name}: kcfg and kubectl did not do the same")


def compare(tasks: Sequence[Task], source: Path, place: Path, kubectl: str, rounds: int) -> list[tuple]:
    """Return (task, kcfg's Result, kubectl's Result) of every task."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        pairs = {task: jobs_of(task, source, place, scratch, kubectl) for task in tasks}
        for task, jobs in pairs.items():
            require_same(task, jobs, scratch)
        flat = {f"{task.name} {number}": job for task, jobs in pairs.items() for number, job in enumerate(jobs)}
        results = measure(flat, rounds)
    return [(task, results[f"{task.name} 0"], results[f"{task.name} 1"]) for task in tasks]


def row(what: str, task: Task, ours: Result, theirs: Result, budget: float) -> tuple[str, bool]:
    ratio, memory = ours.median / theirs.median, ours.peak / theirs.peak
    missed = ratio > budget or memory > MEMORY
    cells = (
        what, f"`{task.name}`", f"{ours.median * 1000:.0f}", f"{theirs.median * 1000:.0f}", f"{ratio:.2f}",
        f"{budget:.2f}", f"{ours.peak:.0f} ({memory:.2f})", "missed" if missed else "",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |", missed


def rows(sizes: tuple[int, ...], kubectl: str, rounds: dict[int, int]) -> list[tuple[str, bool]]:
    found = []
    for size in sizes:
        place = make(size, CACHE, kubectl)
        for task, ours, theirs in compare(TASKS, place / "canonical.yaml", place, kubectl, rounds[size]):
            found.append(row(f"{size:,}", task, ours, theirs, (EDITING if task.edits else READING)[size]))
    return found


def other_rows(sizes: tuple[int, ...], kubectl: str, rounds: dict[int, int]) -> list[tuple[str, bool]]:
    found = []
    for size in sizes:
        place = make(size, CACHE, kubectl)
        for form in FORMS:
            tasks = [task for task in TASKS if task.name in OTHER_TASKS]
            for task, ours, theirs in compare(tasks, place / form, place, kubectl, rounds[size]):
                found.append(row(f"{size:,}, {form}", task, ours, theirs, OTHER_FORM))
    place = make(10_000, CACHE, kubectl)
    for task, ours, theirs in compare(MERGE, place / "many", place, kubectl, 3):
        found.append(row("100 files × 100", task, ours, theirs, READING[10_000]))
    return found


HEAD = """\
# Commands on kubeconfigs

Milliseconds (medians, interleaved) and ratios to kubectl{kubectl}, Python {python}; peak memory of kcfg
in MiB, and its ratio. Both did the same: the same output, the same file. Made by `python benchmarks/kubeconfigs.py`.

| contexts | | kcfg | kubectl | ratio | budget | MiB | |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10 and 1,000 contexts only; write nothing")
    options = parser.parse_args()
    kubectl = find_kubectl()
    if kubectl is None:
        sys.exit("kubectl is needed: it is what kcfg is measured against")
    CACHE.mkdir(exist_ok=True)
    if options.quick:
        lines = rows((10, 1_000), kubectl, {10: 11, 1_000: 3})
    else:
        lines = rows(SIZES, kubectl, {10: 21, 100: 21, 1_000: 7, 10_000: 3})
        lines += other_rows((100, 1_000), kubectl, {100: 11, 1_000: 5})
    head = HEAD.format(kubectl=kubectl_version(kubectl), python=platform.python_version())
    text = head + "\n" + "".join(f"{line}\n" for line, _ in lines)
    print(text)
    if not options.quick:
        RESULT.write_text(text, encoding="utf-8")
    return int(any(missed for _, missed in lines))


if __name__ == "__main__":
    sys.exit(main())
