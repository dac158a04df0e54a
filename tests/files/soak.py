"""`make soak`: 16 kcfg and 4 kubectl writers on the two files of a KUBECONFIG list; prints a table.

Every writer has names of its own, so that each acknowledged edit (exit 0) can be found in the end. kubectl reads before
it takes the lock, and writes what it read, entry by entry: what a kubectl that ran meanwhile took away is its own
loss, counted apart, also when it failed in the end: the lock of the second file may be taken after it wrote the first.
Three rows have no kubectl: nothing there is excused.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from conftest import ROOT, find_kubectl

SERVER = "https://api.example.com:6443"
CONFIG = "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n"
ROWS = {  # name: kubectl writers, killed, --break-lock
    "without kubectl": (0, False, False),
    "plain": (4, False, False),
    "kills": (4, True, False),
    "kills, without kubectl": (0, True, False),
    "--break-lock": (4, False, True),
    "--break-lock and kills, without kubectl": (0, True, True),
}


@dataclass(frozen=True)
class Edit:
    """One run of a writer: what it makes, when it ran, whether it said that it did."""

    name: str
    began: float
    ended: float
    acknowledged: bool


@dataclass
class Soak:
    """Two files, their writers, and what became of it."""

    folder: Path
    kubectl: str | None
    kills: bool
    flags: list[str]
    until: float
    running: dict[int, subprocess.Popen] = field(default_factory=dict)
    killed: int = 0

    def __post_init__(self):
        self.files = [self.folder / "a", self.folder / "b"]
        for path in self.files:
            path.write_text(CONFIG)
        self.environ = {
            "HOME": str(self.folder), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
            "KUBECONFIG": os.pathsep.join(map(str, self.files)),
        }  # fmt: skip

    def run(self, *words, writer=None):
        """Run kcfg as a process that may be killed; return exit code and output."""
        argv = [sys.executable, "-m", "kcfg", *words]
        child = subprocess.Popen(
            argv, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder
        )
        if writer is not None:
            self.running[writer] = child
        out, err = child.communicate(timeout=120)
        self.running.pop(writer, None)
        assert child.returncode != 3, err
        return child.returncode, out

    def edit(self, writer, name, *words):
        began = time.monotonic()
        code, _ = self.run(*words, *self.flags, writer=writer)
        return Edit(name, began, time.monotonic(), code == 0)

    def add(self, writer, edits):
        """Make one entry after the other, in one of the files."""
        number = 0
        while time.monotonic() < self.until:
            name = f"w{writer}-{number}"
            where = ("--kubeconfig", str(self.files[writer % 2]))
            edits.append(self.edit(writer, name, "set-cluster", name, "--server", SERVER, *where))
            number += 1

    def rename(self, writer, edits):
        """Rename a cluster in one file, which a context in the other refers to: both change, or none."""
        number = 0
        while time.monotonic() < self.until:
            old, new = f"p{writer}-{number}", f"p{writer}-{number + 1}"
            edits.append(self.edit(writer, new, "rename", "cluster", old, new))
            if edits[-1].acknowledged or self.clusters_of(writer) == {new}:
                number += 1

    def clusters_of(self, writer):
        """Return the names of a renaming writer's cluster: one, as any reader sees it."""
        _, out = self.run("get-clusters", "-o", "json")
        return {name for name in names(out, "clusters") if name.startswith(f"p{writer}-")}

    def use_kubectl(self, writer, edits):
        number = 0
        while time.monotonic() < self.until:
            name, began = f"k{writer}-{number}", time.monotonic()
            words = [self.kubectl, "config", "set-cluster", name, f"--server={SERVER}"]
            done = subprocess.run(words, env=self.environ, capture_output=True, cwd=self.folder)
            edits.append(Edit(name, began, time.monotonic(), done.returncode == 0))
            number += 1
            time.sleep(0.2 * random.random())

    def kill(self):
        while self.kills and time.monotonic() < self.until:
            time.sleep(0.2 * random.random())
            for child in random.sample(list(self.running.values()), min(1, len(self.running))):
                child.kill()
                self.killed += 1

    def end(self, pairs):
        """Return what is there after one more command: clusters, half pairs, and what should not have stayed."""
        code, _ = self.run("set-context", "end", "--namespace", "end")
        found = {"a", "b", ".kube", ".local"}
        stays = [path.name for path in self.folder.iterdir() if path.name not in found]
        stays += [path.name for path in self.folder.rglob("*") if path.parent.name == "journal"]
        read, out = self.run("view", "--raw", "-o", "json")
        assert (code, read) == (0, 0), "the files cannot be edited, or not be read"
        clusters = names(out, "clusters")
        refers = {each["name"]: each["context"]["cluster"] for each in json.loads(out)["contexts"] or []}
        halves = [
            writer
            for writer in pairs
            if [name for name in clusters if name.startswith(f"p{writer}-")] != [refers.get(f"p{writer}")]
        ]
        return clusters, halves, stays


def names(text, section):
    found = json.loads(text)
    items = found.get("items", found.get(section)) if isinstance(found, dict) else found
    return [each["name"] for each in items or []]


def soak(name, seconds, writers=16):
    """Let them write; return the row of the table, and what is wrong in it."""
    kubectls, kills, breaks = ROWS[name]
    with tempfile.TemporaryDirectory() as folder:
        place = Soak(Path(folder), find_kubectl(), kills, ["--break-lock"] if breaks else [], 0)
        pairs = range(writers - writers // 4, writers)
        for writer in pairs:
            cluster, context = place.files if writer % 2 else place.files[::-1]
            place.run("set-cluster", f"p{writer}-0", "--server", SERVER, "--kubeconfig", str(cluster))
            place.run("set-context", f"p{writer}", "--cluster", f"p{writer}-0", "--kubeconfig", str(context))
        place.until = time.monotonic() + seconds
        logs = {writer: [] for writer in range(writers + kubectls)}
        works = {
            writer: place.use_kubectl if writer >= writers else place.rename if writer in pairs else place.add
            for writer in logs
        }
        threads = [threading.Thread(target=works[each], args=(each, log)) for each, log in logs.items()]
        threads.append(threading.Thread(target=place.kill))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clusters, halves, stays = place.end(pairs)
        return judge(name, place, {"pairs": pairs, "writers": writers, "logs": logs}, clusters, halves, stays)


def judge(name, place, world, clusters, halves, stays):
    """Return the row, and what a kcfg is to blame for."""
    logs, pairs, writers = world["logs"], world["pairs"], world["writers"]
    tried = [edit for writer, log in logs.items() if writer >= writers for edit in log]
    kubectl = [edit for edit in tried if edit.acknowledged]
    there = set(clusters)
    lost = []
    for writer in set(range(writers)) - set(pairs):
        lost += [edit for edit in logs[writer] if edit.acknowledged and edit.name not in there]
    for writer in set(pairs) - set(halves):
        done = [edit for edit in logs[writer] if edit.acknowledged]
        reached = max(int(each.partition("-")[2]) for each in there if each.startswith(f"p{writer}-"))
        lost += [edit for edit in done if int(edit.name.partition("-")[2]) > reached]
    by_kubectl = [edit for edit in lost if any(k.began < edit.ended and k.ended > edit.began for k in tried)]
    torn = [w for w in halves if any(k.ended > e.began and k.began < e.ended for e in logs[w] for k in tried)]
    edits = [edit for writer in range(writers) for edit in logs[writer]]
    own = len([edit for edit in kubectl if edit.name not in there])
    wrong = len(lost) - len(by_kubectl), len(halves) - len(torn), len(stays)
    row = (
        name, f"{sum(edit.acknowledged for edit in edits)} of {len(edits)}", place.killed, len(kubectl), *wrong,
        len(by_kubectl) + len(torn) + own,
    )  # fmt: skip
    return row, [each for each in (lost if wrong[0] else [], halves if wrong[1] else [], stays) if each]


ABOUT = """
`make soak`: 16 writers, 12 that add entries and 4 that rename across both files, and 4 kubectl where nothing else is
said. Each acknowledged edit has to be there in the end; left over are locks, temporaries and journals that one more
command does not end. Lost to kubectl: its own edits, and those made while a kubectl ran, which writes what it had read.
"""
HEAD = (
    "writers",
    "acknowledged",
    "kills",
    "kubectl edits",
    "lost to a kcfg",
    "half pairs",
    "left over",
    "lost to kubectl",
)


def main(seconds="20", only=""):
    print(f"# Many writers on two files: {time.strftime('%Y-%m-%d')}, {seconds} s each\n{ABOUT}")
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    found = []
    for name in ROWS:
        if only in name:
            row, wrong = soak(name, float(seconds))
            print(f"| {' | '.join(map(str, row))} |", flush=True)
            found += [(name, each) for each in wrong]
    for each in found:
        print(*each, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
