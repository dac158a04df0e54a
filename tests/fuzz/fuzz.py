"""`make fuzz`: each target of `fuzz_targets` under atheris, two at a time; SECONDS for each, TARGETS names some.

A kubectl, KCFG_KUBECTL's or that of PATH, reads each tenth kubeconfig as well, and every one that is replayed.
What is found is an input below `.fuzz/TARGET`; it fails again by `python tests/fuzz/fuzz.py --replay TARGET FILE`.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
WORK = HERE.parent.parent / ".fuzz"
AT_ONCE = 2
LIMIT = 10  # seconds that one input may take
EVERY = 10  # of so many kubeconfigs a kubectl is asked one: it takes as long as several


def fuzz_one(name, arguments):
    """Fuzz a target, in a process of its own: it ends with this."""
    import atheris

    with atheris.instrument_imports(include=["kcfg"]):
        from fuzz_targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()


def replay(name, files):
    """Run a target with each file, without atheris."""
    from fuzz_targets import TARGETS

    for file in files:
        TARGETS[name](Path(file).read_bytes())


def run(name, seconds):
    """Fuzz a target for so long; return its row of the table, and what was found."""
    found = WORK / name
    kept = found / "corpus"
    kept.mkdir(parents=True, exist_ok=True)
    words = [
        str(kept), str(HERE / "corpus" / name), f"-max_total_time={seconds}", f"-timeout={LIMIT}", "-max_len=4096",
        "-rss_limit_mb=2048", f"-artifact_prefix={found}/", "-print_final_stats=1", f"-dict={HERE / 'tokens.dict'}",
    ]  # fmt: skip
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, "--fuzz", name, *words], capture_output=True, text=True, errors="replace"
    )
    (found / "log").write_text(done.stdout + done.stderr)
    runs = re.search(r"number_of_executed_units: *(\d+)", done.stderr)
    told = re.search(r"=== Uncaught Python exception: ===\n(.*)", done.stdout, re.DOTALL)
    row = f"| {name} | {int(runs[1]) if runs else 0:,} | {time.monotonic() - begun:.0f} |"
    return row, "" if not done.returncode else told[1].strip() if told else done.stderr[-1500:]


def let_kubectl_judge(every):
    """Say to the targets which kubectl judges, of so many inputs one; nothing where there is none."""
    kubectl = os.environ.get("KCFG_KUBECTL") or shutil.which("kubectl") or ""
    os.environ |= {"KCFG_FUZZ_KUBECTL": kubectl, "KCFG_FUZZ_EVERY": str(every)}
    print(f"judged by {kubectl}" if kubectl else "no kubectl is here: none judges")


def main(seconds, *names):
    let_kubectl_judge(EVERY)
    names = names or sorted(each.name for each in (HERE / "corpus").iterdir())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(run, names, [seconds] * len(names)))
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}\n")
    print("| target | executions | seconds |\n| --- | ---: | ---: |")
    print(*(row for row, _ in rows), sep="\n")
    for name, (_, told) in zip(names, rows, strict=True):
        if told:
            print(f"\n{name}: found, see {WORK / name}\n{told}")
    return int(any(told for _, told in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fuzz"]:
        fuzz_one(sys.argv[2], sys.argv[3:])
    elif sys.argv[1:2] == ["--replay"]:
        let_kubectl_judge(1)
        replay(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main(*sys.argv[1:]))
