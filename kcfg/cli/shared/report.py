"""How findings and errors are told: text for people with a snippet on a terminal, JSON for machines."""

from __future__ import annotations

import os
import sys

from kcfg.errors import Declined
from kcfg.printing import say, tell, tell_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from kcfg.cli.shared.excerpt import Excerpts
    from kcfg.errors import KcfgError, Problem

# Rules about a secret in a place for something else, or about two fields in one: the values of the line are not shown.
_MISPLACED = frozenset(("KCFG006", "KCFG204", "KCFG205", "KCFG208"))


def show_problems(problems: list[Problem], put_line: Callable[[str], None] = tell) -> None:
    """Print every Problem with its hint; with the source line and a caret on a terminal."""
    stream = sys.stdout if put_line is say else sys.stderr
    excerpts = _excerpts(stream) if stream.isatty() else None
    problems = [without_tokens(each) for each in problems]
    for place, problem in enumerate(problems, 1):
        put_line(str(problem))
        if excerpts and problem.location:
            for line in excerpts.at(problem.location, hide=problem.rule in _MISPLACED):
                tell_source(line, out=put_line is say)
        said_next = place < len(problems) and problems[place].hint == problem.hint  # the same one is said once
        if problem.hint and not said_next:
            put_line(f"kcfg: hint: {problem.hint}")


def _excerpts(stream: TextIO) -> Excerpts:
    from kcfg.cli.shared.excerpt import Excerpts
    from kcfg.looks import width_of

    return Excerpts(width_of(stream))


def show_error(error: KcfgError) -> None:
    """Print an error: its Problems, or `kcfg: error: …` when it has no place in a file."""
    from kcfg.kubeconfig.secret_patterns import hide_tokens

    if isinstance(error, Declined):  # the answer was theirs: no error
        tell(f"kcfg: {error.message}")
        return
    if len(error.problems) == 1 and error.problems[0].location is None:
        tell(f"kcfg: error: {hide_tokens(error.message)}")
        if hint := error.hint or error.problems[0].hint:
            tell(f"kcfg: hint: {hint}")
        return
    show_problems(error.problems)
    if len(error.problems) > 1:
        tell(f"kcfg: error: {error.message}")


def without_tokens(problem: Problem) -> Problem:
    """Return a Problem without the tokens that it quotes: one may stand where a name or a label belongs."""
    from copy import copy

    from kcfg.kubeconfig.secret_patterns import hide_tokens

    shown = copy(problem)
    shown.message, shown.path, shown.hint = (
        hide_tokens(each) for each in (problem.message, problem.path, problem.hint)
    )
    return shown


def show_bug(error: Exception) -> None:
    """Print where a bug struck, without messages or locals: those might hold a secret."""
    import traceback

    tell(f"kcfg: bug: {type(error).__name__}; please report it with these lines")
    for frame in traceback.extract_tb(error.__traceback__):
        tell(f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.name}")


def problem_json(problem: Problem) -> dict[str, object]:
    """Return a Problem as plain values for `-o json`."""
    where = problem.location
    problem = without_tokens(problem)
    return {
        "level": problem.level,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
        "path": problem.path or None,
        "rule": problem.rule or None,
        "message": problem.message,
        "hint": problem.hint or None,
    }
