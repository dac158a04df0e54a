"""`kcfg lint`: what is wrong, unsafe or read differently by others, in specs and kubeconfigs."""

from __future__ import annotations

from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from kcfg.errors import Problem
    from kcfg.lint.run import Findings
    from kcfg.lint.subject import Subject


def run(
    *,
    files: list[str],
    file: str | None,
    environment: str | None,
    values: list[str],
    kubeconfig: str | None,
    output: str,
    fail_on: str,
    rule: list[str],
    ignore: list[str],
    fix: bool,
    clients: list[str],
) -> int:
    """Lint, repair what is safe with `fix`, tell the findings, return the exit code. `clients` read the files too."""
    from kcfg.cli.shared.subjects import open_subjects
    from kcfg.lint.capabilities import clients_named
    from kcfg.lint.open import real_outside
    from kcfg.lint.run import stops

    readers = clients_named(clients)

    def total_of() -> list[tuple[Subject, Findings]]:
        opened = open_subjects(files, file, kubeconfig, real_outside(), environment, values)
        return _lint_all(opened, rule, ignore, readers)

    total = total_of()
    if fix and _fix(total):
        total = total_of()
    problems = [problem for _, findings in total for problem in findings.problems]
    _show(problems, output, ignored=sum(len(findings.ignored) for _, findings in total))
    if any(stops(subject, problem) for subject, findings in total for problem in findings.problems):
        return 2
    return 1 if any(findings.reach(fail_on) for _, findings in total) else 0


def _lint_all(
    opened: Iterable[Subject], rule: list[str], ignore: list[str], readers: tuple[str, ...]
) -> list[tuple[Subject, Findings]]:
    from kcfg.lint.run import lint

    total = []
    for subject in opened:
        subject.clients = readers
        total.append((subject, lint(subject, only=rule, ignore=ignore)))
    return total


def _fix(total: list[tuple[Subject, Findings]]) -> bool:
    from kcfg.lint.fix import apply
    from kcfg.lint.rule import KUBECONFIG
    from kcfg.lint.run import fixes

    changed: list[str] = []
    for subject, findings in total:
        changed += apply(fixes(subject, findings), through_links=subject.kind == KUBECONFIG)
    for path in changed:
        tell(f"{path} fixed")
    return bool(changed)


def _show(problems: list[Problem], output: str, *, ignored: int) -> None:
    from kcfg.cli.findings import show
    from kcfg.cli.shared.report import show_problems
    from kcfg.errors import count

    if output != "text":
        show(problems, output)
        return
    show_problems(problems, say)
    levels = {level: sum(problem.level == level for problem in problems) for level in ("error", "warning", "info")}
    counts = (count(number, level).removesuffix("s" * (level == "info")) for level, number in levels.items() if number)
    told = ", ".join(counts)
    more = f"; {ignored} ignored by comments" if ignored else ""
    tell(f"kcfg: {told or 'no problems'}{more}")
