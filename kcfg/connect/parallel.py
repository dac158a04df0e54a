"""Many questions at once, each with a deadline of its own; one that hangs is left behind, and nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

R = TypeVar("R")


class Clock:
    """How long a question may still take, and how far it came. While it is paused nothing runs out."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.step = ""
        self.started = time.monotonic()
        self.deadline: float = self.started + seconds

    def pause(self) -> None:
        """Stop the clock: something else has a deadline now."""
        self.deadline = float("inf")

    def restart(self) -> None:
        """Start again with the whole time."""
        self.deadline = time.monotonic() + self.seconds

    def reach(self, step: str) -> None:
        """Remember what is being done."""
        self.step = step


class Parallel(Generic[R]):
    """Runs `work(name, clock)` for names in daemon threads; `late(name, clock)` gives the result of one that hangs."""

    # A socket's own deadline comes first and says more.
    grace = 0.25

    def __init__(self, work: Callable[[str, Clock], R], late: Callable[[str, Clock], R], seconds: float) -> None:
        self._work = work
        self._late = late
        self._seconds = seconds
        self._done: SimpleQueue[tuple[str, R | Exception]] = SimpleQueue()
        self._running: dict[str, Clock] = {}

    def run(self, names: Sequence[str], at_once: int, told: Callable[[int, list[str]], None]) -> dict[str, R]:
        """Return the result for each name; `told` hears how many are done and which are still asked."""
        waiting = list(reversed(names))
        results: dict[str, R] = {}
        while waiting or self._running:
            while waiting and len(self._running) < at_once:
                self._start(waiting.pop())
            self._collect(results)
            told(len(results), list(self._running))
        return results

    def _start(self, name: str) -> None:
        clock = self._running[name] = Clock(self._seconds)

        def work() -> None:
            try:
                self._done.put((name, self._work(name, clock)))
            except Exception as error:
                self._done.put((name, error))

        Thread(target=work, daemon=True, name=name).start()

    def _collect(self, results: dict[str, R]) -> None:
        first = min(clock.deadline for clock in self._running.values()) + self.grace
        try:
            name, result = self._done.get(timeout=min(max(first - time.monotonic(), 0.001), 0.1))
        except Empty:
            for name, clock in list(self._running.items()):
                if clock.deadline + self.grace <= time.monotonic():
                    del self._running[name]
                    results[name] = self._late(name, clock)
            return
        if name not in self._running:
            return  # it came after all
        del self._running[name]
        if isinstance(result, Exception):
            raise result
        results[name] = result
