"""How findings and errors are told: text for people with a snippet on a terminal, JSON for machines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kcfg.printing import printable, say, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from kcfg.errors import KcfgError, Problem

# Where a one-line value may be shown with the caret, by the whole path: none of them can hold a secret.
_SHOWN = (
    r"apiVersion|kind|current-context|metadata\.name|(?:clusters|users|contexts|environments|secretStores)\[\d+\]\.name"
    r"|clusters\[\d+\]\.(?:cluster\.)?(?:server|proxy-url|certificate-authority|tls-server-name)"
    r"|users\[\d+\]\.(?:user\.)?(?:client-certificate|client-key|tokenFile|exec\.(?:apiVersion|interactiveMode|command))"
    r"|contexts\[\d+\]\.(?:context\.)?(?:cluster|user|namespace)|secretStores\[\d+\]\.provider"
)
# Rules about a secret, about a text that cannot be read, and about a key that stands there twice: no excerpt.
_NO_EXCERPT = frozenset(("", "KCFG001", "KCFG006", "KCFG201", "KCFG204", "KCFG205", "KCFG208"))


def show_problems(problems: list[Problem], put_line: Callable[[str], None] = tell) -> None:
    """Print every Problem with its hint; with the source line and a caret on a terminal."""
    snippets = (sys.stdout if put_line is say else sys.stderr).isatty()
    problems = [without_tokens(each) for each in problems]
    for place, problem in enumerate(problems, 1):
        put_line(str(problem))
        for line in _snippet(problem) if snippets else ():
            put_line(line)
        said_next = place < len(problems) and problems[place].hint == problem.hint  # the same one is said once
        if problem.hint and not said_next:
            put_line(f"kcfg: hint: {problem.hint}")


def show_error(error: KcfgError) -> None:
    """Print an error: its Problems, or `kcfg: error: …` when it has no place in a file."""
    from kcfg.kubeconfig.telltale import hide_tokens

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

    from kcfg.kubeconfig.telltale import hide_tokens

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


def _snippet(problem: Problem) -> tuple[str, ...]:
    """Return the source line with a caret; values only of fields that cannot be secret, keys always."""
    where = problem.location
    if where is None or not where.line or problem.rule in _NO_EXCERPT:
        return ()
    try:
        with open(where.file, encoding="utf-8-sig", errors="replace") as file:
            line = next((text for number, text in enumerate(file, 1) if number == where.line), "")
    except OSError:
        return ()
    line = _safe_line(line.rstrip("\r\n"), problem.path)
    if not line:
        return ()
    at = min(where.column, len(line) + 1)
    if at > 100:
        return ()
    gutter = f"{where.line:>5} | "
    before = len(printable(line[: at - 1]))
    return f"{gutter}{line[:110]}", f"{' ' * (len(gutter) - 2)}| {' ' * before}^"


def _safe_line(line: str, path: str) -> str:
    import re

    from kcfg.kubeconfig.telltale import hide_in_text, hide_url

    key, colon, value = line.partition(":")
    if not colon:
        return ""
    word = key.strip().lstrip("- ").strip("\"'")
    value = value.split(" #")[0].rstrip()
    if not path.endswith(word) or not re.fullmatch(_SHOWN, path) or "{" in value or "[" in value or '"' in key:
        return f"{key}:"
    shown = hide_url(value.strip()) if "://" in value else hide_in_text(value.strip())
    return f"{key}: {shown}"
