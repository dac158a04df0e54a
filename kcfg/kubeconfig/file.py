"""Kubeconfig files on disk: the search path, reading what another program may be writing, changing them safely."""

from __future__ import annotations

import os
import stat
import time

from kcfg.errors import FileError, KcfgError, KubeconfigError, Location, Problem
from kcfg.files import make_folder, place_of, read_if_exists, read_stream, unique, write_atomic
from kcfg.kubeconfig.document import KubeconfigFile, text_holds_secret
from kcfg.kubeconfig.merge import merge
from kcfg.kubeconfig.model import SECTIONS, Kubeconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kcfg.kubeconfig.changes import Changes
    from kcfg.kubeconfig.edits import Edits
    from kcfg.kubeconfig.model import Body
    from kcfg.lock import locks

    Wanted = tuple[bytes, bool]

_SETTLE = 1.0  # seconds to wait for a writer that truncates in place, as kubectl does
STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")


class SearchPath:
    """The files that make one configuration, in order; `explicit` is `--kubeconfig`, which may not be a list."""

    __slots__ = ("explicit", "paths")

    def __init__(self, paths: Sequence[str], *, explicit: bool = False) -> None:
        self.paths = unique(paths)
        self.explicit = explicit

    def home(self) -> str:
        """Return where what belongs to no file goes: the first that exists, else the last of the list."""
        if not self.paths:
            raise KubeconfigError("KUBECONFIG names no file", hint="unset it, or name a file")
        return next((path for path in self.paths if os.path.exists(path)), self.paths[-1])


def search_path(explicit: str | None, environ: Mapping[str, str]) -> SearchPath:
    """Return kubectl's list: `--kubeconfig`, else KUBECONFIG split at `:`, else ~/.kube/config."""
    if explicit:
        return SearchPath([explicit], explicit=True)
    if listed := environ.get("KUBECONFIG"):
        return SearchPath([path for path in listed.split(os.pathsep) if path])
    # As in kubectl, without HOME it is the working directory's.
    return SearchPath([os.path.join(environ.get("HOME") or "", ".kube", "config")])


def load_files(search: SearchPath, known: Sequence[KubeconfigFile] = ()) -> list[KubeconfigFile]:
    """Read every file of a search path; a missing one is empty. Raises KubeconfigError with every file's Problems.

    Of the `known` ones those whose bytes are the same are not read into entries again.
    """
    before = {file.path: file for file in known}
    files: list[KubeconfigFile] = []
    problems: list[Problem] = []
    for path in search.paths:
        try:
            files.append(load_file(path, before.get(path)))
        except KcfgError as error:
            problems += error.problems
    if problems:
        raise KubeconfigError("the kubeconfig cannot be loaded", problems=problems)
    return files


def load_config(search: SearchPath) -> Kubeconfig:
    """Return what kubectl sees in a search path."""
    return merge(file.config for file in load_files(search))


def load_file(path: str, known: KubeconfigFile | None = None) -> KubeconfigFile:
    """Read one file, waiting a moment for a writer that is in the middle of it."""
    if path == "-" or path.startswith(STREAMS):
        return KubeconfigFile(path, read_stream(path))
    deadline = time.monotonic() + _SETTLE
    while True:
        settled, raw = _read_settled(path)
        try:
            if settled or time.monotonic() >= deadline:
                return known if known is not None and known.raw == raw else KubeconfigFile(path, raw)
        except KcfgError:
            if settled or time.monotonic() >= deadline:
                raise
        time.sleep(0.01)


def _read_settled(path: str) -> tuple[bool, bytes | None]:
    """Return whether nobody was writing meanwhile, and the bytes."""
    before = _stamp(path)
    try:
        raw = read_if_exists(path)
    except FileError:
        if not is_null(path):
            raise
        raw = b""
    return before is not None and before == _stamp(path), raw


def is_null(path: str) -> bool:
    """Return whether a path is /dev/null, under whatever name."""
    try:
        found = os.stat(path)
        return stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev
    except OSError:
        return False


def _stamp(path: str) -> tuple[int, int, int] | None:
    """Return what changes when a file is written; None while kubectl's (empty) lock is fresh."""
    try:
        found = os.stat(os.path.realpath(path) + ".lock")
        if not found.st_size and time.time() - found.st_mtime < _SETTLE:
            return None
    except OSError:
        pass
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def changing(search: SearchPath, *, break_lock: bool = False) -> Iterator[Changes]:
    """Yield the files of a search path, to be changed: before their locks, and again under them; then write them.

    The second time they are read anew, so nobody's change in between is lost. Where nothing is wanted of them, there is
    none. Whoever leaves the loop, by an error or `break`, leaves the locks, and the files as they are.
    """
    from kcfg.journal import names
    from kcfg.lock import remove_left_over

    if not search.paths:
        search.home()  # says what is wrong
    for path in search.paths:
        try:
            make_folder(path)
        except FileError:  # kubectl makes every folder of the list; only those to write in are needed
            pass
    while True:
        if names(os.environ):
            from kcfg.commit import settle

            settle(search.paths, break_lock=break_lock)
        for path in search.paths:
            remove_left_over(path)
        yield (changes := read_to_change(search))
        if not (wanted := _wanted(changes)):
            return
        reals = {os.path.realpath(path): path for path in wanted}
        for path in reals.values():
            _require_editable(path, gets_secret=wanted[path][1])
            make_folder(path)
        with _locked(list(reals.values()), break_lock=break_lock):
            if names(os.environ) and not _are_settled(reals):  # begun while this waited, and perhaps interrupted
                continue
            yield (changes := read_to_change(search, changes))
            wanted = _wanted(changes)
            if {os.path.realpath(path) for path in wanted} <= reals.keys():
                changes.written = _write(changes, wanted)
                return


def read_to_change(search: SearchPath, known: Changes | None = None) -> Changes:
    """Read the files of a search path, to be changed; those whose bytes are known are not read into entries again."""
    from kcfg.kubeconfig.changes import Changes

    return Changes(load_files(search, known.files if known is not None else ()), search.home())


def would_write(changes: Changes) -> dict[str, tuple[bytes | None, bytes]]:
    """Return the files that would be written, as they are and as they would be; nothing is made or locked."""
    wanted = _wanted(changes)
    for path, (_, gets_secret) in wanted.items():
        _require_editable(path, gets_secret=gets_secret)
    return {file.path: (file.raw, wanted[file.path][0]) for file in changes.files if file.path in wanted}


def _are_settled(paths: Iterable[str]) -> bool:
    """Return whether no edit of several files, which may have been interrupted, has begun with one of these."""
    from kcfg.journal import all_steps, concerns

    return not any(concerns(steps, paths) for steps in all_steps(os.environ))


def _locked(paths: list[str], *, break_lock: bool) -> locks:
    from kcfg.journal import names
    from kcfg.lock import locks

    if len(paths) > 1 or names(os.environ):
        from kcfg.transaction import locked

        return locked(paths, break_lock=break_lock)
    return locks(paths, break_lock=break_lock)


def _wanted(changes: Changes) -> dict[str, Wanted]:
    """Return the new bytes of every file that should differ, and whether they hold a secret that was not there."""
    return {file.path: (file.edited(edits), _adds_secret(file, edits)) for file, edits in changes.wanted()}


def _adds_secret(file: KubeconfigFile, edits: Edits) -> bool:
    """Return whether users or clusters that change hold a secret that none of them held: by what redaction hides."""
    changed = {key: item for key, item in edits.entries.items() if key[0] != "contexts"}
    if not any(changed.values()):
        return False
    from kcfg.kubeconfig.redact import secret_values

    def secrets(items: Mapping[tuple[str, str], Body | None]) -> set[str]:
        bodies = ((item or {}).get(SECTIONS[section][0]) or {} for (section, _), item in items.items())
        return {secret for body in bodies for secret in secret_values(body)}

    return not secrets(changed) <= secrets({key: file.item(*key) for key in changed})


def _require_editable(path: str, *, gets_secret: bool) -> None:
    if path == "-" or path.startswith(STREAMS):
        raise FileError("a stream cannot be changed in place", location=Location(path), hint="name a file")
    place_of(path)
    if gets_secret:
        from kcfg.git.guard import require_private

        require_private(path)


def _write(changes: Changes, wanted: Mapping[str, Wanted]) -> list[str]:
    files = [file for file in changes.files if file.path in wanted]
    changed = {file.path: file.raw for file in files if wanted[file.path][0] != file.raw}
    if len(changed) == 1:
        (path,) = changed
        write_atomic(path, wanted[path][0], secret=text_holds_secret)
    elif changed:
        from kcfg.transaction import Replacement, write_all

        write_all({path: Replacement(raw, wanted[path][0], secret=text_holds_secret) for path, raw in changed.items()})
    return list(changed)
