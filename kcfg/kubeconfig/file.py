"""Kubeconfig files on disk: the search path, reading what another program may be writing, changing them safely."""

from __future__ import annotations

import os
import time

from kcfg.errors import FileError, KcfgError, KubeconfigError, Location, Problem
from kcfg.files import is_null, make_folder, place_of, read_if_exists, read_stream, unique, write_atomic
from kcfg.kubeconfig.canonical import split
from kcfg.kubeconfig.merge import merge
from kcfg.kubeconfig.model import Kubeconfig, NeedsMoreError, changed_bodies
from kcfg.kubeconfig.private import text_holds_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kcfg.kubeconfig.canonical import Split
    from kcfg.kubeconfig.frame import Frame
    from kcfg.kubeconfig.model import Body
    from kcfg.lock import locks
    from kcfg.yamldoc import Document

    Wanted = tuple[bytes, bool]
    Record = Callable[[str, bytes | None, bytes], None]
    Change = Callable[[list["KubeconfigFile"]], Mapping[str, Body]]

_RESTARTS = 8  # of a change that asks for one entry after the other; then it gets all of them
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


class KubeconfigFile:
    """One file: its bytes (None where there is none) and what they mean.

    Read in the cheapest way that can say what it means: as kubectl's own form, as a frame and entries, as YAML. In the
    first two an edit works on a part of it, the entries it `need`s; where that does not do, `step_down` reads it in
    the next way.
    """

    __slots__ = ("_frame", "_needed", "_part", "_split", "_value", "config", "path", "raw")

    def __init__(self, path: str, raw: bytes | None) -> None:
        self.path = path
        self.raw = raw
        self._needed: set[tuple[str, str]] = set()
        self._part: tuple[Document, list[str]] | None = None
        self._value: Body | None = None
        self._frame: Frame | None = None
        self._split: Split | None = split(raw) if raw and _is_fast() else None
        self.config: Kubeconfig = self._split.config(path) if self._split is not None else self._read_text()
        self.config.origin = path

    def _read_text(self) -> Kubeconfig:
        if self.raw and _is_fast():
            from kcfg.kubeconfig.frame import scan
            from kcfg.yamltext import decode_text

            self._frame = scan(decode_text(self.raw, self.path), self.path)
        return self._frame.config if self._frame is not None else self._read_yaml()

    def _read_yaml(self) -> Kubeconfig:
        from kcfg.kubeconfig.decode import decode
        from kcfg.yamldoc import parse_yaml

        self._part = (parse_yaml(self.raw or b"", self.path), [])
        return decode(self._part[0])

    @property
    def value(self) -> Body:
        """The plain value as written, unknown fields included, of the part that is needed."""
        if self._split is not None:
            if self._value is None:
                self._value = self._split.value(self.config, self._needed)
            return self._value
        value = self._parsed()[0].value
        return value if isinstance(value, dict) else {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self._split is None and self._frame is None and self._parsed()[0].value is None

    def document(self) -> Document:
        """Return the whole text, parsed."""
        self.need_all()
        return self._parsed()[0]

    def need(self, section: str, name: str) -> bool:
        """Take an entry into the part; return whether it was not in it."""
        if (self._split is None and self._frame is None) or (section, name) in self._needed:
            return False
        self._needed.add((section, name))
        self._part = self._value = None
        return True

    def need_all(self) -> None:
        """Take the whole text."""
        if self._split is not None or self._frame is not None:
            self._split = self._frame = self._part = None

    def step_down(self) -> None:
        """Read the file in the next way: what is wanted cannot be written in this one."""
        if self._split is None:
            self.need_all()
            return
        self._split = None
        self._read_text()

    def with_value(self, value: Body) -> bytes:
        """Return the bytes with the part's value changed; encoding, byte-order mark and all other lines stay.

        Raises NeedsMoreError where that takes a `step_down`.
        """
        if self._split is not None:
            from kcfg.kubeconfig.splice import splice

            return splice(self._split, self.value, value)
        from kcfg.kubeconfig.decode import decode
        from kcfg.kubeconfig.emit_yaml import dump_yaml
        from kcfg.kubeconfig.text import edit_text
        from kcfg.yamldoc import parse_yaml
        from kcfg.yamltext import encode_like

        if not self.raw:
            return dump_yaml(value).encode()
        document, hidden = self._parsed()
        text = edit_text(document.text, self.path, value)
        if self._frame is None:
            after = encode_like(self.raw, text)
            decode(parse_yaml(after, self.path))  # what kubectl would refuse is never written
            return after
        return encode_like(self.raw, self._frame.restored(text, hidden, document.value, value))

    def _parsed(self) -> tuple[Document, list[str]]:
        if self._part is None:
            from kcfg.yamldoc import parse_yaml
            from kcfg.yamltext import decode_text

            hidden: list[str] = []
            text = decode_text(self.raw or b"", self.path)
            if self._frame is not None:
                text, hidden = self._frame.reduced(self._needed)
            self._part = (parse_yaml(text.encode("utf-8", "surrogatepass"), self.path), hidden)
        return self._part


def _is_fast() -> bool:
    """Return whether files may be read without a YAML parser; KCFG_NO_FASTPATH=1 is for tests and for doubts."""
    return not os.environ.get("KCFG_NO_FASTPATH")


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


def change_files(
    search: SearchPath, change: Change, *, break_lock: bool = False, record: Record | None = None
) -> list[str]:
    """Change the files of a search path under their locks; return the paths that were written.

    `change` gets the files as they are and returns the wanted value of each that should differ; it runs again on
    fresh content once the locks are held, so nobody's change in between is lost.
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
        files = load_files(search)
        if not (wanted := _changed(change, files)):
            return []
        reals = {os.path.realpath(path): path for path in wanted}
        for path in reals.values():
            _require_editable(path, gets_secret=wanted[path][1])
            make_folder(path)
        with _locked(list(reals.values()), break_lock=break_lock):
            files = load_files(search, files)
            wanted = _changed(change, files)
            if {os.path.realpath(path) for path in wanted} <= reals.keys():
                return _write(files, wanted, record)


def would_change(search: SearchPath, change: Change) -> dict[str, tuple[bytes | None, bytes]]:
    """Return the files that `change_files` would write, as they are and as they would be; nothing is made or locked."""
    files = load_files(search)
    wanted = _changed(change, files)
    for path, (_, gets_secret) in wanted.items():
        _require_editable(path, gets_secret=gets_secret)
    return {file.path: (file.raw, wanted[file.path][0]) for file in files if file.path in wanted}


def _locked(paths: list[str], *, break_lock: bool) -> locks:
    from kcfg.journal import names
    from kcfg.lock import locks

    if len(paths) > 1 or names(os.environ):
        from kcfg.transaction import locked

        return locked(paths, break_lock=break_lock)
    return locks(paths, break_lock=break_lock)


def _changed(change: Change, files: list[KubeconfigFile]) -> dict[str, Wanted]:
    """Return the new bytes of every file that should differ, and whether they hold a secret that was not there."""
    by_path = {file.path: file for file in files}
    restarts = 0
    while True:
        try:
            wanted = change(files)
        except NeedsMoreError:  # the file knows now what the change is about
            restarts += 1
            for file in files if restarts > _RESTARTS else ():
                file.need_all()
            continue
        try:
            return {
                path: (by_path[path].with_value(value), _adds_secret(by_path[path].value, value))
                for path, value in wanted.items()
            }
        except NeedsMoreError:
            for path in wanted:
                by_path[path].step_down()


def _adds_secret(before: Body, after: Body) -> bool:
    """Return whether users or clusters that change hold a secret that none of them held: by what redaction hides."""
    added = list(changed_bodies(after, before))
    if not added:
        return False
    from kcfg.kubeconfig.redact import secret_values

    held = {secret for body in changed_bodies(before, after) for secret in secret_values(body)}
    return not held.issuperset(secret for body in added for secret in secret_values(body))


def _require_editable(path: str, *, gets_secret: bool) -> None:
    if path == "-" or path.startswith(STREAMS):
        raise FileError("a stream cannot be changed in place", location=Location(path), hint="name a file")
    place_of(path)
    if gets_secret:
        from kcfg.git.guard import require_private

        require_private(path)


def _write(files: list[KubeconfigFile], wanted: Mapping[str, Wanted], record: Record | None) -> list[str]:
    changed = {file.path: file.raw for file in files if file.path in wanted and wanted[file.path][0] != file.raw}
    if len(changed) == 1:
        (path,) = changed
        write_atomic(path, wanted[path][0], secret=text_holds_secret)
    elif changed:
        from kcfg.transaction import Change, write_all

        write_all({path: Change(raw, wanted[path][0], secret=text_holds_secret) for path, raw in changed.items()})
    if record is not None:
        for path, raw in changed.items():
            record(path, raw, wanted[path][0])
    return list(changed)
