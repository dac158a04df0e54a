"""kubectl's lock file: waited for, taken over from the dead, never broken unasked."""

import os
import subprocess
import sys
import threading
import time

import pytest
from conftest import ROOT

from kcfg.errors import FileError
from kcfg.lock import edit_file, lock


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config"
    path.write_text("a")
    return str(path)


def test_a_second_writer_waits(path):
    with lock(path):
        timer = threading.Timer(0.3, os.unlink, [path + ".lock"])
        started = time.monotonic()
        timer.start()
        with lock(path):
            assert time.monotonic() - started >= 0.25


def test_a_held_lock_is_told_with_its_holder(path):
    with lock(path), pytest.raises(FileError, match=f"held by process {os.getpid()}"), lock(path, timeout=0.1):
        pass


def test_kubectls_lock_is_told_with_age_and_remedy(path):
    open(path + ".lock", "w").close()
    os.utime(path + ".lock", (time.time() - 90, time.time() - 90))

    with pytest.raises(FileError) as caught, lock(path, timeout=0.1):
        pass

    assert "a lock that kubectl made 9" in str(caught.value)
    assert f"rm {path}.lock" in caught.value.problems[0].hint
    assert os.path.exists(path + ".lock")


def test_a_lock_that_has_just_gone_is_no_kubectls(path):
    gone = lock(path)._busy()

    assert "kubectl" not in str(gone)
    assert gone.problems[0].hint == "try again"


def test_a_lock_that_is_younger_than_the_wait_is_not_to_be_removed(path):
    open(path + ".lock", "w").close()

    young = lock(path)._busy()

    assert "busy" in str(young)
    assert young.problems[0].hint == "try again"


def test_break_lock_removes_it(path, kcfg):
    open(path + ".lock", "w").close()
    with open(path, "w") as file:
        file.write("contexts: [{name: a}]\n")

    assert kcfg("use-context", "a", "--kubeconfig", path, "--break-lock").returncode == 0
    assert not os.path.exists(path + ".lock")


def test_the_lock_of_a_killed_kcfg_is_taken_over(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", f"from kcfg.lock import lock\nwith lock({path!r}): print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    holder.stdout.readline()
    with pytest.raises(FileError, match=f"held by process {holder.pid}"), lock(path, timeout=0.1):
        pass
    holder.kill()
    holder.wait()

    with lock(path, timeout=2):
        pass
    assert not os.path.exists(path + ".lock")


def test_the_lock_of_another_boot_is_taken_over(path):
    with open(path + ".lock", "w") as file:
        file.write(f"{os.getpid()} another-boot\n")

    with lock(path, timeout=1):
        pass


def test_what_is_written_is_recorded_under_the_lock(path):
    told = []

    def record(*what):
        told.append((*what, os.path.exists(path + ".lock")))

    assert edit_file(path, lambda before: before + b"b", record=record)
    assert not edit_file(path, lambda before: before, record=record)
    assert told == [(path, b"a", b"ab", True)]
