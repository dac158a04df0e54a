"""The error boundary: what was said before something went wrong is said, into a pipe too."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

PROGRAM = """
import sys
from kcfg import __main__
from kcfg.errors import KcfgError
from kcfg.printing import say

def dispatch(argv):
    say("half of it is done")
    raise {error}

__main__.dispatch = dispatch
__main__.main()
"""


@pytest.mark.parametrize(
    ("error", "code"),
    [("KcfgError('the rest cannot be')", 2), ("KeyboardInterrupt", 130), ("ValueError('a bug')", 3)],
)
def test_what_was_said_is_not_lost_with_an_error(error, code, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(error=error)],
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (code, "half of it is done\n"), done.stderr


@pytest.mark.parametrize(
    ("error", "told"), [("KcfgError('the rest cannot be')", "the rest cannot be"), ("OSError", "")]
)
def test_an_error_is_told_though_nobody_reads_what_was_said(error, told, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(error=error)],
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)

    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
