"""`-o gitlab`: a code quality report."""

from __future__ import annotations

from kcfg.cli.findings.shared import dump_json, fingerprint, relative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def dump(problems: list[Problem]) -> str:
    """Return the list that GitLab reads as the artifact `codequality`; equal findings get a number of their own."""
    seen: dict[str, int] = {}
    report = []
    for problem in problems:
        name = fingerprint(problem)
        seen[name] = seen.get(name, 0) + 1
        where = problem.location
        report.append(
            {
                "description": f"{problem.path}: {problem.message}" if problem.path else problem.message,
                "check_name": problem.rule or "kcfg",
                "fingerprint": name if seen[name] == 1 else f"{name}-{seen[name]}",
                "severity": _SEVERITIES[problem.level],
                "location": {
                    "path": relative(where.file) if where else "kcfg.yaml",
                    "lines": {"begin": where.line or 1 if where else 1},
                },
            }
        )
    return dump_json(report)
