"""One command in the place of kcfg, or below it: signals, terminal and exit code are its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from kcfg.errors import KcfgError
from kcfg.run.limit import CoreLimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127  # as env, nohup and timeout have it
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT")
_FROM_TERMINAL = ("SIGINT", "SIGQUIT")


class RunError(KcfgError):
    """The command could not be started."""

    exit_code = FAILED


def find(command: str, environ: dict[str, str]) -> str:
    """Return the path of a program. Raises RunError as a shell would: 127 not found, 126 not executable."""
    from shutil import which

    if found := which(command, path=environ.get("PATH", os.defpath)):
        return found
    if os.path.dirname(command) and os.path.exists(command):
        what = "is a folder" if os.path.isdir(command) else "not executable"
        error = RunError(f"{command}: {what}", hint="check its file mode")
        error.exit_code = NOT_EXECUTABLE
    else:
        error = RunError(f"{command}: not found", hint="check PATH and spelling")
        error.exit_code = NOT_FOUND
    raise error


def become(argv: Sequence[str], environ: dict[str, str]) -> int:
    """Replace this process by the command; returns only by raising."""
    program = find(argv[0], environ)
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and a new program would go on ignoring it
    try:
        os.execve(program, list(argv), environ)  # noqa: S606
    except OSError as error:
        raise _refused(argv[0], error) from None


def start(argv: Sequence[str], environ: dict[str, str], **more: object) -> subprocess.Popen[bytes]:
    """Start the command below this process. Raises RunError."""
    try:
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]  # noqa: S603
            list(argv), executable=find(argv[0], environ), env=environ, **more
        )
    except OSError as error:
        raise _refused(argv[0], error) from None


def _refused(name: str, error: OSError) -> RunError:
    reason = (error.strerror or "cannot be run").lower()
    refused = RunError(f"{name}: {reason}", hint="is it a program for this machine?")
    refused.exit_code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    return refused


def run_below(argv: Sequence[str], environ: dict[str, str], limit: CoreLimit) -> int:
    """Run the command below this process, handing signals on; return its exit code, 128+n where signal n ended it.

    Raises RunError if it cannot be started.
    """
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: object) -> None:
        if child is None:
            early.append(number)
        elif signal.Signals(number).name in _FROM_TERMINAL and _in_foreground():
            pass  # the terminal has told the command itself
        elif child.poll() is None:
            child.send_signal(number)

    # Before there is a child: its first word may bring a Ctrl-C. Handlers, not SIG_IGN, which programs inherit.
    before = {each: signal.signal(each, forward) for each in _numbers()}
    try:
        with limit:
            child = start(argv, environ)
        for number in early:
            child.send_signal(number)
        return exit_code(child.wait())
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def exit_code(status: int) -> int:
    """Return what a shell says of a status: 128+n where signal n ended the program."""
    return 128 - status if status < 0 else status
