"""What a test needs of the system under a process: obeyed modes, injected faults."""

import ctypes
import os
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
CALLS = ",".join(
    (
        *("openat", "close", "write", "pwrite64", "fsync", "fchmod", "ftruncate", "flock", "mkdir"),
        *("link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
    )
)
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


def obey_modes():
    """Let the modes of files count for root too, as they do for everyone else: a `preexec_fn`."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")


def traced(warm, strace, log, words, *injections, cwd=None):
    """Run kcfg under strace with faults injected; return (process, the lines of what it called)."""
    faults = [word for fault in injections for word in ("-e", f"inject={fault}")]
    done = warm.run(
        [str(word) for word in words],
        cwd=cwd or Path.cwd(),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        tracer=[strace, "-f", "-o", log, "-e", f"trace={CALLS}", *faults],
    )
    return done, Path(log).read_text().splitlines()


def write_steps(lines):
    """Return (call, its count so far) of everything from the first lock on.

    Killed at an open or a close, a process leaves what it leaves at its next call; and how many of them came before
    depends, where Python starts anew, on the bytecode that other processes cache meanwhile.
    """
    counts: dict[str, int] = {}
    steps, started = [], False
    for line in lines:
        call = re.match(r"\d+ +(\w+)\(", line)
        if call is None:
            continue
        counts[call[1]] = counts.get(call[1], 0) + 1
        started = started or "O_TMPFILE" in line or ".lock" in line
        if started and call[1] not in ("openat", "close"):
            steps.append((call[1], counts[call[1]]))
    return steps


def environments_and_arguments():
    """The environment and arguments of every process but this one."""
    for each in Path("/proc").glob("[0-9]*"):
        if int(each.name) == os.getpid():
            continue
        try:
            yield (each / "environ").read_bytes() + (each / "cmdline").read_bytes()
        except OSError:
            continue
