"""Run kcfg on a terminal of its own: what people type, what they see."""

import os
import pty
import select
import sys
import time

from conftest import ROOT


def on_terminal(words, typed, *, cwd, env):
    """Return (exit code, everything shown); `typed` is sent once something has been asked."""
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve(
            sys.executable, [sys.executable, "-m", "kcfg", *words], {**os.environ, **env, "PYTHONPATH": str(ROOT)}
        )
    shown, deadline = b"", time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(master, 4096)
        except OSError:
            break
        if typed and shown.endswith((b": ", b"] ")):
            os.write(master, typed)
            typed = b""
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()
