"""`kcfg render` of several environments: a file each below a folder, which `--check` compares and `--prune` tidies.

A file begins with a comment that says of which spec and environment it is, and under which name it was written. By that
a former output is known: another file, and a copy elsewhere, is never touched.
"""

from __future__ import annotations

import os
import stat

from kcfg.cli.shared.artefacts import tell_compared, tell_former
from kcfg.errors import KcfgError
from kcfg.printing import printable, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kcfg.spec.spec import Spec

_HEADER = "# Rendered by kcfg: environment {} of spec {} as {}; changes belong into the spec.\n"
_MAX_FILES = 10_000


class Folder:
    """The folder of a spec's environments, and the file of each."""

    def __init__(self, path: str, spec: Spec, suffix: str) -> None:
        from kcfg.cli.shared.report import show_problems
        from kcfg.spec.judge import raise_problems
        from kcfg.spec.outputs import check_outputs, output_paths

        problems = list(check_outputs(spec, suffix))
        raise_problems(problems, spec)
        show_problems(problems)
        self.path = path
        self.spec = spec.name
        self.suffix = suffix
        self.names = output_paths(spec, suffix)

    def place(self, environment: str) -> str:
        """Return the path of an environment's file."""
        return os.path.join(self.path, *self.names[environment].split("/"))

    def put(self, rendered: Mapping[str, bytes], *, check: bool, prune: bool) -> int:
        """Write what was rendered for each environment, or compare it; the exit code is 1 if that finds anything."""
        files = {self.place(name): self._marked(name, data) for name, data in rendered.items()}
        if check:
            return self._check(files)
        self._write(files, prune=prune)
        return 0

    def _marked(self, environment: str, data: bytes) -> bytes:
        """Return a file's bytes below the comment that says what it is; JSON has no comments."""
        if self.suffix == "json":
            return data
        return _HEADER.format(environment, printable(self.spec), self.names[environment]).encode() + data

    def _write(self, files: Mapping[str, bytes], *, prune: bool) -> None:
        """Write files, all or none, and delete those of environments that are gone, or name them."""
        from kcfg.boundary import require_plain
        from kcfg.cli.shared.output import require_unread, write_folder

        require_plain(self.path, self.path)
        for place in files:
            require_unread(place)
        stale = list(self._stale())
        for name in stale if prune else ():
            require_plain(os.path.join(self.path, name), self.path)
        write_folder(files, self.path)
        for name in stale if prune else ():
            os.unlink(os.path.join(self.path, name))
            tell(f"{os.path.join(self.path, name)} pruned")
            self._remove_empty(os.path.dirname(name))
        if not prune:
            tell_former(stale)

    def _check(self, files: Mapping[str, bytes]) -> int:
        """Say which files differ, are missing or stale; return 1 if any. Nothing is written."""
        from kcfg.staging import compare_files

        relative = ((os.path.relpath(place, self.path), data) for place, data in files.items())
        found = [*compare_files(self.path, relative, set()), *(("stale", name) for name in self._stale())]
        if self.suffix == "json":
            tell("kcfg: note: JSON has no comments: former outputs in JSON are not known")
        return tell_compared(self.path, found, is_ours=lambda _: True)  # "stale" is kcfg's own, always

    def _stale(self) -> Iterator[str]:
        """Yield the files that kcfg has written here for this spec, and that no environment has now."""
        wanted = {os.path.normcase(os.path.join(*name.split("/"))) for name in self.names.values()}
        before, after = _HEADER.format("\0", printable(self.spec), "\0").split("\0")[1:]
        for name in _files_below(self.path):
            if os.path.normcase(name) in wanted:
                continue
            first = _first_line(os.path.join(self.path, name))
            end = f"{before}{name.replace(os.sep, '/')}{after}"
            if first.startswith(_HEADER.partition("{")[0]) and first.endswith(end):
                yield name

    def _remove_empty(self, folder: str) -> None:
        while folder:
            try:
                os.rmdir(os.path.join(self.path, folder))
            except OSError:
                return
            folder = os.path.dirname(folder)


def require_comments(output: str, *, prune: bool) -> None:
    """Raise KcfgError where former outputs would be deleted, and could not be known."""
    if prune and output == "json":
        raise KcfgError("--prune knows kcfg's files by a comment, and JSON has none", hint="render -o yaml or -o kyaml")


def _files_below(folder: str) -> Iterator[str]:
    """Yield the regular files of a folder, sorted, through no link and nothing hidden."""
    seen = 0
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(files):
            seen += 1
            if seen > _MAX_FILES:
                tell(
                    f"kcfg: note: {folder} has more than {_MAX_FILES} files: not all were looked at for former outputs"
                )
                return
            path = os.path.join(at, name)
            if not name.startswith(".") and stat.S_ISREG(os.lstat(path).st_mode):
                yield os.path.relpath(path, folder)


def _first_line(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.readline(1000).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:  # what cannot be read is none of ours
        return ""
