"""What the formats say in one way: a file, a finding's name for machines, JSON."""

from __future__ import annotations

from kcfg.printing import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem


def relative(path: str) -> str:
    """Return a file's path with slashes, relative to the working directory where it is below it."""
    import os

    below = os.path.relpath(path)
    return (path if below.startswith("..") else below).replace(os.sep, "/")


def fingerprint(problem: Problem) -> str:
    """Return a name for a finding that stays the same when lines above it come and go."""
    from hashlib import sha256

    where = relative(problem.location.file) if problem.location else ""
    return sha256(
        f"{problem.rule}\0{where}\0{problem.path}\0{problem.message}".encode("utf-8", "surrogatepass")
    ).hexdigest()


def dump_json(value: object) -> str:
    """Return indented JSON."""
    import json

    return json_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
