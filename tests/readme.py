"""The README's blocks, and a terminal on which its console blocks are typed as they are printed."""

import os
import pty
import re
import select
import shutil
import struct
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

from conftest import ROOT, require

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROMPT = "$ "
ELIDED = "…"
ENDED = "\x1e"
# Commands come over descriptor 3, so that the terminal's input is only what is typed to the programs.
LOOP = f"while IFS= read -r -d '' -u 3 line; do eval \"$line\" 3<&-; printf '{ENDED}%s{ENDED}' $?; done"
COLUMNS, ROWS = 100, 40
WIDE = 400  # of the terminal: what wraps there depends on how long the path of HOME is
SECONDS = 60
# Not typed, and why.
INSTALLS = re.compile(r"pipx install (?:\.|dist/\S+)(?: +#.*)?")  # downloads; test_packaging.py installs the wheel
SAYS_CODE = re.compile(r"#.*\bexit code (\d)")
PROGRAMS = ("kcfg", "kcfg-credential", "kubectl-kcfg")
CLONE = ("Makefile", "README.md", "docs", "kcfg", "schemas", "examples", "tests")
INSTALLED = ("pyproject.toml", "requirements.lock")  # what make compares with its .venv
GIT = "[user]\nname = Kim\nemail = kim@example.com\n[init]\ndefaultBranch = main\n"


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


def reader(folder, home, secret_service, kubectl):
    """The Typist of a reader: in a clone below `folder` whose .venv is set up, with kcfg installed, and a keyring."""
    installed = Path(sys.prefix)
    require("make and an installed .venv", present=(installed / ".installed").exists())
    clone, programs = folder / "clone", folder / "bin"
    clone.mkdir()
    programs.mkdir()
    for name in CLONE:
        (clone / name).symlink_to(ROOT / name)
    for name in INSTALLED:
        shutil.copy(ROOT / name, clone / name)
        os.utime(clone / name, (0, 0))  # .venv is up to date
    (clone / ".venv").symlink_to(installed)
    for name in PROGRAMS:
        (programs / name).symlink_to(installed / "bin" / name)
    (programs / "kubectl").symlink_to(kubectl)
    (home / ".gitconfig").write_text(GIT)
    env = {
        "HOME": str(home),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"],
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "GIT_PAGER": "cat",
    }

    def plain(shown):
        """Paths below HOME begin with `~`; the age of a secret is `2s`; no blanks at the end of a line."""
        shown = shown.replace(str(home), "~")
        shown = re.sub(r"\b\d+[smh] +(?= )", lambda age: f"{'2s':<{len(age[0])}}", shown)
        return re.sub(r" +$", "", shown, flags=re.MULTILINE)

    return Typist(env, clone, plain)


def type_all(typist, page, secret):
    """Type every console block of a page, in order.

    Returns (the page with what is shown, a text for each block that shows something else, all that was shown).
    """
    text, faults, transcript = page, [], []
    for block in blocks("console", page):
        typed = ""
        for command, shown in steps(block):
            code, real = (0, shown) if INSTALLS.fullmatch(command) else typist.run(command, shown, secret)
            said = SAYS_CODE.search(command)
            if code != int(said[1] if said else 0) or not agrees(shown, real):
                faults.append(f"$ {command}\n[{code}]\n{real}instead of\n{shown}")
            typed += f"$ {command}\n" + (shown if agrees(shown, real) else real)
            transcript.append(real)
        text = text.replace(f"```console\n{block}", f"```console\n{typed}", 1)
    return text, faults, transcript


def _lines(shown):
    return shown.decode().replace("\r\n", "\n")
