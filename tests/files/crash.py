"""`make crash`: every scenario of faults.py, killed or refused at every call that changes the disk; prints a table."""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from faults import KINDS, SCENARIOS, Place, verdict


def main(only=""):
    print(f"# Killed and refused at every call: {time.strftime('%Y-%m-%d')}\n")
    print("`make crash`: each point with the fault once and (but for KILL) from there on; then the same command again.")
    print("Wrong is a third content, a half change that the next command does not end, a success that was none, a word")
    print("that is not true, a lock, temporary or journal that stays.\n")
    print("| edit | calls | kind | points | wrong |\n| --- | ---: | --- | ---: | ---: |")
    found = []
    for scenario in SCENARIOS:
        if only not in scenario.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), scenario)
            for kind in KINDS:
                points = [(at, lasting) for at in range(1, len(place.calls) + 1) for lasting in (False, True)]
                points = [each for each in points if kind != "KILL" or not each[1]]
                bad = []
                for at, lasting in points:
                    wrong, told = verdict(place, kind, at, lasting)
                    if wrong:
                        bad.append((scenario.name, kind, at, lasting, place.calls[at - 1], wrong, told))
                found += bad
                print(f"| {scenario.name} | {len(place.calls)} | {kind} | {len(points)} | {len(bad)} |", flush=True)
    for each in found:
        print(*each, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
