"""What other processes of the same user can read of a kcfg that waits beside a program."""

import ctypes
import os
import signal
import sys
import time

import pytest

from kcfg.coredump import forbid_reading

NOBODY = 65534
PR_SET_DUMPABLE = 4


def as_nobody(work):
    """Run work() in a child of nobody's, which can be read like any process of a user's; return its number."""
    pid = os.fork()
    if pid:
        return pid
    os.setuid(NOBODY)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    os._exit(work() or 0)


def readable(pid, name):
    """Whether nobody can read a file of a process below /proc."""

    def look():
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                file.read(1)
        except OSError:
            return 1

    return os.waitstatus_to_exitcode(os.waitpid(as_nobody(look), 0)[1]) == 0


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs root, who can be anybody")
@pytest.mark.parametrize("closes", [False, True])
def test_environment_and_memory_are_closed_to_the_users_other_processes(closes):
    def wait():
        if closes:
            forbid_reading()
        os.write(ready[1], b".")
        time.sleep(60)

    ready = os.pipe()
    pid = as_nobody(wait)
    try:
        os.read(ready[0], 1)
        assert [readable(pid, name) for name in ("environ", "maps")] == [not closes] * 2
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
