"""`make sim`: seeds from 0 on, or those of SEED, one with its steps; prints a table, and each seed that fails."""

import os
import platform
import sys
import time
from collections import Counter
from pathlib import Path

if os.environ.get("PYTHONHASHSEED") != "0":  # the order of a set is part of a seed
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
sys.path.insert(0, str(Path(__file__).parent))

from world import Run, load


def main():
    given = [int(each) for each in os.environ.get("SEED", "").split()]
    seeds = given or range(int(os.environ.get("SEEDS") or 5000))
    load()
    begun, runs, steps, faults, bad = time.perf_counter(), Counter(), Counter(), Counter(), []
    struck = Counter()
    for seed in seeds:
        one = Run(seed)
        one()
        name = one.scenario.name
        runs[name] += 1
        steps[name] += len(one.fs.trace)
        faults[one.kind] += 1
        struck[name] += one.struck
        if len(given) == 1:
            print(*one.fs.trace, one.told(), sep="\n")
        if one.wrong:
            bad.append((seed, one))
            print(*one.fs.trace[-80:], sep="\n", file=sys.stderr)
            print(f"seed {seed}: {one.told()}", *one.wrong, f"again: make sim SEED={seed}", sep="\n  ", file=sys.stderr)
    took = time.perf_counter() - begun
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}: seeds {seeds[0]} to")
    print(f"{seeds[-1]} in {took:.0f} s, {sum(steps.values()):,} calls of the system; {dict(faults)}\n")
    print("| scenario | seeds | with a fault that struck | steps | wrong |\n| --- | ---: | ---: | ---: | ---: |")
    for name in runs:
        wrong = sum(one.scenario.name == name for _, one in bad)
        print(f"| {name} | {runs[name]} | {struck[name]} | {steps[name]:,} | {wrong} |")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
