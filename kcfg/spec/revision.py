"""A spec as it was in a git revision, read from git's own objects: nothing is checked out, no filter runs.

Commit, folders and files are held to their hashes, and read when they are asked for. Links are followed as the commit
has them, never as the work tree has them today, and never out of the repository.
"""

from __future__ import annotations

import os

from kcfg.errors import FileError, KcfgError, Location, MissingFile
from kcfg.git.objects import Objects
from kcfg.git.repository import find_repository
from kcfg.globs import FILE, FOLDER, LINK, MAGIC, expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER, _LINK, _FILES = "40000", "120000", ("100644", "100755", "100664")
_MAX_FOLDERS = 100_000  # a few objects can be a tree without end
_MAX_LINKS = 40


class Revision:
    """The files of one commit, under the names they have in the work tree."""

    def __init__(self, revision: str, directory: str = ".") -> None:
        repository = find_repository(directory)
        if repository is None:
            raise KcfgError(
                "not a git repository, nor in one", location=Location(directory), hint="--from and --to read one"
            )
        self.top = repository.top
        self.revision = revision
        self._objects = Objects(repository)
        self._trees: dict[str, dict[str, tuple[str, str]]] = {}
        self._seen = 0
        try:
            self._root = self._tree_of(repository.resolve(revision))
        except BaseException:
            self._objects.close()
            raise

    def __enter__(self) -> Revision:
        return self

    def __exit__(self, *_: object) -> None:
        self._objects.close()

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises FileError."""
        found = self._find(self._name(path))
        if found is None or found[1] not in _FILES:
            raise MissingFile(f"no such file in revision {self.revision}", location=Location(path))
        try:
            return self._content(found[2], "blob")
        except KcfgError as error:
            raise FileError(error.message, location=Location(path), hint=error.hint) from None

    def real(self, path: str) -> str:
        """Return the name in the repository."""
        name = self._name(path)
        found = self._find(name)
        return found[0] if found else name

    def is_file(self, path: str) -> bool:
        """Return whether the commit has such a file."""
        found = self._find(self._name(path))
        return found is not None and found[1] in _FILES

    def is_dir(self, path: str) -> bool:
        """Return whether the commit has such a folder."""
        found = self._find(self._name(path))
        return found is not None and found[1] == _FOLDER

    def exists(self, path: str) -> bool:
        """Return whether the commit has something of this name."""
        return self.is_file(path) or self.is_dir(path)

    def glob(self, pattern: str) -> list[str]:
        """Return the names that match, sorted, as the pattern spells their folder."""
        whole = self._name(pattern)
        if whole.split("/")[0] == os.pardir:
            return []
        base = os.path.dirname(MAGIC.split(pattern, maxsplit=1)[0])
        start = self._name(base or ".")
        found = expand(whole, self._listing)
        return sorted(os.path.normpath(os.path.join(base, os.path.relpath(name, start or "."))) for name in found)

    def below(self, root_file: str) -> Revision:
        """Return the commit itself: nothing outside of it can be read."""
        return self

    def _tree_of(self, name: str) -> str:
        """Follow a tag to its commit, and that to its tree."""
        while True:
            kind, data = self._objects.read(name)
            head = data.split(b"\n", 1)[0].split()
            if kind not in ("tag", "commit") or len(head) != 2:
                hint = "main, HEAD~1, v1.2 name commits"
                raise KcfgError(f"git: {self.revision!r} is a {kind}, not a commit", hint=hint)
            name = head[1].decode("ascii", "replace")  # one that is no id is not found
            if kind == "commit":
                return name

    def _content(self, name: str, wanted: str) -> bytes:
        kind, data = self._objects.read(name)
        if kind != wanted:
            raise KcfgError(f"git: object {name} is a {kind}, not a {wanted}", hint="`git fsck` finds what is broken")
        return data

    def _name(self, path: str) -> str:
        """Return the name in the repository: what is above it by the disk's links, what is in it as it is written."""
        at = full = os.path.abspath(path)
        inside = []
        while at != (parent := os.path.dirname(at)):
            real = os.path.realpath(at)
            if at != full and (real + os.sep).startswith(self.top.rstrip(os.sep) + os.sep):
                inside.append((at, real))
            at = parent
        at, real = inside[-1] if inside else (full, os.path.realpath(full))
        name = os.path.relpath(os.path.join(real, os.path.relpath(full, at)), self.top)
        return "" if name == "." else name

    def _find(self, name: str) -> tuple[str, str, str] | None:
        """Return name, mode and object of what is there, behind the commit's own links."""
        waiting = name.split("/")[::-1]
        done = [("", _FOLDER, self._root)]
        links = 0
        while waiting:
            part = waiting.pop()
            if part == os.pardir:
                done.pop()
                if not done:
                    return None
            elif part not in ("", "."):
                folder, mode, _ = done[-1]
                entry = self._entries(done[-1][2]).get(part) if mode == _FOLDER else None
                if entry is None:
                    return None
                if entry[0] == _LINK:
                    links += 1
                    target = os.fsdecode(self._content(entry[1], "blob"))
                    if links > _MAX_LINKS or target.startswith("/"):
                        return None
                    waiting += target.split("/")[::-1]
                else:
                    done.append((f"{folder}/{part}" if folder else part, *entry))
        return done[-1]

    def _listing(self, folder: str) -> Iterator[tuple[str, str]]:
        found = self._find(folder)
        if found is None or found[1] != _FOLDER:
            return
        self._seen += 1
        if self._seen > _MAX_FOLDERS:
            raise KcfgError(f"revision {self.revision} has more than {_MAX_FOLDERS} folders", hint="narrow the globs")
        for part, (mode, _) in self._entries(found[2]).items():
            if mode == _LINK:
                below = self._find(f"{folder}/{part}")
                if below is not None and below[1] in (_FOLDER, *_FILES):
                    yield part, LINK if below[1] == _FOLDER else FILE
            elif mode == _FOLDER or mode in _FILES:
                yield part, FOLDER if mode == _FOLDER else FILE

    def _entries(self, tree: str) -> dict[str, tuple[str, str]]:
        """Return what is in a folder: mode and object by name."""
        if tree not in self._trees:
            self._trees[tree] = dict(_parsed(self._content(tree, "tree"), len(tree) // 2))
        return self._trees[tree]


def _parsed(tree: bytes, size: int) -> Iterator[tuple[str, tuple[str, str]]]:
    at = 0
    while (end := tree.find(b"\0", at)) >= 0:
        mode, _, part = tree[at:end].partition(b" ")
        at = end + 1 + size
        yield os.fsdecode(part), (mode.decode("ascii", "replace"), tree[end + 1 : at].hex())
