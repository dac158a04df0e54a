"""What an edit of several files is about to do, so that the next kcfg can end what a kill interrupted.

Below the state folder: paths, salted digests, names of temporaries; never contents. The writer of a journal holds its
flock: whoever gets that of one knows that its edit was interrupted.
"""

from __future__ import annotations

import os

from kcfg.errors import FileError
from kcfg.files import fill, refusal, sync_folder, unlink
from kcfg.plainjson import parse_json
from kcfg.state import make_state_folder, state_dir
from kcfg.temporaries import flock, give_name, is_at, open_named, open_unnamed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

_FIELDS = ("target", "before", "after", "staged", "kept")


class Step:
    """One file of an edit: its real path, digests of what was and of what comes, and where both stand meanwhile.

    `before` is empty where there was no file. `kept` is another name of the old file, up to the end.
    """

    __slots__ = ("after", "before", "kept", "staged", "target")

    def __init__(self, target: str, before: str, after: str, staged: str, kept: str) -> None:
        self.target = target
        self.before = before
        self.after = after
        self.staged = staged
        self.kept = kept


class Journal:
    """A journal that this process holds."""

    __slots__ = ("_handle", "path", "salt", "steps")

    def __init__(self, path: str, handle: int, salt: bytes, steps: Sequence[Step]) -> None:
        self.path = path
        self.salt = salt
        self.steps = steps
        self._handle = handle

    def close(self, *, remove: bool) -> None:
        """Let go of it."""
        if remove:
            unlink(self.path)
            sync_folder(os.path.dirname(self.path))
        os.close(self._handle)


def digest(salt: bytes, data: bytes | None) -> str:
    """Return the salted digest of a file's bytes; of no file it is empty."""
    from hashlib import sha256

    return "" if data is None else sha256(salt + data).hexdigest()


def begin(steps: Sequence[Step], salt: bytes, environ: Mapping[str, str]) -> Journal:
    """Write a journal, flushed, under a name once it is whole. Raises FileError."""
    import json

    value = {"salt": salt.hex(), "files": [{name: getattr(each, name) for name in _FIELDS} for each in steps]}
    folder = make_state_folder("journal/", environ)
    path = os.path.join(folder, f"{os.urandom(8).hex()}.json")
    handle, is_named = -1, False
    try:
        handle = open_unnamed(folder)
        if handle < 0:
            handle, is_named = open_named(path), True
        flock(handle)
        fill(handle, (json.dumps(value, indent=1) + "\n").encode())
        if not is_named:
            give_name(handle, path)
        sync_folder(folder)
    except OSError as error:
        unlink(path)
        if handle >= 0:
            os.close(handle)
        raise refusal(path, error) from None
    return Journal(path, handle, salt, steps)


def names(environ: Mapping[str, str]) -> list[str]:
    """Return the paths of all journals: none, but for edits that run or were interrupted."""
    folder = os.path.join(state_dir(environ), "journal")
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".json")]
    except OSError:
        return []


def take(path: str) -> Journal | None:
    """Return the journal of an edit that was interrupted; None where it runs, or ended meanwhile."""
    try:
        handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    if flock(handle) is False or not is_at(handle, path):
        os.close(handle)
        return None
    found = read(path)
    return Journal(path, handle, *(found or (b"", [])))


def read(path: str) -> tuple[bytes, list[Step]] | None:
    """Return the salt and the steps of a journal; None of one that is not whole: its edit has replaced nothing."""
    from kcfg.files import read_bytes

    try:
        value: Any = parse_json(read_bytes(path).decode())
        steps = [Step(*(str(each[name]) for name in _FIELDS)) for each in value["files"]]
        paths = [os.fsencode(path) for each in steps for path in (each.target, each.staged, each.kept)]
        if any(b"\0" in path for path in paths):
            return None
        return bytes.fromhex(value["salt"]), steps
    except (FileError, ValueError, TypeError, LookupError):
        return None


def all_steps(environ: Mapping[str, str]) -> Iterator[list[Step]]:
    """Yield the steps of every journal, of edits that run too."""
    for path in names(environ):
        found = read(path)
        if found is not None:
            yield found[1]


def concerns(steps: Iterable[Step], paths: Iterable[str]) -> bool:
    """Return whether one of the files is among the paths, whatever their spelling."""
    mine = {place(each.target) for each in steps}
    return any(place(path) in mine for path in paths)


def place(path: str) -> tuple[int, int, str]:
    """Return what tells a file's place, whatever its spelling and however often it was replaced."""
    folder, name = os.path.split(os.path.realpath(path))
    try:
        found = os.stat(folder)
    except OSError:
        return 0, 0, os.path.join(folder, name)
    return found.st_dev, found.st_ino, name
