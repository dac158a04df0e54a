"""The same command for many contexts at once: whole lines with the context before them, and who failed."""

from __future__ import annotations

import signal
import subprocess
import sys
from queue import SimpleQueue
from threading import Lock, Thread

from kcfg.run.child import RunError, exit_code, start
from kcfg.run.limit import CoreLimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

_GRACE = 10.0  # seconds between being asked to end and being ended
_LONGEST = 1 << 16  # bytes of a line that are held back


class Interrupted(KeyboardInterrupt):
    """Somebody wants all of them to end."""


class Many:
    """Runs a command once for each context, so many at a time."""

    def __init__(
        self,
        argv: Sequence[str],
        environ_of: Callable[[str], dict[str, str]],
        shown: dict[str, str],
        limit: CoreLimit,
    ) -> None:
        self._argv = argv
        self._environ_of = environ_of
        self._limit = limit
        width = max(map(len, shown.values()), default=0)
        self._leads = {name: f"{text.ljust(width)} | ".encode() for name, text in shown.items()}
        self._writing = Lock()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._done: SimpleQueue[tuple[str, int]] = SimpleQueue()

    def run(self, names: Sequence[str], at_once: int) -> dict[str, int]:
        """Return each context's exit code. Raises Interrupted when all were ended by a signal."""
        waiting, codes = list(reversed(names)), dict[str, int]()
        before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while waiting or len(codes) < len(names):
                while waiting and len(self._running) < at_once:
                    self._start(waiting.pop())
                name, code = self._done.get()
                self._running.pop(name, None)
                codes[name] = code
        except Interrupted:
            self._end_all()
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return {name: codes[name] for name in names}

    def _start(self, name: str) -> None:
        try:
            # A group of its own: kcfg hands the terminal's signals on, once.
            environ = self._environ_of(name)
            pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            with self._limit:
                child = start(self._argv, environ, process_group=0, **pipes)
        except RunError as error:
            self._put(name, f"kcfg: error: {error.message}\n".encode(), sys.stderr.buffer)
            self._done.put((name, error.exit_code))
            return
        self._running[name] = child
        Thread(target=self._follow, args=(name, child), daemon=True).start()

    def _follow(self, name: str, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        assert child.stderr is not None
        other = Thread(target=self._copy, args=(name, child.stderr, sys.stderr.buffer), daemon=True)
        other.start()
        self._copy(name, child.stdout, sys.stdout.buffer)
        other.join()
        self._done.put((name, exit_code(child.wait())))

    def _copy(self, name: str, source: IO[bytes], target: IO[bytes]) -> None:
        while line := source.readline(_LONGEST):
            self._put(name, line if line.endswith(b"\n") else line + b"\n", target)

    def _put(self, name: str, line: bytes, target: IO[bytes]) -> None:
        with self._writing:
            try:
                target.write(self._leads[name] + line)
                target.flush()
            except OSError:  # the reader went away; the commands go on, as they would in a shell's loop
                pass

    def _end_all(self) -> None:
        for child in self._running.values():
            _signal(child, signal.SIGINT)
        for child in self._running.values():
            try:
                child.wait(_GRACE)
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)


def _interrupt(_number: int, _frame: object) -> None:
    raise Interrupted


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    import os

    try:
        os.killpg(child.pid, number)
    except OSError:
        pass
