"""`-o json`: the fields of each finding, as `validate -o json` has them."""

from __future__ import annotations

from kcfg.cli.findings.shared import dump_json
from kcfg.cli.shared.report import problem_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem


def dump(problems: list[Problem]) -> str:
    """Return the findings as one object, with their number by level."""
    levels = ("error", "warning", "info")
    summary = {level: sum(problem.level == level for problem in problems) for level in levels}
    return dump_json({"summary": summary, "problems": [problem_json(each) for each in problems]})
