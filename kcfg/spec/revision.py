"""A spec as it was in a git revision, read from git's own store: nothing is checked out, no filter runs."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress

from kcfg.errors import FileError, KcfgError, Location

_TIMEOUT = 60.0  # seconds


class Revision:
    """The files of one commit, under the names they have in the work tree. Links in the commit are not followed."""

    def __init__(self, revision: str, directory: str = ".") -> None:
        self._git = ["git", "-C", directory]
        self.top = os.path.realpath(_ask([*self._git, "rev-parse", "--show-toplevel"], revision).rstrip("\n"))
        commit = _ask([*self._git, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
                      revision).strip()  # fmt: skip
        listed = _ask([*self._git, "ls-tree", "-r", "-z", "--full-tree", commit], revision)
        self.revision = revision
        self._blobs: dict[str, str] = {}
        for line in listed.split("\0"):
            mode, _, rest = line.partition(" ")
            if mode in ("100644", "100755"):
                about, _, name = rest.partition("\t")
                self._blobs[name] = about.split()[1]
        self._folders = {folder for name in self._blobs for folder in _folders(name)}
        self._reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Revision:
        return self

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            for stream in (self._reader.stdin, self._reader.stdout):
                assert stream is not None
                with suppress(OSError):
                    stream.close()
            self._reader.wait()

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises FileError."""
        name = self._name(path)
        if name not in self._blobs:
            raise FileError(f"no such file in revision {self.revision}", location=Location(path))
        if self._reader is None:
            self._reader = subprocess.Popen(  # noqa: S603
                [*self._git, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        assert self._reader.stdin is not None
        assert self._reader.stdout is not None
        self._reader.stdin.write(self._blobs[name].encode() + b"\n")
        self._reader.stdin.flush()
        head = self._reader.stdout.readline().split()
        if len(head) != 3:
            raise FileError(f"git cannot read it in revision {self.revision}", location=Location(path))
        data = self._reader.stdout.read(int(head[2]) + 1)
        return data[:-1]

    def real(self, path: str) -> str:
        """Return the name in the repository."""
        return self._name(path)

    def is_file(self, path: str) -> bool:
        """Return whether the commit has such a file."""
        return self._name(path) in self._blobs

    def is_dir(self, path: str) -> bool:
        """Return whether the commit has such a folder."""
        return self._name(path) in self._folders

    def exists(self, path: str) -> bool:
        """Return whether the commit has something of this name."""
        return self.is_file(path) or self.is_dir(path)

    def glob(self, pattern: str) -> list[str]:
        """Return the names that match, sorted, as the pattern spells their folder."""
        matcher = _pattern(self._name(pattern))
        base = os.path.dirname(re.split(r"[*?\[]", pattern, maxsplit=1)[0])
        found = [name for name in (*self._blobs, *self._folders) if name and matcher.fullmatch(name)]
        return sorted(os.path.normpath(os.path.join(base, self._relative(name, base))) for name in found)

    def below(self, root_file: str) -> Revision:
        """Return the commit itself: nothing outside of it can be read."""
        return self

    def _relative(self, name: str, base: str) -> str:
        return os.path.relpath(os.path.join(self.top, name), os.path.realpath(base or "."))

    def _name(self, path: str) -> str:
        folder, last = os.path.split(os.path.abspath(path))
        name = os.path.relpath(os.path.join(os.path.realpath(folder), last), self.top)
        return "" if name == "." else name


def _folders(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["", *("/".join(parts[:length]) for length in range(1, len(parts) + 1))]


def _pattern(pattern: str) -> re.Pattern[str]:
    """Return a glob as a regular expression: `*` and `?` stay within a folder and pass over hidden names."""
    from fnmatch import translate

    parts: list[str] = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append(r"(?:(?!\.)[^/]+/)*")
            continue
        one = translate(part).removeprefix("(?s:").removesuffix(r")\Z").replace(".*", "[^/]*")
        hidden = "" if part.startswith(".") else r"(?!\.)"
        parts.append(f"{hidden}(?s:{one})/")
    return re.compile("".join(parts).removesuffix("/"))


def _ask(argv: list[str], revision: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except FileNotFoundError:
        raise KcfgError("git is not installed", hint="--from and --to read a git repository") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise KcfgError(f"git did not answer: {type(error).__name__}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ") if said else f"no revision is called {revision!r}"
        raise KcfgError(f"git: {reason}", hint="--from takes what `git rev-parse` takes: main, HEAD~1, v1.2")
    return done.stdout.decode("utf-8", "surrogateescape")
