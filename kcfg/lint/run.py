"""A run: the rules over a subject, each finding with its level, without those that a comment lets stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial

from kcfg.dataclass import dataclass, field
from kcfg.errors import KcfgError, is_unreadable
from kcfg.lint import is_own
from kcfg.lint.outside import ID, fixes_of, problems_of
from kcfg.lint.registry import RULES, TITLES, admit_others
from kcfg.lint.rule import KUBECONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.lint.rule import Fix
    from kcfg.lint.subject import File, Subject

_IGNORE = re.compile(rf"(?:^|\s)#\s*kcfg:ignore\s+({ID}(?:[\s,]+{ID})*)")
_RULE = re.compile(ID)
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(slots=True)
class Findings:
    """What a run found, in file order, and what comments let stand."""

    problems: list[Problem] = field(default_factory=list)
    ignored: list[Problem] = field(default_factory=list)

    def reach(self, level: str) -> bool:
        """Return whether a finding is of this level or a worse one."""
        return any(_ORDER[problem.level] <= _ORDER[level] for problem in self.problems)


def stops(subject: Subject, problem: Problem) -> bool:
    """Return whether a Problem stops everything, whatever is ignored: kubectl takes no such file either."""
    return is_unreadable(problem) or (subject.broken and subject.kind == KUBECONFIG)


def lint(subject: Subject, *, only: Sequence[str] = (), ignore: Sequence[str] = ()) -> Findings:
    """Run the rules: `only` and `ignore` are ids or globs (`KCFG4*`); the subject's own levels count.

    Those of other packages run, too, unless `only` asks for kcfg's own. Raises KcfgError for one that is broken.
    """
    if not only or not all(map(is_own, only)):
        admit_others()
    _require_known([*only, *ignore])
    findings = Findings()
    files = {file.document.source: file for file in subject.files}  # several documents are one file
    comments = {source: _comments(file) for source, file in files.items()}
    # All that one template makes stands at the template.
    once = {(problem.rule, str(problem)): problem for problem in _found(subject, only, ignore)}
    for problem in sorted(once.values(), key=_position(subject)):
        if problem.level == "off" or not (stops(subject, problem) or _is_wanted(problem.rule, only, ignore)):
            continue
        where = problem.location
        at = comments.get(where.file, {}) if where else {}
        stands = where is not None and problem.rule in at.get(where.line, ())
        (findings.ignored if stands else findings.problems).append(problem)
    return findings


def fixes(subject: Subject, findings: Findings) -> list[Fix]:
    """Return the safe repairs of what was found."""
    wanted = {(problem.rule, str(problem.location)) for problem in findings.problems}
    return [
        fix
        for rule in RULES.values()
        if rule.fixes is not None and subject.kind in rule.on
        for fix in fixes_of(rule, partial(rule.fixes, subject))
        if (rule.id, str(fix.location)) in wanted
    ]


def _found(subject: Subject, only: Sequence[str], ignore: Sequence[str]) -> Iterator[Problem]:
    for problem in subject.problems:
        if not stops(subject, problem):
            problem.level = _level(subject.levels, problem.rule, problem.level)
        yield problem
    if subject.broken:
        return
    for rule in RULES.values():
        level = _level(subject.levels, rule.id, rule.level)
        if level == "off" or subject.kind not in rule.on or not (is_own(rule.id) or _is_wanted(rule.id, only, ignore)):
            continue
        for problem in problems_of(rule, partial(rule.check, subject)):
            problem.rule, problem.level = rule.id, level
            yield problem


def _level(levels: dict[str, str], rule: str, otherwise: str) -> str:
    """Return the level that a spec gives a rule: by its id, else by the last glob that it fits."""
    globs = (level for pattern, level in reversed(levels.items()) if fnmatchcase(rule, pattern))
    return levels[rule] if rule in levels else next(globs, otherwise)


def _is_wanted(rule: str, only: Sequence[str], ignore: Sequence[str]) -> bool:
    chosen = not only or any(fnmatchcase(rule, each) for each in only)
    return chosen and not any(fnmatchcase(rule, each) for each in ignore)


def _require_known(patterns: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(fnmatchcase(known, pattern) for known in TITLES):
            raise KcfgError(f"no rule {pattern!r}", hint="rules are called KCFG201 or, with a glob, KCFG4*")


def _position(subject: Subject) -> Callable[[Problem], tuple[int, int, int, str]]:
    order = {file.document.source: index for index, file in enumerate(subject.files)}

    def key(problem: Problem) -> tuple[int, int, int, str]:
        where = problem.location
        return (order.get(where.file, 0), where.line, where.column, problem.rule) if where else (0, 0, 0, problem.rule)

    return key


def _comments(file: File) -> dict[int, set[str]]:
    """Return the rules that comments let stand, by line: their own, and below a line that is only a comment."""
    found: dict[int, set[str]] = {}
    if "kcfg:ignore" not in file.document.text:
        return found
    waiting: set[str] = set()
    for number, line in enumerate(file.document.text.splitlines(), 1):
        match = _IGNORE.search(line)
        rules = set(_RULE.findall(match[1])) if match else set()
        if line.lstrip().startswith("#"):
            waiting |= rules
            found[number] = rules
            continue
        found[number] = rules | waiting
        waiting = set()
    return {number: rules for number, rules in found.items() if rules}
