"""`-o github`: workflow commands, which GitHub shows beside the line."""

from __future__ import annotations

from kcfg.cli.findings.shared import relative
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def dump(problems: list[Problem]) -> str:
    """Return a line for each finding."""
    return "".join(f"{_line(problem)}\n" for problem in problems)


def _line(problem: Problem) -> str:
    fields = {"title": problem.rule or "kcfg"}
    if where := problem.location:
        fields = {"file": relative(where.file)} | fields
        if where.line:
            fields = {"file": fields["file"], "line": str(where.line), "col": str(where.column or 1)} | fields
    shown = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    path = f"{problem.path}: " if problem.path else ""
    hint = f"%0A{_escaped(problem.hint)}" if problem.hint else ""
    return f"::{_LEVELS[problem.level]} {shown}::{_escaped(path + problem.message)}{hint}"


def _escaped(text: str) -> str:
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
