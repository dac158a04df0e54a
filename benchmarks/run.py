"""Every job of kcfg beside its peers: the same work, compared, whole processes, interleaved.

It writes results.md and plot.svg.

make bench-quick    # 10, 100 and 1,000 contexts, under 90 s on a quiet machine
make bench          # up to 10,000, every form, more rounds; under 15 minutes
"""
# ruff: noqa: E501 - a row of a table is a line

import argparse
import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fleet import make
from installed import install as install_kcfg
from plot import draw
from timing import Job, Result, measure, peak, run

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests/peers")]

import install  # noqa: E402 - of tests/peers, which knows the peers

CACHE = install.CACHE.parent / "bench"
SIZES = (10, 100, 1_000, 10_000)
READING = dict(zip(SIZES, (0.35, 0.30, 0.20, 0.13), strict=True))
EDITING = dict(zip(SIZES, (0.35, 0.20, 0.06, 0.03), strict=True))
FORM = dict(zip(SIZES, (0.6, 0.45, 0.3, 0.3), strict=True))
GROWTH, MEMORY, SPEC_MEMORY = 12, 0.3, 0.6
FORMS = {
    "AWS CLI": "aws.yaml", "gcloud": "gcloud.yaml", "az": "az.yaml", "minikube": "minikube.yaml",
    "by hand": "handwritten.yaml", "JSON": "fleet.json",
}  # fmt: skip
START = {"python -I -S -c pass": ["-I", "-S", "-c", "pass"], "python -c pass": ["-c", "pass"]}
MARK = "<!-- by benchmarks/run.py -->"
LOAD = 0.5  # of the cores; more than that before the run, and the page says that the machine was busy


@dataclass(frozen=True)
class Task:
    """One piece of work in the words of each program; `edits` changes the file, which is put back before each run."""

    name: str
    kcfg: str
    kubectl: str
    edits: bool = False
    kubectx: str = ""
    source: str = "canonical.yaml"
    code: int = 0
    compared: bool = True
    budget: dict[int, float] | float | None = None
    memory: float = MEMORY

    def most(self, size: int) -> float:
        budget = self.budget if self.budget is not None else EDITING if self.edits else READING
        return budget if isinstance(budget, float) else budget[size]


TASKS = (
    Task("current-context", "current-context", "config current-context", kubectx="-c"),
    Task("get-contexts", "get-contexts", "config get-contexts"),
    Task("view", "view", "config view"),
    Task("minify", "minify --raw", "config view --minify --raw"),
    Task("flatten", "flatten --raw", "config view --flatten --raw"),
    Task("use-context", "use-context {first}", "config use-context {first}", edits=True, kubectx="{first}"),
    Task("set-context", "set-context {first} --namespace other", "config set-context {first} --namespace other", edits=True),
    Task("rename-context", "rename-context {first} other", "config rename-context {first} other", edits=True, kubectx="other={first}"),
    Task("delete-context", "delete-context {first}", "config delete-context {first}", edits=True, kubectx="-d {first}"),
    # kubectl cannot rename a cluster: its rename of one context of the same file stands beside it.
    Task("rename a shared cluster", "rename cluster/shared other", "config rename-context {first} other", edits=True, source="shared.yaml", compared=False, budget=0.5),
)  # fmt: skip
MERGE = Task("merge, 100 files", "merge --raw", "config view --raw", source="many")
VIEW, FLATTEN = "config view", "config view --flatten"
SPEC = (
    Task("validate", "validate -f {spec}", VIEW),
    Task("render", "render -f {spec} --credentials exec", VIEW),
    Task("diff", "diff -f {spec}", VIEW),
    Task("get-contexts -f", "get-contexts -f {spec}", VIEW),
    Task("secret ls", "secret ls -f {spec}", VIEW),
    Task("lint of a kubeconfig", "lint {file}", VIEW),
    Task("check expiry of a kubeconfig", "check expiry --kubeconfig {file}", VIEW),
)
# What `--quick` measures at 1,000: the other edits take kubectl seconds each.
QUICK_LARGE = ("current-context", "get-contexts", "view", "use-context")
ANY_CODE = ("diff", "lint of a kubeconfig")  # 1 where there is something to tell
OF_FILES = ("lint of a kubeconfig", "check expiry of a kubeconfig")


@dataclass(frozen=True)
class Row:
    """One line of the table: a task on a source of one size, and what each program took."""

    form: str
    size: int
    task: Task
    took: dict[str, Result]
    budget: float

    @property
    def ratio(self) -> float:
        return self.took["kcfg"].cpu / self.took["kubectl"].cpu

    @property
    def memory(self) -> float:
        return self.took["kcfg"].peak / self.took["kubectl"].peak

    @property
    def misses(self) -> list[str]:
        found = [f"CPU, budget {self.budget:.2f}"] * (self.ratio > self.budget)
        return found + [f"memory, budget {self.task.memory:.1f}"] * (self.memory > self.task.memory)

    def line(self) -> str:
        others = [
            f"{name} {each.cpu / self.took['kubectl'].cpu:.2f}"
            for name, each in self.took.items()
            if name not in ("kcfg", "kubectl")
        ]
        cells = (
            self.form,
            f"{self.size:,}",
            self.task.name,
            f"{self.ratio:.2f}",
            ", ".join(others),
            f"{self.memory:.2f}",
            "; ".join(self.misses),
        )
        return f"| {' | '.join(cells)} |"


class Bench:
    """One run: the peers, a scratch folder, and how long each group of jobs may take."""

    def __init__(self, scratch: Path, *, quick: bool, kcfg: str | None = None) -> None:
        self.peers = {each.name: each for each in install.peers(build=not quick)}
        if not self.peers["kubectl"].path:
            sys.exit("kubectl is needed: it is what kcfg is measured against")
        self.kubectl, self.kcfg = self.peers["kubectl"].path, kcfg or str(install_kcfg(CACHE))
        self.scratch, self.quick, self.group = scratch, quick, 0
        (scratch / "bin").mkdir()
        (scratch / "bin/kubectl").symlink_to(self.kubectl)  # kubectx runs the kubectl that it finds

    def programs(self, task: Task) -> dict[str, tuple[str, str]]:
        """Return the programs that can do a task: path and words."""
        found = {"kcfg": (self.kcfg, task.kcfg), "kubectl": (self.kubectl, task.kubectl)}
        if task.kubectx:
            found |= {
                name: (each.path, task.kubectx)
                for name, each in self.peers.items()
                if name.startswith("kubectx") and each.path
            }
        return found

    def jobs(self, task: Task, source: Path, number: str) -> dict[str, Job]:
        """Return a task for each program, on a file of its own where it edits."""
        listed = os.pathsep.join(map(str, sorted(source.iterdir()))) if source.is_dir() else str(source)
        place = source.parent
        filled = {
            "first": first_context(source) if task.edits else "",
            "file": str(source),
            "spec": str(place / "spec"),
        }
        made = {}
        for name, (path, words) in self.programs(task).items():
            home = self.scratch / f"{number}-{name.replace(' ', '-')}"
            (home / ".kube").mkdir(parents=True)
            environ = {"HOME": str(home), "PATH": f"{self.scratch}/bin:{os.environ['PATH']}", "KUBECONFIG": listed}
            job = Job([path, *(word.format_map(filled) for word in words.split())], environ=environ)
            if task.edits:
                copy = home / "config"
                environ["KUBECONFIG"] = str(copy)
                job.before = lambda copy=copy: put(source, copy)
            if name == "kcfg" and task.name in ANY_CODE:
                job.codes = (0, 1)
            made[name] = job
        return made

    def compare(self, form: str, size: int, tasks: Sequence[Task], source: Callable[[Task], Path], rounds: int, seconds: float,
                budget: Callable[[Task], float]) -> list[Row]:  # fmt: skip
        """Return a row for each task, after every program's result was compared with kubectl's.

        What edits made of the largest files is not: kubectl alone would read them for a minute.
        """
        self.group += 1
        groups = {task: self.jobs(task, source(task), f"{self.group}-{index}") for index, task in enumerate(tasks)}
        for task, jobs in groups.items():
            if task.compared and not (task.edits and size == SIZES[-1]):
                self._require_same(task, jobs)
        flat = {f"{task.name}\0{name}": job for task, jobs in groups.items() for name, job in jobs.items()}
        results = measure(flat, rounds, seconds)
        return [
            Row(form, size, task, {name: results[f"{task.name}\0{name}"] for name in jobs}, budget(task))
            for task, jobs in groups.items()
        ]

    def _require_same(self, task: Task, jobs: dict[str, Job]) -> None:
        """Exit unless all did the same: the same output, or the same meaning of the file."""
        seen = {}
        for name, job in jobs.items():
            out = self.scratch / f"out-{name}"
            job.first = peak(task.name, job, str(out))
            if task.edits:  # kubectl sorts the entries, kcfg leaves them where they are
                show = Job([self.kubectl, "config", "view", "--raw"], environ=job.environ)
                run(f"{task.name}: what it wrote", show, str(out))
            seen[name] = out.read_bytes()
        for name, each in seen.items():
            if each != seen["kubectl"]:
                sys.exit(f"{task.name}: {name} and kubectl did not do the same")

    def fleet(self, size: int) -> Path:
        """Return the folder of a fleet, with the kubeconfig that equals its spec."""
        place = make(size, CACHE, self.kubectl)
        equal = place / "equal.yaml"
        if not equal.exists():
            words = [self.kcfg, "render", "-f", str(place / "spec"), "--credentials", "exec"]
            env = {**os.environ, "HOME": str(self.scratch)}
            equal.write_bytes(subprocess.run(words, env=env, capture_output=True, check=True).stdout)
        return place


def put(source: Path, copy: Path) -> None:
    """Put a file back as its owner's alone: kcfg would close one that is open, which is more work than kubectl's."""
    shutil.copyfile(source, copy)
    copy.chmod(0o600)


def first_context(source: Path) -> str:
    """Return the name of a context of a file in any of the forms: the current one, which every form says in one line."""
    for line in source.read_text().splitlines():
        if "current-context" in line:
            return line.partition("current-context")[2].strip('": ,')
    raise ValueError("no context")


def start(bench: Bench, rounds: int) -> dict[str, Result]:
    """Return what the machine's own Python and kubectl take to do nothing, and kcfg beside them."""
    environ = {"HOME": str(bench.scratch), "PATH": os.environ["PATH"]}
    words = {name: [sys.executable, *each] for name, each in START.items()}
    words |= {"kubectl version --client": [bench.kubectl, "version", "--client"]}
    words |= {f"kcfg {each}": [bench.kcfg, each] for each in ("version", "--help")}
    return measure({name: Job(each, environ=environ) for name, each in words.items()}, rounds)


def table(bench: Bench, told: Callable[[list[Row]], None]) -> list[Row]:
    """Return all rows; each group of them is told as it is measured."""
    rows: list[Row] = []

    def add(*given: object) -> None:
        made = bench.compare(*given)
        told(made)
        rows.extend(made)

    quick = bench.quick
    for size, rounds in ((10, 4), (100, 3), (1_000, 1)) if quick else ((10, 9), (100, 5), (1_000, 2), (10_000, 1)):
        place = bench.fleet(size)
        add(
            "kubectl's",
            size,
            _of_size(size, quick=quick),
            lambda task, place=place: place / task.source,
            rounds,
            15 if quick else 150,
            lambda task, size=size: task.most(size),
        )
    for size in (100,) if quick else (10, 100, 1_000):
        place = bench.fleet(size)
        tasks = [task for task in TASKS if task.name in ("view", "use-context")]
        for form, name in FORMS.items():
            add(
                form,
                size,
                tasks,
                lambda _, place=place, name=name: place / name,
                2 if quick or size == 1_000 else 3,
                6,
                lambda _, size=size: FORM[size],
            )
    for size in (5, 1_000) if quick else (5, 1_000, 10_000):
        place = bench.fleet(size)
        some = [task for task in SPEC if task.name in ("validate", "diff")] if quick and size > 10 else SPEC
        tasks = [_of_spec(task, size) for task in some]
        add(
            "the equal spec",
            size,
            tasks,
            lambda task, place=place: place / "equal.yaml",
            1 if size == 10_000 else 2 if quick or size > 10 else 7,
            20 if quick else 60,
            lambda task: task.budget,
        )
    if not quick:
        place = bench.fleet(10_000)
        add("100 files", 10_000, [MERGE], lambda task: place / task.source, 1, 60, lambda task: task.most(10_000))
    return rows


def _of_size(size: int, *, quick: bool) -> list[Task]:
    """Return the tasks on a file of kubectl's form, those of the largest without the edits by kubectx, which take longest."""
    if size < (1_000 if quick else 10_000):
        return [*TASKS]
    some = [task for task in TASKS if not quick or task.name in QUICK_LARGE]
    return [replace(task, kubectx="") if task.edits else task for task in some]


def _of_spec(task: Task, size: int) -> Task:
    of_file = task.name in OF_FILES
    large = FLATTEN if task.name in ("validate", "render") else VIEW
    budget = (2.0 if of_file else 1.5) if size <= 10 else 1.0 if large == FLATTEN else 2.0 if of_file else 0.7
    memory = MEMORY if of_file else SPEC_MEMORY
    beside = large if size > 10 else VIEW
    if task.name == "render":
        beside += " --raw"  # what is printed is then the same
    return Task(task.name, task.kcfg, beside, compared=task.name == "render", budget=budget, memory=memory)


def growth(rows: list[Row]) -> str:
    """Return how much longer 10,000 take than 1,000 for each job, and which misses the budget."""
    took = {(row.form, row.task.name, row.size): row.took["kcfg"].cpu for row in rows}
    lines = [
        f"| {form} | {name} | {each / took[form, name, 1_000]:.1f} | {'missed' if each > GROWTH * took[form, name, 1_000] else ''} |"
        for (form, name, size), each in took.items()
        if size == 10_000 and (form, name, 1_000) in took
    ]
    if not lines:
        return "Growth from 1,000 to 10,000 is measured by `make bench` only.\n"
    return (
        f"CPU at 10,000 over CPU at 1,000; the budget is {GROWTH}.\n\n| form | job | growth | |\n| --- | --- | ---: | --- |\n"
        + "\n".join(lines)
        + "\n"
    )


def start_table(starts: dict[str, Result]) -> str:
    """Return a row for each program that starts and does nothing: CPU over that of an empty Python, and MiB."""
    least = starts["python -I -S -c pass"].cpu
    return "\n".join(f"| `{name}` | {each.cpu / least:.2f} | {each.peak:.0f} |" for name, each in starts.items())


def report(bench: Bench, rows: list[Row], starts: dict[str, Result], busy: str) -> str:
    """Return results.md."""
    least = starts["python -I -S -c pass"].cpu
    begin = start_table(starts)
    had = ", ".join(f"{name} {each.version}" for name, each in bench.peers.items() if each.path)
    missing = "\n".join(f"- {name} {each.version}: {each.reason}." for name, each in bench.peers.items() if each.reason)
    missed = [row for row in rows if row.misses]
    quick = "make bench-quick" if bench.quick else "make bench"
    return f"""# Results

Made by `{quick}` on {datetime.date.today().isoformat()}; {busy}. Python {platform.python_version()}, {had}; {os.cpu_count()} cores, {platform.system()}.

CPU (user and system) of whole processes, medians of interleaved runs, and peak memory, both over kubectl's at the same work on
the same file. What the programs printed, or wrote to up to 1,000 contexts, was compared first. {len(missed)} of {len(rows)} rows miss a budget.
kcfg is the wheel of this tree, installed by a current pip into an environment of its own.

![CPU over contexts, a line for each job and program](plot.svg)

## Start

Over `python -I -S -c pass`, which took {least * 1000:.0f} ms of CPU; MiB.

| | CPU | memory |
| --- | ---: | ---: |
{begin}

## Jobs

| form | contexts | job | kcfg ÷ kubectl | others ÷ kubectl | memory ÷ kubectl | misses |
| --- | ---: | --- | ---: | --- | ---: | --- |
{chr(10).join(row.line() for row in rows)}

`rename a shared cluster` stands beside kubectl's `rename-context`, a job of the spec beside `kubectl config view` of the equal
kubeconfig (`--flatten` for `validate` and `render` from 1,000 on).

## Growth

{growth(rows)}
## Not measured

{missing}
- kubectx edits of the largest files: they take it longest, up to minutes.
- kubie: its `ctx` starts a shell, its `delete` takes cluster and user along: no job of it is the same work.
"""


def front(bench: Bench, rows: list[Row], starts: dict[str, Result], busy: str) -> str:
    """Return what the project's README shows: kcfg over kubectl for each job and size, and what starting takes here."""
    sizes = sorted({row.size for row in rows if row.form == "kubectl's"})
    ratios = {(row.task.name, row.size): row.ratio for row in rows if row.form == "kubectl's"}
    lines = [
        f"| `{task.name}` | {' | '.join(f'{ratios[task.name, size]:.2f}' if (task.name, size) in ratios else '–' for size in sizes)} |"
        for task in TASKS
        if (task.name, sizes[0]) in ratios and task.compared
    ]
    specs = ", ".join(
        f"`{row.task.name}` {row.ratio:.2f}" for row in rows if row.form == "the equal spec" and row.size == 5
    )
    took = ", ".join(
        f"`{name}` {starts[name].cpu * 1000:.0f} ms"
        for name in ("python -c pass", "kcfg version", "kubectl version --client")
    )
    missed = sum(1 for row in rows if row.misses)
    return f"""CPU, that of kubectl being 1, in one run ({datetime.date.today().isoformat()}, {busy}; {os.cpu_count()} cores, Python {platform.python_version()}, \
kubectl {bench.peers["kubectl"].version}), by the number of contexts:

| job | {" | ".join(f"{size:,}" for size in sizes)} |
| --- |{" ---: |" * len(sizes)}
{chr(10).join(lines)}

On that machine {took}. A spec of five clusters beside `kubectl config view` of the kubeconfig it renders to: {specs}. \
{missed} of {len(rows)} rows miss a budget: [why](benchmarks/README.md#what-misses-a-budget)."""


def put_front(text: str) -> None:
    """Put a text between the two marks of the project's README."""
    path = HERE.parent / "README.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(MARK)
    _, _, after = rest.partition(MARK)
    path.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 1,000 contexts, few rounds")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--start", action="store_true", help="only what starting takes, once; write nothing")
    parser.add_argument("--kcfg", help="the kcfg to measure; default: this tree's wheel, installed anew")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    busy = (
        "the machine did nothing else"
        if load < LOAD * (os.cpu_count() or 1)
        else f"the machine was busy with other work (load {load:.0f}): a quiet run replaces this"
    )
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench.") as scratch:
        bench = Bench(Path(scratch), quick=options.quick or options.start, kcfg=options.kcfg)
        if options.start:
            print(start_table(start(bench, 1)))
            return 0
        starts = start(bench, 5 if options.quick else 21)
        rows = table(bench, lambda rows: print("\n".join(row.line() for row in rows), flush=True))
    if not options.dry_run:
        (HERE / "results.md").write_text(report(bench, rows, starts, busy), encoding="utf-8")
        put_front(front(bench, rows, starts, busy))
        least = starts["python -I -S -c pass"].cpu
        lines = {}
        for row in rows:
            if row.form == "kubectl's":
                for name, each in row.took.items():
                    lines.setdefault(row.task.name, {}).setdefault(name, []).append((row.size, each.cpu / least))
        (HERE / "plot.svg").write_text(draw(lines, f"{datetime.date.today().isoformat()}, {busy}"), encoding="utf-8")
    return int(any(row.misses for row in rows))


if __name__ == "__main__":
    sys.exit(main())
