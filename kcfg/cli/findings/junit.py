"""`-o junit`: a test case for each finding, for CI systems that show test results."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from kcfg.cli.findings.shared import relative
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem


def dump(problems: list[Problem]) -> str:
    """Return one suite: errors and warnings are failures, the rest passed with a remark."""
    failures = sum(problem.level != "info" for problem in problems)
    cases = "".join(_case(problem) for problem in problems) or '  <testcase classname="kcfg" name="lint"/>\n'
    head = f'<testsuite name="kcfg lint" tests="{max(len(problems), 1)}" failures="{failures}" errors="0" skipped="0">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{head}\n{cases}</testsuite>\n</testsuites>\n'


def _case(problem: Problem) -> str:
    where = f"{relative(problem.location.file)}:{problem.location.line}" if problem.location else "kcfg"
    name = quoteattr(printable(f"{problem.rule} {where} {problem.path}".strip()))
    text = escape("\n".join(printable(line) for line in (str(problem), problem.hint) if line))
    if problem.level == "info":
        inner = f"<system-out>{text}</system-out>"
    else:
        inner = (
            f"<failure type={quoteattr(problem.rule)} message={quoteattr(printable(problem.message))}>{text}</failure>"
        )
    return f'  <testcase classname="kcfg.lint" name={name}>{inner}</testcase>\n'
