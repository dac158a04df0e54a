"""Which repository a file is in, what git would commit there, and what a revision names.

kcfg finds the repository by itself, upward: the nearest `.git`. What only looks like a repository (`HEAD`, `objects`,
`refs` as ordinary files of a folder) is none: nothing that a repository holds can name another one.
"""

from __future__ import annotations

import os

from kcfg.errors import KcfgError
from kcfg.git.process import communicate, start

_AT_ONCE = 500


class Repository:
    """A repository: the top folder of its work tree, and where its `.git` is or leads to."""

    def __init__(self, top: str, directory: str) -> None:
        self.top = top
        self.directory = directory

    def ask(self, *words: str, own: bool = False) -> tuple[int, bytes, str]:
        """Return exit code, output and complaint of a git command; `own`: by the user's own configuration too."""
        fixed = (f"--git-dir={self.directory}", f"--work-tree={self.top}")
        return communicate(start(self.top, (*fixed, *words), own=own))

    def ignores(self, path: str) -> bool:
        """Return whether git ignores a file (a real path below the top), by this user's own rules too."""
        name = os.path.relpath(path, self.top)
        code, _, said = self.ask("check-ignore", "-q", "--", f"./{name}", own=True)
        if code not in (0, 1):
            raise _refused(said, self.top)
        return code == 0

    def first_kept(self, paths: list[str]) -> str | None:
        """Return the first of some files (real paths below the top) that git does not ignore, None where it does all.

        In one call for all that are ignored: a fleet has a file for each cluster.
        """
        for at in range(0, len(paths), _AT_ONCE):
            asked = paths[at : at + _AT_ONCE]
            names = [f"./{os.path.relpath(path, self.top)}" for path in asked]
            code, ignored, said = self.ask("check-ignore", "--", *names, own=True)
            if code not in (0, 1):
                raise _refused(said, self.top)
            if ignored.count(b"\n") != len(asked):
                return next((path for path in asked if not self.ignores(path)), None)
        return None

    def tracked(self) -> frozenset[str]:
        """Return the real paths of the files that git tracks."""
        code, listed, said = self.ask("ls-files", "-z")
        if code:
            raise _refused(said, self.top)
        names = listed.decode("utf-8", "surrogateescape").split("\0")
        return frozenset(os.path.realpath(os.path.join(self.top, name)) for name in names if name)

    def resolve(self, revision: str) -> str:
        """Return the id of what a revision names: a commit, or a tag of one. Raises KcfgError."""
        hint = "a revision is what `git rev-parse` takes: main, HEAD~1, v1.2"
        if revision.startswith("-") or not revision.isprintable():
            raise KcfgError(f"not a git revision: {revision!r}", hint=hint)
        code, said, _ = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        answer = said.decode("ascii", "replace").strip()
        if code or len(answer) not in (40, 64) or set(answer) - set("0123456789abcdef"):
            if os.path.exists(os.path.join(_common(self.directory), "shallow")):
                hint = "this is a shallow clone: `git fetch --unshallow` brings the rest"
            raise KcfgError(f"git: no revision is called {revision!r}", hint=hint)
        return answer


def find_repository(folder: str) -> Repository | None:
    """Return the repository that a folder (it need not exist) is in, or None. Raises KcfgError.

    Nearest `.git` upward, as git does; but a folder that looks like a repository and is not called `.git` is none.
    """
    at = os.path.realpath(folder)
    while True:
        if directory := _directory(at):
            _require_own(at, directory)
            return Repository(at, directory)
        if at == (parent := os.path.dirname(at)):
            return None
        at = parent


def would_commit(path: str) -> bool:
    """Return whether a file, there or not, is in a work tree and not ignored. Raises KcfgError when git cannot tell."""
    real = os.path.realpath(path)
    repository = find_repository(os.path.dirname(real))
    return repository is not None and not repository.ignores(real)


def first_committed(folder: str, names: list[str]) -> str | None:
    """Return the first of a folder's files, there or not, that git would commit. Raises KcfgError as `would_commit`."""
    real = os.path.realpath(folder)
    repository = find_repository(real)
    found = repository and repository.first_kept([os.path.join(real, name) for name in names])
    return os.path.join(folder, os.path.relpath(found, real)) if found else None


def _directory(top: str) -> str:
    """Return the repository of a work tree's top folder, '' when it is no top folder."""
    place = os.path.join(top, ".git")
    if os.path.isfile(place):
        return _linked(top, place)
    real = os.path.realpath(place)
    if not _looks_right(real, real):
        return ""
    if os.path.exists(os.path.join(real, "commondir")):
        raise KcfgError(f"git: {place} takes its objects from another repository", hint="clone it, or remove commondir")
    return real


def _linked(top: str, place: str) -> str:
    """Follow a `.git` file to a repository that says itself that this is its work tree."""
    target = _line(place).removeprefix("gitdir: ")
    real = os.path.realpath(os.path.join(top, target))
    common = _common(real)
    if not _looks_right(real, common):
        raise KcfgError(f"git: {place} leads to no repository", hint="`git worktree repair` mends a link")
    if common != real:
        back = os.path.realpath(os.path.join(real, _line(os.path.join(real, "gitdir"))))
        known = os.path.dirname(real) == os.path.join(common, "worktrees")
        agreed = known and back == os.path.realpath(place)
    else:
        words = ("config", "--type=path", "--get", "core.worktree")
        said = Repository(top, real).ask(*words)[1].decode("utf-8", "surrogateescape").rstrip("\n")
        agreed = bool(said) and os.path.realpath(os.path.join(real, said)) == top
    if not agreed:
        raise KcfgError(
            f"git: {place} leads to a repository that does not know this work tree",
            hint=f"`git worktree repair` for a worktree, else: git -C {top} config core.worktree {top}",
        )
    return real


def _common(directory: str) -> str:
    place = os.path.join(directory, "commondir")
    return os.path.realpath(os.path.join(directory, _line(place))) if os.path.isfile(place) else directory


def _looks_right(directory: str, common: str) -> bool:
    head = os.path.lexists(os.path.join(directory, "HEAD"))
    return head and all(os.path.isdir(os.path.join(common, name)) for name in ("objects", "refs"))


def _line(place: str) -> str:
    from kcfg.files import read_if_exists

    said = read_if_exists(place) or b""
    return "" if b"\0" in said else os.fsdecode(said).rstrip("\r\n")


def _require_own(top: str, directory: str) -> None:
    """Let git say whether this user trusts the repository's owner (`safe.directory`), and that it finds the same."""
    process = start(top, ("rev-parse", "--absolute-git-dir"), own=True)
    code, said, complaint = communicate(process)
    if code:
        raise _refused(complaint, top)
    if os.path.realpath(os.fsdecode(said).rstrip("\n")) != directory:
        raise KcfgError(f"git takes another repository for the one of {top}", hint="`git rev-parse --git-dir` tells")


def _refused(complaint: str, top: str) -> KcfgError:
    reason = complaint.strip().split("\n")[0].removeprefix("fatal: ")
    hint = f"`git -C {top} status` should work"
    if "dubious ownership" in reason or "unsafe repository" in reason:
        hint = f"if you trust its owner: git config --global --add safe.directory {top}"
    return KcfgError(f"git: {reason or 'no answer'}", hint=hint)
