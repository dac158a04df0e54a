"""Whole processes timed: wall clock, CPU and peak memory, interleaved so that a busy moment hits all jobs alike."""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Job:
    """A command line; `before` prepares each run and is not timed."""

    words: list[str]
    cwd: str = "/"
    environ: dict[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    codes: tuple[int, ...] = (0,)  # exit codes that are answers
    first: "Result | None" = None  # of the run that said its peak, once it ran for that


@dataclass
class Result:
    """What the runs of one job took: seconds, and MiB."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    peak: float = 0.0

    @property
    def cpu(self) -> float:
        return statistics.median_low(self.cpus)


def measure(jobs: dict[str, Job], rounds: int, seconds: float = 1e9) -> dict[str, Result]:
    """Run every job once a round, in another order each time; the run that says its peak has warmed the caches up.

    One round or two mean jobs of seconds, for which caches are no matter: the run that says the peak counts, too. Stops
    early after so many seconds, but not before two rounds. Exits where a job fails: it would look fast.
    """
    names, shuffle = list(jobs), random.Random(1).shuffle
    end = time.monotonic() + seconds
    results = {}
    for name, job in jobs.items():
        first = job.first or peak(name, job)
        results[name] = first if rounds <= 2 else Result(peak=first.peak)
    for number in range(rounds):
        shuffle(names)
        for name in names:
            wall, cpu = run(name, jobs[name])
            results[name].walls.append(wall)
            results[name].cpus.append(cpu)
        if number >= 1 and time.monotonic() > end:
            break
    return results


_LAUNCHER = """
import os, sys
pid = os.fork()
if not pid:
    os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.execve(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
took = used.ru_utime + used.ru_stime
os.write(2, b"peak %d %d %f" % (os.waitstatus_to_exitcode(status), used.ru_maxrss, took))
"""


def peak(name: str, job: Job, out: str = os.devnull) -> Result:
    """Run a job once, for its peak memory; a small program starts it, because a process begins as big as its parent."""
    if job.before is not None:
        job.before()
    words = [sys.executable, "-I", "-S", "-c", _LAUNCHER, out, *job.words]
    begin = time.perf_counter()
    done = subprocess.run(
        words, env=job.environ, cwd=job.cwd, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    wall = time.perf_counter() - begin
    code, most, cpu = done.stderr.rpartition(b"peak ")[2].split()
    _require_code(name, job, int(code))
    return Result([wall], [float(cpu)], int(most) / 1024)


def run(name: str, job: Job, out: str = os.devnull) -> tuple[float, float]:
    """Run a job once, its standard output into a file; return wall and CPU seconds."""
    if job.before is not None:
        job.before()
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        _become(job, out)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    _require_code(name, job, os.waitstatus_to_exitcode(status))
    return wall, used.ru_utime + used.ru_stime


def _require_code(name: str, job: Job, code: int) -> None:
    if code not in job.codes:
        sys.exit(f"{name}: exit code {code}: {' '.join(job.words)}")


def _become(job: Job, out: str) -> None:
    try:
        os.chdir(job.cwd)
        target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(target, 1)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        if out == os.devnull:
            os.dup2(0, 2)
        os.execve(job.words[0], job.words, job.environ)
    finally:
        os._exit(127)
