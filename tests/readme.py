"""The README's blocks, and a terminal on which its console blocks are typed as they are printed."""

import os
import pty
import re
import select
import struct
import termios
import time
from fcntl import ioctl

from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROMPT = "$ "
ELIDED = "…"
ENDED = "\x1e"
# Commands come over descriptor 3, so that the terminal's input is only what is typed to the programs.
LOOP = f"while IFS= read -r -d '' -u 3 line; do eval \"$line\" 3<&-; printf '{ENDED}%s{ENDED}' $?; done"
COLUMNS, ROWS = 100, 40
WIDE = 400  # of the terminal: what wraps there depends on how long the path of HOME is
SECONDS = 60


def blocks(language, text=README):
    """The contents of the fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def steps(block):
    """Yield (command, what is shown below it) of a console block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def agrees(shown, real):
    """Whether this is what was shown: a line `…` stands for any lines."""
    parts = [re.escape(part) for part in re.split(rf"^{ELIDED}\n", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), real) is not None


class Typist:
    """One bash on a terminal of its own, for the whole README."""

    def __init__(self, env, cwd, plain):
        """`plain` turns what is shown into what is printed: paths below HOME, times."""
        self._plain = plain
        ours, self._commands = os.pipe()
        os.set_inheritable(ours, True)
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.dup2(ours, 3)
            os.chdir(cwd)
            os.execvpe("bash", ["bash", "--noprofile", "--norc", "-c", LOOP], env)
        os.close(ours)
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, WIDE, 0, 0))

    def run(self, command, expected, secret):
        """Type a command; return (exit code, what is shown).

        At a question the rest of the printed line is typed; where none is printed, what is typed is hidden: the secret.
        """
        os.write(self._commands, command.encode() + b"\0")
        shown, answered, deadline = b"", 0, time.monotonic() + SECONDS
        while shown.count(ENDED.encode()) < 2:
            assert time.monotonic() < deadline, f"{command}: no end\n{shown.decode()}"
            if select.select([self._master], [], [], 0.1)[0]:
                shown += os.read(self._master, 65536)
            elif len(shown) > answered and shown.endswith((b": ", b"] ")):
                asked = _lines(shown).rpartition("\n")[2]
                lines = [line for line in expected.splitlines() if line.startswith(asked.rstrip())]
                os.write(self._master, ((lines[-1][len(asked) :] or secret) if lines else "y").encode() + b"\n")
                answered = len(shown)
        text, code, _ = _lines(shown).split(ENDED)
        return int(code), self._plain(text)

    def close(self):
        os.close(self._commands)
        os.close(self._master)
        os.waitpid(self._pid, 0)


def _lines(shown):
    return shown.decode().replace("\r\n", "\n")
