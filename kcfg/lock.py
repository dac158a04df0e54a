"""kubectl's lock file, `<file>.lock`. What writes a kubeconfig takes it by `kcfg.transaction.locked`."""

from __future__ import annotations

import os
import time

from kcfg.files import place_of, refusal, unlink
from kcfg.holder import OURS, Holder, boot_id, break_lock, busy, look, remove_dead
from kcfg.temporaries import flock, give_name, is_at, open_named, open_unnamed


class lock:  # noqa: N801  (used as `with lock(path):`)
    """kubectl's `<file>.lock`: kubectl and kcfg exclude one another.

    Ours holds pid and boot id and is flocked while its process lives: one that a killed kcfg left is removed. An
    empty one is kubectl's: its age is told with the remedy, and only `break_lock` removes it.
    """

    def __init__(self, path: str, *, timeout: float = 10.0, break_lock: bool = False) -> None:
        self.path = place_of(path) + ".lock"
        self.timeout = timeout
        self.break_lock = break_lock
        self._handle = -1

    def __enter__(self) -> None:
        deadline = time.monotonic() + self.timeout
        pause = 0.002
        while not self._take():
            found = look(self.path)
            late = time.monotonic() >= deadline
            if found is None and late:
                raise busy(self.path)
            if found is not None and (late or found.lasting):
                raise found.told(waited=self.timeout)
            time.sleep(pause * (0.5 + os.urandom(1)[0] / 255))
            pause = min(pause * 1.5, 0.05)

    def __exit__(self, *_: object) -> None:
        if is_at(self._handle, self.path):  # somebody may have removed ours, and another one made the next
            unlink(self.path)
        os.close(self._handle)

    def _take(self) -> bool:
        for _ in range(2):
            try:
                self._handle = self._make()
            except FileExistsError:
                if not (remove_dead(self.path) or (self.break_lock and break_lock(self.path))):
                    return False
            except OSError as error:
                raise refusal(self.path, error) from None
            else:
                return True
        return False

    def _make(self) -> int:
        """Make the lock with its content, so that it is never seen without. Raises FileExistsError."""
        handle = open_unnamed(os.path.dirname(self.path), OURS)
        named = handle < 0
        if named:
            handle = open_named(self.path, OURS)
        try:
            flock(handle)
            os.pwrite(handle, f"{os.getpid()} {boot_id()}\n".encode(), 0)
            if not named:
                give_name(handle, self.path)
        except BaseException:
            if named:
                unlink(self.path)
            os.close(handle)
            raise
        return handle


class locks:  # noqa: N801
    """The locks of several files, taken in the order that is given and released when the last one is done with."""

    def __init__(self, paths: list[str], *, break_lock: bool = False) -> None:
        self._locks = [lock(path, break_lock=break_lock) for path in paths]
        self._held: list[lock] = []

    def __enter__(self) -> None:
        try:
            for each in self._locks:
                each.__enter__()
                self._held.append(each)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        while self._held:
            self._held.pop().__exit__()


def remove_left_over(path: str) -> None:
    """Remove the lock of a kcfg that was killed, which would keep kubectl away; one that is in use stays."""
    file = os.path.realpath(path) + ".lock"
    if os.path.lexists(file):
        remove_dead(file)


def holder_of(path: str) -> Holder | None:
    """Return who holds a file's lock; None when there is no lock."""
    return look(os.path.realpath(path) + ".lock")
