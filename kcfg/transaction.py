"""A file, or several as one, under their locks: all of them change, or none.

Every file that changes is locked; what takes its place is written, flushed and read back, and what cannot be replaced
found out, before the first is moved (`commit`).
"""

from __future__ import annotations

import errno
import os
import stat
import time

from kcfg import journal
from kcfg.commit import commit, settle
from kcfg.errors import FileError, Location
from kcfg.files import Staged, make_folder, read_if_exists, refusal, sync_folder, write_atomic
from kcfg.journal import Step, digest, place
from kcfg.lock import locks, remove_left_over
from kcfg.temporaries import temporary_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kcfg.modes import Secret

    Transform = Callable[[bytes | None], bytes | None]

_PATIENCE = 10.0  # seconds to wait for another kcfg that ends an interrupted edit


class Replacement:
    """The bytes of one file, before (None: there is none) and after."""

    __slots__ = ("after", "before", "mode", "secret")

    def __init__(self, before: bytes | None, after: bytes, *, mode: int | None = None, secret: Secret = False) -> None:
        self.before = before
        self.after = after
        self.mode = mode
        self.secret = secret


def edit_file(
    path: str,
    transform: Callable[[bytes | None], bytes | None],
    *,
    secret: Secret = False,
    break_lock: bool = False,
    record: Callable[[str, bytes | None, bytes], None] | None = None,
) -> bool:
    """Lock, read, transform, write: the protocol of every command that changes a file.

    `transform` gets the file's bytes (None if it is missing) and returns the new ones (None: leave it). `record` is
    told (path, before, after) of a write before the lock is released. Returns whether anything was written.
    """
    make_folder(path)
    with locked([path], break_lock=break_lock):
        before = read_if_exists(path)
        after = transform(before)
        if after is None or after == before:
            return False
        write_atomic(path, after, secret=secret)
        if record is not None:
            record(path, before, after)
        return True


def edit_files(
    changes: Mapping[str, Transform],
    *,
    mode: int | None = None,
    secret: Secret = False,
    break_lock: bool = False,
    derived: bool = False,
) -> list[str]:
    """Lock, read, transform and write files, all or none of them; return those that were written.

    A transform gets the bytes (None: no file) and returns the new ones (None: leave it); it runs twice, before and
    under the locks. What is `secret` and open to others is written, and so closed, where its bytes are the same, too.
    `derived` files can be made again: no journal is needed where the state folder cannot be used.
    """
    settle(changes, break_lock=break_lock)
    paths = [path for path, change in changes.items() if _differs(path, b := read_if_exists(path), change(b), secret)]
    for path in changes.keys() - set(paths):
        remove_left_over(path)
    if not paths:
        return []
    made = _make_folders(paths)
    try:
        with locked(paths, break_lock=break_lock):
            found = {path: read_if_exists(path) for path in paths}
            wanted = {path: (before, changes[path](before)) for path, before in found.items()}
            whole = {
                path: Replacement(before, after, mode=mode, secret=secret)
                for path, (before, after) in wanted.items()
                if after is not None and _differs(path, before, after, secret)
            }
            write_all(whole, derived=derived)
            return list(whole)
    except BaseException:
        _remove_empty(made)
        raise


def _differs(path: str, before: bytes | None, after: bytes | None, secret: Secret) -> bool:
    from kcfg.modes import must_close

    return after is not None and (after != before or must_close(path, after, secret))


def write_all(changes: Mapping[str, Replacement], *, derived: bool = False) -> None:
    """Write files whose locks are held, all or none of them. Raises FileError."""
    staged: list[Staged] = []
    try:
        if len(changes) > 1:
            _require_replaceable(changes)
        for path, change in changes.items():
            staged.append(Staged(path, change.after, mode=change.mode, secret=change.secret))
        if len(staged) == 1:
            _move(staged[0])
            return
        salt = os.urandom(16)
        steps = [
            Step(
                each.target, digest(salt, change.before), digest(salt, change.after), each.temporary,
                temporary_of(each.target),
            )
            for each, change in zip(staged, changes.values(), strict=True)
        ]  # fmt: skip
        commit(steps, salt, [each.give_name for each in staged], [each.replace for each in staged], derived=derived)
    finally:
        for each in staged:
            each.close()


def _move(staged: Staged) -> None:
    try:
        staged.give_name()
        staged.replace()
    except OSError as error:
        raise refusal(staged.target, error) from None
    sync_folder(os.path.dirname(staged.target))


class locked(locks):  # noqa: N801  (used as `with locked(paths):`)
    """The locks of several files, with no interrupted edit of them left to end.

    Their order is that of the places, by the folder's device and inode, and the name: a file's own inode is another
    one after every edit, and two kcfgs would wait for one another.
    """

    def __init__(self, paths: Iterable[str], *, break_lock: bool = False) -> None:
        places = {place(path): path for path in reversed(list(paths))}
        self._paths = [places[each] for each in sorted(places)]
        self._break_lock = break_lock
        super().__init__(self._paths, break_lock=break_lock)

    def __enter__(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            settle(self._paths, break_lock=self._break_lock)
            super().__enter__()
            if not any(journal.concerns(steps, self._paths) for steps in journal.all_steps(os.environ)):
                return
            self.__exit__()  # who ends it needs them
            if time.monotonic() > deadline:
                raise FileError("another kcfg ends an interrupted edit", location=Location(self._paths[0]))
            time.sleep(0.01)


def _require_replaceable(paths: Iterable[str]) -> None:
    """Raise FileError where a rename would be refused, before anything is written."""
    mounts = _mount_points()
    for path in paths:
        target = os.path.realpath(path)
        try:
            found, folder = os.lstat(target), os.stat(os.path.dirname(target))
        except OSError:  # it is new, or the write itself tells what is wrong
            continue
        own = (0, found.st_uid, folder.st_uid)
        if target in mounts:
            raise refusal(path, OSError(errno.EBUSY, os.strerror(errno.EBUSY)))
        if folder.st_mode & stat.S_ISVTX and os.geteuid() not in own:
            raise refusal(path, PermissionError(errno.EPERM, os.strerror(errno.EPERM)))


def _mount_points() -> set[str]:
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            fields = [line.split(b" ")[4] for line in file]
    except (OSError, IndexError):
        return set()
    return {os.fsdecode(each.decode("unicode_escape").encode("latin-1")) for each in fields}


def _make_folders(paths: Iterable[str]) -> list[str]:
    made: list[str] = []
    for path in paths:
        at = os.path.dirname(os.path.realpath(path))
        missing = []
        while at and not os.path.lexists(at):
            missing.append(at)
            at = os.path.dirname(at)
        made += reversed(missing)
        make_folder(path)
    return made


def _remove_empty(folders: Sequence[str]) -> None:
    for folder in reversed(folders):
        try:
            os.rmdir(folder)
        except OSError:  # not empty: somebody uses it
            pass
