"""Staged files into their places: all of them, or none.

A journal says what comes; the old files get a second name; then one rename each. A refusal takes back what was done.
What a kill interrupts is ended by the next edit of one of the files (`settle`), if each is exactly the old or exactly
the new one.
"""

from __future__ import annotations

import os
import stat

from kcfg import journal
from kcfg.errors import FileError, KcfgError
from kcfg.files import fill, read_bytes, read_if_exists, refusal, sync_folder, unlink
from kcfg.journal import Journal, Step, digest, place
from kcfg.lock import locks
from kcfg.temporaries import open_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def commit(
    steps: Sequence[Step],
    salt: bytes,
    prepare: Iterable[Callable[[], None]],
    moves: Iterable[Callable[[], None]],
    *,
    derived: bool,
) -> None:
    """Move what is staged into its places, all or none of it. Raises FileError."""
    record = _begin(steps, salt, derived=derived)
    at = steps[0].target
    try:
        for each in prepare:
            each()
        for step in steps:
            at = step.target
            _keep(step)
        for step, move in zip(steps, moves, strict=True):
            at = step.target
            move()
    except (OSError, KcfgError) as error:
        raise _refused(steps, salt, refusal(at, error) if isinstance(error, OSError) else error, record) from None
    except BaseException:
        _give_up(steps, salt, record)
        raise
    _sync(steps)
    tidied = _tidy(steps)
    if record is not None:
        record.close(remove=tidied)


def _begin(steps: Sequence[Step], salt: bytes, *, derived: bool) -> Journal | None:
    try:
        return journal.begin(steps, salt, os.environ)
    except FileError as error:
        if derived:
            return None
        hint = "an edit of several files is recorded there first; nothing was changed"
        raise FileError(error.message, location=error.location, hint=hint) from None


def _keep(step: Step) -> None:
    """Give the old file another name, or copy it where it can have but one."""
    if not step.before:
        return
    try:
        os.link(step.target, step.kept, follow_symlinks=False)
    except OSError:
        handle = open_named(step.kept)
        try:
            fill(handle, read_bytes(step.target), stat.S_IMODE(os.lstat(step.target).st_mode))
        finally:
            os.close(handle)


def _give_up(steps: Sequence[Step], salt: bytes, record: Journal | None) -> str:
    """Take back what was done; return what came of it. What could not be done is left to who edits next."""
    try:
        outcome = _end(steps, salt)
    except KcfgError:
        outcome = "half"
    tidied = outcome != "half" and _tidy(steps)
    if record is not None:
        record.close(remove=tidied)
    return outcome


def _refused(steps: Sequence[Step], salt: bytes, error: KcfgError, record: Journal | None) -> FileError:
    """Return what was wrong, with what stands now."""
    if _give_up(steps, salt, record) == "taken back":
        hint = error.problems[0].hint
        more = "nothing was changed"
        return FileError(error.message, location=error.location, hint=f"{hint}; {more}" if hint else more)
    new = [each.target for each in steps if digest(salt, read_if_exists(each.target)) == each.after]
    return FileError(
        f"{error.message}; what was done could not be taken back: changed is {', '.join(new)}",
        location=error.location,
        hint="run it again: kcfg first ends what was interrupted",
    )


def _end(steps: Sequence[Step], salt: bytes) -> str:
    """Take an interrupted edit back, or finish it; return which, or `left` where that cannot be. Raises FileError."""
    new = [each for each in steps if digest(salt, read_if_exists(each.target)) == each.after]
    old = [each for each in steps if each not in new and digest(salt, read_if_exists(each.target)) == each.before]
    if len(new) == len(steps):
        return "finished"
    if len(new) + len(old) < len(steps):
        return "left"
    if all(not each.before or digest(salt, read_if_exists(each.kept)) == each.before for each in new):
        for each in new:
            _apply(each, each.kept if each.before else "")
        return "taken back"
    if all(digest(salt, read_if_exists(each.staged)) == each.after for each in old):
        for each in old:
            _apply(each, each.staged)
        return "finished"
    return "left"


def _apply(step: Step, source: str) -> None:
    try:
        if source:
            os.replace(source, step.target)
        else:
            os.unlink(step.target)
    except OSError as error:
        raise refusal(step.target, error) from None


def _tidy(steps: Sequence[Step]) -> bool:
    """Remove what the files were called meanwhile; return whether all of it is gone."""
    names = [name for step in steps for name in (step.kept, step.staged) if os.path.lexists(name)]
    for name in names:
        unlink(name)
    _sync(steps)
    return not any(os.path.lexists(name) for name in names)


def _sync(steps: Sequence[Step]) -> None:
    """Flush the names of the files: before the old ones go for good, as each folder comes to the disk when it likes."""
    for folder in dict.fromkeys(os.path.dirname(each.target) for each in steps):
        sync_folder(folder)


def settle(paths: Iterable[str] | None = None, *, break_lock: bool = False) -> None:
    """End what was interrupted: edits of one of the paths; with None every edit whose files can be had now.

    Raises FileError where one of the paths' cannot be ended.
    """
    for path in journal.names(os.environ):
        record = journal.take(path)
        if record is None:
            continue
        ended = False
        try:
            if paths is None or not record.steps or journal.concerns(record.steps, paths):
                ended = _settle(record, break_lock=break_lock)
        except KcfgError:
            if paths is not None:
                raise
        finally:
            record.close(remove=ended)


_folder = os.path.dirname


def _settle(record: Journal, *, break_lock: bool) -> bool:
    """End an edit; return whether its journal may go."""
    from kcfg.printing import tell

    # What was staged in a folder of its own is written without locks: nobody edits it.
    steps = [
        each
        for each in record.steps
        if _folder(each.staged) == _folder(each.target) and os.path.isdir(_folder(each.target))
    ]
    order = {place(each.target): each.target for each in steps}
    with locks([order[each] for each in sorted(order)], break_lock=break_lock):
        outcome = _end(record.steps, record.salt)
        _sync(record.steps)
        tidied = _tidy(record.steps)
    names = ", ".join(each.target for each in record.steps)
    if outcome == "left":
        tell(f"kcfg: warning: an edit of {names} was interrupted, and others changed them since: left as they are")
    elif record.steps:
        tell(f"kcfg: note: an interrupted edit of {names} was {outcome}")
    return tidied
