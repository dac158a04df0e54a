"""Processes as threads of which one runs at a time: at each call of the system a seeded choice says who goes on."""

import io
import os
import sys
import threading
from collections import Counter

import kcfg.files

PATIENCE = 120  # seconds of real time, after which a run hangs


class Killed(BaseException):
    """This process is gone: nothing that it still tries has an effect."""


class Said(io.TextIOWrapper):
    """What a process says, in memory; its descriptor leads nowhere."""

    nowhere = os.open(os.devnull, os.O_RDWR)

    def __init__(self):
        super().__init__(io.BytesIO(), "utf-8", write_through=True)

    def fileno(self):
        return self.nowhere


class Process:
    """One writer: its pid, its environment, what it says, the files that it has open, and its exit code."""

    def __init__(self, name, work, environ, pid):
        self.name, self.work, self.environ, self.pid = name, work, dict(environ), pid
        self.out = Said()
        self.read = set()
        self.files = {}
        self.is_alive, self.is_done, self.wake = True, False, 0.0
        self.code, self.failure, self.effects = None, None, 0
        self.calls = Counter()
        self.turn = threading.Semaphore(0)

    def said(self):
        return self.out.buffer.getvalue().decode(errors="replace")


class Scheduler:
    """Runs processes to their ends, one call of the system at a time."""

    def __init__(self, rng, clock):
        self._rng, self._clock = rng, clock
        self._eager = rng.choice((0.02, 0.1, 0.3, 0.6))  # how often another one gets its turn
        self._end = threading.Semaphore(0)
        self._local = threading.local()
        self.processes = []

    def current(self):
        """Return the process that this thread is; None for the rest of Python."""
        return getattr(self._local, "process", None)

    def run(self, processes):
        """Run these to their ends."""
        kept = os.environ._data, kcfg.files._read, sys.stdout, sys.stderr, sys.stdin
        self.processes = processes
        threads = [threading.Thread(target=self._live, args=(each,), daemon=True) for each in processes]
        for each in threads:
            each.start()
        try:
            self._next(None)
            if not self._end.acquire(timeout=PATIENCE):
                raise TimeoutError("the simulation hangs")
            for each in threads:
                each.join(PATIENCE)
        finally:
            os.environ._data, kcfg.files._read, sys.stdout, sys.stderr, sys.stdin = kept

    def pause(self):
        """Let somebody else go on, or not."""
        me = self.current()
        self._clock.tick()
        if len(self.processes) > 1 and self._rng.random() < self._eager:
            self._next(me)
            self._wait(me)
        if not me.is_alive:
            raise Killed

    def sleep(self, seconds):
        """Go on when the clock says so."""
        me = self.current()
        if not me.is_alive:
            raise Killed
        me.wake = self._clock.now + max(seconds, 0)
        self._next(me)
        self._wait(me)
        if not me.is_alive:
            raise Killed

    def _live(self, me):
        self._local.process = me
        try:
            self._wait(me)
            if me.is_alive:
                me.code = me.work()
        except Killed:
            pass
        except BaseException as error:
            me.failure = error
        finally:
            me.is_done = True
            me.bury(me)
            self._next(me)

    def _next(self, me):
        waiting = [each for each in self.processes if not each.is_done]
        if not waiting:
            self._end.release()
            return
        ready = [each for each in waiting if each.wake <= self._clock.now or not each.is_alive]
        if not ready:
            self._clock.now = min(each.wake for each in waiting)
            ready = [each for each in waiting if each.wake <= self._clock.now]
        chosen = self._rng.choice(ready)
        chosen.turn.release()

    def _wait(self, me):
        if not me.turn.acquire(timeout=PATIENCE):
            raise TimeoutError("the simulation hangs")
        # What each process has for itself: one runs at a time.
        os.environ._data = {os.fsencode(name): os.fsencode(value) for name, value in me.environ.items()}
        kcfg.files._read = me.read
        sys.stdout = sys.stderr = me.out
        sys.stdin = me.stdin
