"""kcfg in this process, as if it were one of its own: streams, folder, environment and umask are the call's.

A call is a tenth of a fork's CPU, and a fork a fifth of a start's. What may become another program (`exec`) or hold one
is forked; a test that asks about the process itself takes `forked_kcfg`, or starts Python. `make cold` starts it for
all of them.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import threading

import pytest
from warm import COLD, ROOT, at_start, cold, shared, text_of, typed

# They become a program, or hold one with the signals and descriptors of this process.
PROCESSES = {"exec", "shell", "curl", "credential", "get-token"}
AT_START = at_start({**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.fixture
def kcfg(tmp_path):
    """Run kcfg: kcfg("validate", "-f", path) → CompletedProcess."""
    return typed(run, tmp_path)


def run(words, *, cwd, env, stdin="", umask=-1):
    """Run kcfg with these words here, or forked where this process would be theirs or has several at once."""
    if COLD or at_start(env) != AT_START:
        return cold(words, cwd=cwd, env=env, stdin=stdin, umask=umask)
    is_alone = threading.current_thread() is threading.main_thread()
    start = call if is_alone and not PROCESSES & {*words} else shared().run
    return start(words, cwd=cwd, env=env, stdin=stdin, umask=umask)


def call(words, *, cwd, env, stdin="", umask=-1):
    """Run kcfg with these words, and return what `subprocess.run()` does. What it starts has these streams, too."""
    from kcfg.__main__ import run as run_main

    before, came_from, argv = dict(os.environ), os.getcwd(), sys.argv
    mask = os.umask(umask) if umask >= 0 else None
    _become(env)
    os.chdir(cwd)
    sys.argv = ["kcfg", *words]
    tempfile.tempdir = None  # TMPDIR is another one
    try:
        with _streams(stdin) as ends:
            code = run_main(words)
    finally:
        tempfile.tempdir = None
        sys.argv = argv
        os.chdir(came_from)
        _become(before)
        if mask is not None:
            os.umask(mask)
    return subprocess.CompletedProcess(words, code, *map(text_of, ends))


def _become(env):
    for name in os.environ.keys() - env.keys():
        del os.environ[name]
    os.environ.update((name, value) for name, value in env.items() if os.environ.get(name) != value)


@contextlib.contextmanager
def _streams(stdin):
    """Give standard streams as a start of Python makes them, and yield the bytes of both outputs as they will be."""
    files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115
    files[0].write(stdin.encode())
    files[0].seek(0)
    sys.stdout.flush()
    sys.stderr.flush()
    own, kept = (sys.stdin, sys.stdout, sys.stderr), [os.dup(number) for number in range(3)]
    ends = [b"", b""]
    try:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        sys.stdin, sys.stdout, sys.stderr = _stream(0, "r"), _stream(1, "w"), _stream(2, "w", "backslashreplace")
        yield ends
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        sys.stdin, sys.stdout, sys.stderr = own
        for number, saved in enumerate(kept):
            os.dup2(saved, number)
            os.close(saved)
        for number, file in enumerate(files):
            if number:
                file.seek(0)
                ends[number - 1] = file.read()
            file.close()


def _stream(number, mode, errors="strict"):
    return io.TextIOWrapper(
        open(number, f"{mode}b", closefd=False), encoding="utf-8", errors=errors, line_buffering=number == 2
    )
