"""Findings for people and for machines: one module for each format, `dump(problems)`."""

from __future__ import annotations

from importlib import import_module

from kcfg.printing import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")


def show(problems: list[Problem], output: str) -> None:
    """Print findings on standard output in a format other than text."""
    from kcfg.cli.shared.report import without_tokens

    problems = [without_tokens(each) for each in problems]
    put([import_module(f"kcfg.cli.findings.{output}").dump(problems).encode()])
