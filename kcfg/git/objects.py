"""What a repository's objects hold: every one is held to its id, so that a review shows what the hashes say."""

from __future__ import annotations

from kcfg.errors import KcfgError
from kcfg.git.process import SECONDS, end, kill, start

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

    from kcfg.git.repository import Repository


class Objects:
    """The objects of a repository, each held to its id: what is returned is what the hash says."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._reader: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End git."""
        if self._reader is not None:
            end(self._reader)
            self._reader = None

    def read(self, name: str) -> tuple[str, bytes]:
        """Return an object's type and bytes. Raises KcfgError."""
        from threading import Timer

        from kcfg.files import MAX_BYTES

        if self._reader is None:
            fixed = (f"--git-dir={self._repository.directory}", f"--work-tree={self._repository.top}")
            self._reader = start(self._repository.top, (*fixed, "cat-file", "--batch"), ask=True)
        process = self._reader
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(SECONDS, kill, (process,))
        timer.start()
        try:
            process.stdin.write(name.encode() + b"\n")
            process.stdin.flush()
            head = process.stdout.readline(200).split()
            if len(head) != 3 or not head[2].isdigit():
                raise self._missing(name)
            if int(head[2]) > MAX_BYTES:
                raise KcfgError(f"git: object {name} is larger than {MAX_BYTES >> 20} MiB")
            data = process.stdout.read(int(head[2]) + 1)[:-1]
        except OSError:
            raise self._missing(name) from None
        finally:
            timer.cancel()
        _require_hash(name, head[1], data)
        return head[1].decode(), data

    def _missing(self, name: str) -> KcfgError:
        self.close()
        return KcfgError(
            f"git: object {name} is not in this repository",
            hint="a partial clone has only a part: `git fetch --refetch --no-filter` brings the rest; "
            "`git fsck` finds what is broken",
        )


def _require_hash(name: str, kind: bytes, data: bytes) -> None:
    import hashlib

    whole = b"%s %d\0" % (kind, len(data)) + data
    found = hashlib.new("sha1" if len(name) == 40 else "sha256", whole, usedforsecurity=False).hexdigest()
    if found != name:
        raise KcfgError(f"git: object {name} holds something else", hint="`git fsck` finds what is broken")
