"""One program for many contexts: some at once, whole lines with the context's name, all ended by one Ctrl-C."""

from __future__ import annotations

import os
import signal
import time
from threading import Lock, Thread

from kcfg.dataclass import dataclass, field
from kcfg.run.child import exit_code, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kcfg.memory import Memory
    from kcfg.run.child import FileAction, Signals
    from kcfg.run.memfile import File

    Place = Callable[[str], Memory | File]

_LONGEST = 1 << 20  # of a line that does not end
_DRAIN = 0.5  # seconds for what a child has left in its pipes; its own children may keep them open for long
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@dataclass(frozen=True, slots=True)
class Result:
    """How one context's program ended; without a code it was not started."""

    context: str
    code: int | None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Program:
    """What is run for each context, and where its lines go: file handles, and what stands before a line."""

    path: str
    argv: Sequence[str]
    environ: Callable[[str, str], Mapping[str, str]]  # for a context and its kubeconfig
    outputs: tuple[int, int]
    prefix: Callable[[str, int], bytes]  # for a context, on the first or second output


@dataclass(slots=True)
class _Running:
    context: str
    place: Memory | File
    started: float
    pumps: list[Thread] = field(default_factory=list)


class Many:
    """Runs a program for contexts; `place` puts a context's kubeconfig somewhere."""

    def __init__(self, program: Program, place: Place, signals: Signals) -> None:
        self._program = program
        self._place = place
        self._signals = signals
        self._locks = (Lock(), Lock())
        self._running: dict[int, _Running] = {}
        self._results: dict[str, Result] = {}
        self.ended_by = 0  # the signal that made an end of all

    def run(self, contexts: Sequence[str], at_once: int) -> list[Result]:
        """Return how each ended, in the order of the contexts."""
        waiting = list(reversed(contexts))
        try:
            while (waiting and not self.ended_by) or self._running:
                while waiting and len(self._running) < at_once and not self.ended_by:
                    self._start(waiting.pop())
                self._handle(*self._signals.wait())
        finally:
            for pid, running in self._running.items():  # only after an error of our own
                send(pid, signal.SIGTERM)
                running.place.close()
        return [self._results.get(name, Result(name, None)) for name in contexts]

    def _start(self, context: str) -> None:
        running = _Running(context, self._place(context), time.monotonic())
        pipes = os.pipe(), os.pipe()
        files: list[FileAction] = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
        files += [(os.POSIX_SPAWN_DUP2, pipe[1], at) for at, pipe in enumerate(pipes, 1)]
        program = self._program
        try:
            pid = self._signals.spawn(program.path, program.argv, program.environ(context, running.place.path), files)
        except BaseException:
            for end in (*pipes[0], *pipes[1]):
                os.close(end)
            running.place.close()
            raise
        for at, (reading, writing) in enumerate(pipes):
            os.close(writing)
            running.pumps.append(Thread(target=self._pump, args=(context, reading, at), daemon=True))
            running.pumps[-1].start()
        self._running[pid] = running

    def _handle(self, signum: int, everywhere: bool) -> None:
        if signum == signal.SIGCHLD:
            self._collect()
            return
        if signum in _ENDING:
            # Who asks twice wants it now.
            signum, self.ended_by = (signal.SIGKILL if self.ended_by else signum), self.ended_by or signum
            everywhere = everywhere and signum != signal.SIGKILL
        if not everywhere:
            for pid in self._running:
                send(pid, signum)
        if signum == signal.SIGTSTP:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _collect(self) -> None:
        for pid, running in list(self._running.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                continue
            del self._running[pid]
            running.place.close()
            deadline = time.monotonic() + _DRAIN
            for pump in running.pumps:
                pump.join(max(deadline - time.monotonic(), 0.0))
            seconds = time.monotonic() - running.started
            self._results[running.context] = Result(running.context, exit_code(status), seconds)

    def _pump(self, context: str, reading: int, at: int) -> None:
        """Copy a child's lines; when nobody reads ours any more, the child hears of it as it would without us."""
        prefix, rest = self._program.prefix(context, at), b""
        try:
            while piece := os.read(reading, 1 << 16):
                rest += piece
                if len(rest) > _LONGEST and b"\n" not in piece:
                    rest += b"\n"
                lines, found, rest = rest.rpartition(b"\n")
                if found:
                    self._write(lines.split(b"\n"), prefix, at)
            if rest:
                self._write([rest], prefix, at)
        except OSError:
            pass
        finally:
            os.close(reading)

    def _write(self, lines: list[bytes], prefix: bytes, at: int) -> None:
        # What follows a carriage return is a line of its own, for a terminal and for the log of a CI job.
        again = b"\r" + prefix
        text = b"".join(prefix + line[:-1].replace(b"\r", again) + line[-1:] + b"\n" for line in lines)
        with self._locks[at]:
            while text:
                text = text[os.write(self._program.outputs[at], text) :]
