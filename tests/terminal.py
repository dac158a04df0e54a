"""Run kcfg on a terminal of its own: what people type, what they see."""

import os
import pty
import select
import sys
import termios
import time

from conftest import ROOT
from warm import shared

START_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}


def write_start_file(home, shell, text):
    """Write what a shell reads as it starts, for a user who has started it before."""
    file = home / START_FILES[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    if shell == "fish":
        # Without this folder, fish reads every manual page of the machine: 20 s of CPU, behind whoever leaves it.
        (home / ".local/share/fish/generated_completions").mkdir(parents=True)


def on_terminal(words, typed, *, cwd, env):
    """Return (exit code, everything shown); `typed` is sent once something has been asked, each of a list in turn."""
    answers = [typed] if isinstance(typed, bytes) else list(typed)
    started, master = _start_kcfg(words, {**os.environ, **env, "PYTHONPATH": str(ROOT)}, cwd)
    shown, deadline = b"", time.monotonic() + 90
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(master, 4096)
        except OSError:
            break
        if answers and answers[0] and shown.endswith((b": ", b"] ")):
            os.write(master, answers.pop(0))
    os.close(master)
    return started.wait(), shown.decode()


def _start_kcfg(words, env, cwd):
    master, terminal = pty.openpty()
    started = shared().start(words, cwd=cwd, env=env, streams=[terminal] * 3, terminal=terminal)
    os.close(terminal)
    return started, master


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, argv, env, cwd):
        self._kcfg = None
        if argv[:3] == [sys.executable, "-m", "kcfg"]:
            self._kcfg, self.master = _start_kcfg(argv[3:], env, cwd)
            self.pid = self._kcfg.pid
        else:
            self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        os.set_inheritable(self.master, False)  # another one that held it would keep this terminal open
        self.shown = b""

    def expect(self, text, seconds=60.0):
        """Read until something is shown, after what was waited for last."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.master, 4096)
                except OSError:
                    break
        assert text in self.shown, self.shown
        before, self.shown = self.shown.split(text, 1)
        return before

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        """Return everything else that is shown, and the exit code."""
        rest = self.shown
        while True:
            try:
                piece = os.read(self.master, 4096)
            except OSError:
                break
            if not piece:
                break
            rest += piece
        self.settings = termios.tcgetattr(self.master)
        os.close(self.master)
        return rest, self._kcfg.wait() if self._kcfg else os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
