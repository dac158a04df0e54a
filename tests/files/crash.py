"""`make crash`: every scenario of faults.py, killed or refused at every call that changes the disk; prints a table."""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parent.parent))

from faults import KINDS, SCENARIOS, Place, verdict
from secret_service import SecretService, tools_present
from undone import Undone


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
    if only in "adopt and undo":
        found += undone()
    for each in found:
        print(*each, file=sys.stderr)
    return 1 if found else 0


def undone():
    """Kill at every call of an adoption of every kind of credential, and of its undo."""
    if not tools_present():
        print("no Secret Service is installed: no rows for adopt and undo", file=sys.stderr)
        return []
    found, service = [], SecretService()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Undone(Path(folder), service)
            for command, calls in place.calls.items():
                bad = []
                for at in range(1, calls + 1):
                    wrong, left = place.verdict(command, at)
                    if wrong:
                        bad.append((command, "KILL", at, left, wrong))
                found += bad
                name = "adopt of every kind of credential" if command == "adopt" else "undo of that"
                print(f"| {name} | {calls} | KILL | {calls} | {len(bad)} |", flush=True)
    finally:
        service.close()
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
