"""How many files a line of data goes through: the table of kcfg/README.md, walked again with a tracer."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT
from test_hot_paths import by_hand, canonical

README = ROOT / "kcfg/README.md"
ROW = re.compile(r"^\| (?P<walk>.+?) \| (?P<files>\d+) \| (?P<calls>\d+) \| (?P<pairs>.*?) \|$", re.MULTILINE)
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: shop}
clusters: [{name: dev, server: "https://dev.example.com"}]
users: [{name: robot}]
contexts: [{name: dev, context: {cluster: dev, user: robot, namespace: shop}}]
"""
WALKS = {
    "spec → `render` → stdout": ["render", "-f", "spec"],
    "kubectl's form → `use-context`": ["use-context", "c-1", "--kubeconfig", "kubectl"],
    "by hand → `use-context`": ["use-context", "c-1", "--kubeconfig", "hand"],
    "by hand → `set-context`": ["set-context", "c-1", "--namespace", "other", "--kubeconfig", "hand"],
    "plan → `apply`": ["apply", "-f", "spec", "--kubeconfig", "new", "--yes"],
    "secret → `kcfg-credential`": ["credential", "--env", "TOKEN", "--kind", "token"],
    "finding → SARIF": ["lint", "-f", "spec", "-o", "sarif"],
}
TRACER = """
import sys
from kcfg.__main__ import run
files, calls = set(), set()
def module(frame):
    before, kcfg, name = frame.f_code.co_filename.rpartition("/kcfg/")
    return name.removesuffix(".py") if kcfg and frame.f_code.co_name != "<module>" else None
def is_import(frame):
    while frame:
        if frame.f_code.co_name == "<module>" and "/kcfg/" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
def called(frame, event, argument):
    if event == "call" and (name := module(frame)) and not is_import(frame):
        files.add(name)
        frame = frame.f_back
        while frame and not module(frame):
            if frame.f_code.co_name == "<module>":
                return
            frame = frame.f_back
        if frame and (caller := module(frame)) != name:
            calls.add((caller, frame.f_code.co_name, name))
sys.setprofile(called)
code = run(sys.argv[1:])
sys.setprofile(None)
both = {tuple(sorted((one, other))) for one, _, other in calls if any(c[0] == other and c[2] == one for c in calls)}
names = ", ".join(" and ".join(f"`{each}`" for each in pair) for pair in sorted(both))
print(code, len(files), len(calls), names or "none", sep="\\t", file=sys.stderr)
"""


def walked(words, tmp_path):
    """Return the files, calls and pairs of a walk."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/kcfg.yaml").write_text(SPEC)
    for name, form in (("kubectl", canonical), ("hand", by_hand)):
        (tmp_path / name).write_text(form(5))
        (tmp_path / name).chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", TRACER, *words],
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/bin", "TOKEN": "fake-token"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    code, *found = done.stderr.splitlines()[-1].split("\t")
    assert code in ("0", "1"), done.stderr
    return int(found[0]), int(found[1]), found[2]


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_is_no_longer_than_its_row(walk, tmp_path):
    row = {found["walk"]: found for found in ROW.finditer(README.read_text(encoding="utf-8"))}[walk]
    files, calls, pairs = walked(WALKS[walk], tmp_path)

    assert (files <= int(row["files"]), calls <= int(row["calls"])) == (True, True), f"| {walk} | {files} | {calls} |"
    assert {*re.findall("`[^`]+`", pairs)} <= {*re.findall("`[^`]+`", row["pairs"])}


if __name__ == "__main__":
    from pathlib import Path
    from tempfile import TemporaryDirectory

    for walk, words in WALKS.items():
        with TemporaryDirectory() as folder:
            print(f"| {walk} |", *(f"{each} |" for each in walked(words, Path(folder))))
