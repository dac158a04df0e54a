"""Many at once: one that hangs costs nobody else anything."""

import threading
import time

import pytest

from kcfg.connect.parallel import Parallel


def test_one_that_hangs_is_left_behind():
    never = threading.Event()

    def work(name, clock):
        if name == "hangs":
            clock.reach("tcp")
            never.wait(3600)
        return name.upper()

    wanted = {"a": "A", "b": "B", "c": "C", "hangs": "late at tcp"}
    for limit in (0.3, 5, 60):  # on a busy machine those that do not hang may be late too
        parallel = Parallel(work, lambda name, clock: f"late at {clock.step}", limit)
        results = parallel.run(["a", "hangs", "b", "c"], 2, lambda *_: None)
        if results == wanted:
            break
    never.set()

    assert results == wanted


def test_a_clock_that_is_paused_does_not_run_out():
    for limit in (0.2, 5):

        def work(name, clock, paused=4 * limit):
            clock.pause()
            time.sleep(paused)
            clock.restart()
            return name

        results = Parallel(work, lambda *_: "late", limit).run(["a"], 1, lambda *_: None)
        if results == {"a": "a"}:
            break

    assert results == {"a": "a"}


def test_no_more_at_once_than_allowed_and_every_step_is_told():
    now, most, told = [0], [0], []
    guard, full = threading.Lock(), threading.Event()

    def work(name, _):
        with guard:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 3:
                full.set()
        full.wait(60)
        time.sleep(0.02)
        with guard:
            now[0] -= 1
        return name

    names = [str(number) for number in range(20)]
    Parallel(work, lambda *_: "late", 600).run(names, 3, lambda done, waiting: told.append((done, len(waiting))))

    assert most[0] == 3
    assert told[-1] == (20, 0)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_bug_in_a_question_is_not_swallowed():
    def work(name, clock):
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        Parallel(work, lambda *_: "late", 5).run(["a"], 1, lambda *_: None)
