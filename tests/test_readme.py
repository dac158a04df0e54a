"""Whoever copies the README's console blocks, top to bottom, sees what is printed there.

Every block is typed on a terminal, in order, into one bash with a HOME of its own, a real keyring and the real kubectl.
`KCFG_RECORD=1 pytest tests/test_readme.py` prints what is shown into the README: read it as its user would.
"""

import os
import re

import pytest
from conftest import ROOT
from readme import COLUMNS, ELIDED, README, blocks, reader, steps, type_all

RECORDING = bool(os.environ.get("KCFG_RECORD"))
SECRET = "planted-readme-secret"


@pytest.fixture
def typist(private_home, secret_service, kubectl_path, tmp_path):
    """A reader's terminal: in a clone whose .venv is set up, with kcfg installed."""
    running = reader(tmp_path, private_home, secret_service, kubectl_path)
    yield running
    running.close()


@pytest.mark.timeout(240)
def test_every_console_block_shows_what_is_printed(typist):
    text, faults, transcript = type_all(typist, README, SECRET)
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
    assert re.findall(r"^```(?!console$|yaml$|python$|$).*", README, re.MULTILINE) == []
