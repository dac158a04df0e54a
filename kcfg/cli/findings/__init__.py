"""Findings for people and for machines: one module for each format, `dump(problems)`."""

from __future__ import annotations

from importlib import import_module

from kcfg.printing import json_text, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")


def show(problems: list[Problem], output: str) -> None:
    """Print findings on standard output in a format other than text."""
    from kcfg.cli.shared.report import without_tokens

    problems = [without_tokens(each) for each in problems]
    put([import_module(f"kcfg.cli.findings.{output}").dump(problems).encode()])


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
