"""`kcfg test`: what a team expects of its spec, case by case. No secret is read, nothing runs."""

from __future__ import annotations

from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kcfg.errors import Problem
    from kcfg.spec.cases import Case
    from kcfg.spec.spec import Spec

_PATTERNS = ("*.test.yaml", "*.test.yml")


def run(*, files: list[str], file: str | None, values: list[str], output: str) -> int:
    """Run the cases, tell what is not as expected; exit 1 if anything is, 2 where a file is no test or no spec."""
    from kcfg.cli.shared.stores import parse_values
    from kcfg.spec.cases import run_case
    from kcfg.spec.find import find_root
    from kcfg.spec.judge import raise_problems
    from kcfg.spec.load import read_spec

    root = find_root(file, ".")
    cases = _cases(files, root)
    spec, problems = read_spec(root)
    raise_problems(problems, spec)
    assert spec is not None
    meant = _resolver(spec, parse_values(values))
    for case in cases:
        if (resolved := meant(case)) is not None:
            run_case(case, resolved)
    _show(cases, output)
    return 1 if any(case.failures for case in cases) else 0


def _cases(files: Sequence[str], root: str) -> list[Case]:
    """Read the cases of files, or of those beside the spec. Raises KcfgError for what is no test."""
    import os

    from kcfg.errors import KcfgError, SpecError, count
    from kcfg.spec.cases import read_cases
    from kcfg.spec.files import DISK
    from kcfg.yaml.parse import parse_yaml_documents

    folder = "" if root == "-" else os.path.dirname(root)
    tree = DISK if files or root == "-" else DISK.below(root)
    found = [*files] or sorted({each for name in _PATTERNS for each in tree.glob(os.path.join(folder, name))})
    if not found:
        raise KcfgError(
            f"no test beside the spec {root!r}", hint="write kcfg.test.yaml; `kcfg test --help` has an example"
        )
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in found:
        before = len(cases)
        for document in parse_yaml_documents(tree.read(path), path):
            if document.root is not None and document.value is not None:
                more, wrong = read_cases(document)
                cases += more
                problems += wrong
        if len(cases) == before and not problems:
            raise KcfgError(
                f"{path!r} holds no case", hint="they start with `apiVersion: kcfg/v1` and `kind: SpecTest`"
            )
    if problems:
        raise SpecError(f"the tests have {count(len(problems), 'problem')}", problems=problems)
    return cases


def _resolver(spec: Spec, given: dict[str, str]) -> Callable[[Case], Spec | None]:
    """Return what gives the spec that a case means, each made once; None with the failure noted in the case."""
    from kcfg.errors import SpecError
    from kcfg.spec.environments import environment_named, resolve
    from kcfg.spec.judge import raise_problems

    known: dict[tuple[str | None, tuple[tuple[str, str], ...]], Spec] = {}

    def meant(case: Case) -> Spec | None:
        name, values = case.body.get("environment"), {**given, **case.body.get("variables", {})}
        key = (name, tuple(sorted(values.items())))
        if key in known:
            return known[key]
        try:
            if name is not None:
                environment_named(spec, name)
        except SpecError as error:
            case.fail(error.message, "environment", hint=error.hint)
            return None
        unknown = next((each for each in case.body.get("variables", {}) if each not in spec.variables), None)
        if unknown is not None:
            case.fail(f"the spec declares no variable {unknown!r}", "variables", unknown)
            return None
        known[key], problems = resolve(spec, name, values, allow_empty=True, lenient=True)
        raise_problems(problems, spec)
        return known[key]

    return meant


def _show(cases: list[Case], output: str) -> None:
    from kcfg.cli.shared.report import show_problems
    from kcfg.errors import count
    from kcfg.printing import put, put_json

    failed = [case for case in cases if case.failures]
    if output == "json":
        put_json({"passed": not failed, "cases": [_json(case) for case in cases]})
    elif output == "junit":
        put([_junit(cases).encode()])
    else:
        show_problems([each.problem for case in failed for each in case.failures], say)
        tell(
            f"kcfg: {count(len(cases), 'case')}, {len(failed)} failed"
            if failed
            else f"kcfg: {count(len(cases), 'case')} passed"
        )


def _json(case: Case) -> dict[str, object]:
    from kcfg.cli.shared.report import problem_json
    from kcfg.kubeconfig.secret_patterns import hide_tokens

    return {
        "name": case.name,
        "environment": case.body.get("environment"),
        "context": hide_tokens(case.body["context"]) if "context" in case.body else None,
        "file": case.location.file,
        "line": case.location.line,
        "passed": not case.failures,
        "failures": [
            {**problem_json(problem), "expected": expected, "got": got} for problem, expected, got in case.failures
        ],
    }


def _junit(cases: list[Case]) -> str:
    from xml.sax.saxutils import escape, quoteattr

    from kcfg.cli.findings.shared import relative
    from kcfg.cli.shared.report import without_tokens
    from kcfg.printing import printable

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    failures = sum(bool(case.failures) for case in cases)
    lines.append(f'<testsuite name="kcfg test" tests="{len(cases)}" failures="{failures}" errors="0" skipped="0">')
    for case in cases:
        place = quoteattr(relative(case.location.file))
        head = f'  <testcase classname={place} name={quoteattr(printable(case.name))} line="{case.location.line}"'
        if not case.failures:
            lines.append(f"{head}/>")
            continue
        lines.append(f"{head}>")
        told = [without_tokens(each.problem) for each in case.failures]
        text = escape("\n".join(printable(line) for each in told for line in (str(each), each.hint) if line))
        lines.append(f"    <failure message={quoteattr(printable(told[0].message))}>{text}</failure>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", "</testsuites>"]) + "\n"
