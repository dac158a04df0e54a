"""Becoming another program, and going on where that does not start."""

import signal

import pytest

from kcfg.errors import KcfgError
from kcfg.run.child import become


def test_where_no_program_starts_a_closed_pipe_is_an_error_still_and_no_end(tmp_path):
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        with pytest.raises(KcfgError):
            become(str(tmp_path / "none"), ["none"], {}, None)
        assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGPIPE, before)
