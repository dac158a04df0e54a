"""`make soak`: many plugins in a row at one keyring, with two writers on the item that they read; prints a table.

    PYTHONPATH=.:tests python tests/secrets/plugin_soak.py [20000]

Wrong is an answer that is neither writer's value whole, an error, a daemon that is gone or has grown without end.
"""

import datetime
import json
import platform
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from secret_service import SecretService  # noqa: E402

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
ITEM = ("service", "kcfg/soak/robot/token", "username", "kcfg")
VALUES = [letter * 3000 for letter in "ab"]


def resident(pid):
    """KiB of memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


def write(service, value, done, writes):
    """Store a value again and again."""
    while not done.is_set():
        service.tool("store", "--label=soak", *ITEM, value=value)
        writes[value[0]] += 1
        time.sleep(0.2)


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    service = SecretService()
    done, writes, answers = threading.Event(), Counter(), Counter()
    try:
        service.tool("store", "--label=soak", *ITEM, value=VALUES[0])
        before = resident(service.daemon.pid)
        writers = [threading.Thread(target=write, args=(service, value, done, writes)) for value in VALUES]
        for each in writers:
            each.start()
        started = time.monotonic()
        for _ in range(number):
            words = [PLUGIN, "--kind", "token", "--keyring", ITEM[1]]
            ended = subprocess.run(words, capture_output=True, text=True, env=service.env)
            token = json.loads(ended.stdout)["status"]["token"] if ended.returncode == 0 else ""
            answers["whole" if token in VALUES else "wrong" if token else f"error: {ended.stderr.strip()[:100]}"] += 1
        seconds = time.monotonic() - started
        done.set()
        for each in writers:
            each.join()
        alive = service.daemon.poll() is None
        after = resident(service.daemon.pid) if alive else 0
    finally:
        done.set()
        service.close()
    wrong = number - answers["whole"]
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(
        f"# Plugins in a row: {datetime.datetime.now(datetime.UTC):%Y-%m-%d}\n\n"
        f"`make soak`, {machine}: kcfg-credential at a gnome-keyring, one by one, while two writers store one of\n"
        "two values in the item that it reads. Wrong is an answer that is neither value whole, and an error.\n\n"
        "| plugins | whole | wrong | writes of each | seconds | daemon's memory before, after (KiB) | daemon |\n"
        "| ---: | ---: | ---: | --- | ---: | --- | --- |\n"
        f"| {number:,} | {answers['whole']:,} | {wrong} | {writes['a']:,}, {writes['b']:,} | "
        f"{seconds:.0f} | {before:,}, {after:,} | {'alive' if alive else 'GONE'} |"
    )
    for said, times in answers.items():
        if said.startswith("error") or said == "wrong":
            print(f"\n{times} × {said}")
    return int(bool(wrong) or not alive)


if __name__ == "__main__":
    sys.exit(main())
