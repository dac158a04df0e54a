"""What a killed run leaves: nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import ROOT
from real_cluster import run_folder

RUN = """
import sys, time
sys.path[:0] = sys.argv[1:]
from real_cluster import Etcd, run_folder
with run_folder() as folder:
    etcd = Etcd(folder)
    while not etcd.program.log.stat().st_size:
        time.sleep(0.05)
    print(folder, etcd.program.process.pid, flush=True)
    time.sleep(600)
"""


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_run(etcd):
    """A run that SIGKILL ends: its etcd ends with it, and the next run removes its files."""
    words = [sys.executable, "-c", RUN, str(ROOT / "tests"), str(ROOT)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as run:
        folder, pid = run.stdout.readline().split()
        before = (_runs(pid), Path(folder).is_dir())
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    with run_folder() as mine:
        assert mine.is_dir()

    assert before == (True, True)
    assert not _runs(pid)
    assert not Path(folder).exists()
    assert etcd.program.process.poll() is None
    assert etcd.program.log.is_file()
