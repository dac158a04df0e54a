"""Whoever copies the README's console blocks, top to bottom, sees what is printed there.

Every block is typed on a terminal, in order, into one bash with a HOME of its own, a real keyring and the real kubectl.
`KCFG_RECORD=1 pytest tests/test_readme.py` prints what is shown into the README: read it as its user would.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from conftest import ROOT, require
from readme import COLUMNS, ELIDED, README, Typist, agrees, blocks, steps

RECORDING = bool(os.environ.get("KCFG_RECORD"))
SECRET = "planted-readme-secret"
# Not typed, and why.
INSTALLS = re.compile(r"pipx install (?:\.|dist/\S+)(?: +#.*)?")  # downloads; test_packaging.py installs the wheel
SAYS_CODE = re.compile(r"#.*\bexit code (\d)")
PROGRAMS = ("kcfg", "kcfg-credential", "kubectl-kcfg")
CLONE = ("Makefile", "README.md", "kcfg", "schemas", "examples", "tests")
INSTALLED = ("pyproject.toml", "requirements.lock")  # what make compares with its .venv
GIT = "[user]\nname = Kim\nemail = kim@example.com\n[init]\ndefaultBranch = main\n"


@pytest.fixture
def typist(private_home, secret_service, kubectl_path, tmp_path):
    """A reader's terminal: in a clone whose .venv is set up, with kcfg installed."""
    installed = Path(sys.prefix)
    require("make and an installed .venv", present=(installed / ".installed").exists())
    clone, programs = tmp_path / "clone", tmp_path / "bin"
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
    (programs / "kubectl").symlink_to(kubectl_path)
    (private_home / ".gitconfig").write_text(GIT)
    env = {
        "HOME": str(private_home),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"],
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "GIT_PAGER": "cat",
    }

    def plain(shown):
        """Paths below HOME begin with `~`; the age of a secret is `2s`; no blanks at the end of a line."""
        shown = shown.replace(str(private_home), "~")
        shown = re.sub(r"\b\d+[smh] +(?= )", lambda age: f"{'2s':<{len(age[0])}}", shown)
        return re.sub(r" +$", "", shown, flags=re.MULTILINE)

    running = Typist(env, clone, plain)
    yield running
    running.close()


@pytest.mark.timeout(240)
def test_every_console_block_shows_what_is_printed(typist):
    text, faults, transcript = README, [], []
    for block in blocks("console"):
        typed = ""
        for command, shown in steps(block):
            code, real = (0, shown) if INSTALLS.fullmatch(command) else typist.run(command, shown, SECRET)
            said = SAYS_CODE.search(command)
            if code != int(said[1] if said else 0) or not agrees(shown, real):
                faults.append(f"$ {command}\n[{code}]\n{real}instead of\n{shown}")
            typed += f"$ {command}\n" + (shown if agrees(shown, real) else real)
            transcript.append(real)
        text = text.replace(f"```console\n{block}", f"```console\n{typed}", 1)
    if RECORDING:
        (ROOT / "README.md").write_text(text, encoding="utf-8")

    assert "\n".join(faults) == ""
    assert SECRET not in "".join(transcript)


def test_console_blocks_are_commands_and_what_they_show():
    for block in blocks("console"):
        assert block.startswith("$ ")
        assert [line for line in block.splitlines() if len(line) > COLUMNS + 22] == []
    shown = [part for block in blocks("console") for _, part in steps(block)]
    assert sum(ELIDED in part for part in shown) < len(shown) / 4
    assert re.findall(r"^```(?!console$|yaml$|mermaid$|python$|$).*", README, re.MULTILINE) == []
