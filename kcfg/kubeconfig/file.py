"""Kubeconfig files on disk: the search path, reading what another program may be writing, changing them safely."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress

from kcfg.errors import FileError, KcfgError, KubeconfigError, Location, Problem
from kcfg.files import make_folder, read_if_exists, read_stream, write_atomic
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.emit_yaml import dump_yaml
from kcfg.kubeconfig.merge import merge
from kcfg.kubeconfig.model import Body, Kubeconfig
from kcfg.kubeconfig.text import edit_text
from kcfg.lock import lock
from kcfg.yamldoc import Document, decode_text, parse_yaml

_SETTLE = 1.0  # seconds to wait for a writer that truncates in place, as kubectl does
_STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
Record = Callable[[str, bytes | None, bytes], None]
Change = Callable[["list[KubeconfigFile]"], Mapping[str, Body]]


class SearchPath:
    """The files that make one configuration, in order; `explicit` is `--kubeconfig`, which may not be a list."""

    __slots__ = ("explicit", "paths")

    def __init__(self, paths: Sequence[str], *, explicit: bool = False) -> None:
        self.paths = list(paths)
        self.explicit = explicit

    def home(self) -> str:
        """Return where what belongs to no file goes: the first that exists, else the last of the list."""
        if not self.paths:
            raise KubeconfigError("KUBECONFIG names no file", hint="unset it, or name a file")
        return next((path for path in self.paths if os.path.exists(path)), self.paths[-1])


class KubeconfigFile:
    """One file: its bytes (None where there is none), its document and what they mean."""

    __slots__ = ("config", "document", "path", "raw")

    def __init__(self, path: str, raw: bytes | None) -> None:
        self.path = path
        self.raw = raw
        self.document: Document = parse_yaml(raw or b"", path)
        self.config: Kubeconfig = decode(self.document)

    @property
    def value(self) -> Body:
        """The plain value as written, unknown fields included."""
        value = self.document.value
        return value if isinstance(value, dict) else {}


def search_path(explicit: str | None, environ: Mapping[str, str]) -> SearchPath:
    """Return kubectl's list: `--kubeconfig`, else KUBECONFIG split at `:`, else ~/.kube/config."""
    if explicit:
        return SearchPath([explicit], explicit=True)
    listed = environ.get("KUBECONFIG") or ""
    if listed:
        return SearchPath([path for path in dict.fromkeys(listed.split(os.pathsep)) if path])
    # As in kubectl, without HOME it is the working directory's.
    return SearchPath([os.path.join(environ.get("HOME") or "", ".kube", "config")])


def load_files(search: SearchPath) -> list[KubeconfigFile]:
    """Read every file of a search path; a missing one is empty. Raises KubeconfigError with every file's Problems."""
    files: list[KubeconfigFile] = []
    problems: list[Problem] = []
    for path in search.paths:
        try:
            files.append(load_file(path))
        except KcfgError as error:
            problems += error.problems
    if problems:
        raise KubeconfigError("the kubeconfig cannot be loaded", problems=problems)
    return files


def load_config(search: SearchPath) -> Kubeconfig:
    """Return what kubectl sees in a search path."""
    return merge(file.config for file in load_files(search))


def load_file(path: str) -> KubeconfigFile:
    """Read one file, waiting a moment for a writer that is in the middle of it."""
    if path == "-" or path.startswith(_STREAMS):
        return KubeconfigFile(path, read_stream(path))
    deadline = time.monotonic() + _SETTLE
    while True:
        settled, raw = _read_settled(path)
        try:
            if settled or time.monotonic() >= deadline:
                return KubeconfigFile(path, raw)
        except KcfgError:
            if settled or time.monotonic() >= deadline:
                raise
        time.sleep(0.01)


def _read_settled(path: str) -> tuple[bool, bytes | None]:
    """Return whether nobody was writing meanwhile, and the bytes."""
    before = _stamp(path)
    raw = read_if_exists(path)
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
    if not search.paths:
        search.home()  # says what is wrong
    for path in search.paths:
        with suppress(FileError):  # kubectl makes every folder of the list; only those to write in are needed
            make_folder(path)
    while True:
        wanted = change(load_files(search))
        locked = sorted({os.path.realpath(path): path for path in wanted}.items())
        if not wanted:
            return []
        with ExitStack() as stack:
            for _, path in locked:
                _require_editable(path)
                make_folder(path)
                stack.enter_context(lock(path, break_lock=break_lock))
            files = load_files(search)
            wanted = change(files)
            if {os.path.realpath(path) for path in wanted} <= {real for real, _ in locked}:
                return _write(files, wanted, record)


def _require_editable(path: str) -> None:
    if path == "-" or path.startswith(_STREAMS):
        raise FileError("a stream cannot be changed in place", location=Location(path), hint="name a file")


def _write(files: list[KubeconfigFile], wanted: Mapping[str, Body], record: Record | None) -> list[str]:
    texts = [(file, new_bytes(file, wanted[file.path])) for file in files if file.path in wanted]
    written = []
    for file, after in texts:
        if after == file.raw:
            continue
        write_atomic(file.path, after)
        if record is not None:
            record(file.path, file.raw, after)
        written.append(file.path)
    return written


def new_bytes(file: KubeconfigFile, value: Body) -> bytes:
    """Return a file's bytes with its value changed; encoding, byte-order mark and all other lines stay."""
    if not file.raw:
        return dump_yaml(value).encode()
    text = edit_text(decode_text(file.raw, file.path), file.path, value)
    after = _encode_like(file.raw, text)
    decode(parse_yaml(after, file.path))  # what kubectl would refuse is never written
    return after


def _encode_like(raw: bytes, text: str) -> bytes:
    for mark, encoding in _BOMS.items():
        if raw.startswith(mark):
            return mark + text.encode(encoding)
    return text.encode()
