"""All that is wrong with a spec, in one round: shape, references and meaning, as a whole and in all environments.

Each Problem once, sorted by place. What follows from another Problem is left out where it arises (`Spec.excuses`).
"""

from __future__ import annotations

from kcfg.dataclass import dataclass, field
from kcfg.errors import SpecError, count
from kcfg.spec.check import check_spec
from kcfg.spec.environments import resolve
from kcfg.spec.tokens import names_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kcfg.errors import Problem
    from kcfg.spec.spec import Spec
    from kcfg.spec.variables import Lenient


@dataclass(slots=True)
class Verdict:
    """A spec for an environment, or as a whole and then for each of its environments; and every Problem of it."""

    meant: Spec
    problems: list[Problem]
    environments: list[Spec] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """The Problems that make the spec invalid."""
        return [problem for problem in self.problems if problem.level == "error"]


def judge(
    spec: Spec,
    problems: Iterable[Problem],
    environment: str | None = None,
    values: Mapping[str, str] | None = None,
    *,
    read: Callable[[str], bytes] | None = None,
    allow_plaintext: bool = False,
) -> Verdict:
    """Judge what `read_spec` returned. Raises SpecError for an environment or a variable that nothing declares."""
    found = list(problems)
    if environment is not None and environment not in spec.environments and spec.excuses("environments", environment):
        environment = None  # it is faulty, which is among the problems
    whole = environment is None
    # As a whole it is what its environments change; --set gives the required variables when it is rendered.
    lenient: Lenient = bool(spec.environments) or "required"
    meant, faults = resolve(spec, environment, values, lenient=lenient if whole else False)
    found += faults + check_spec(meant, read or meant.read, allow_plaintext=allow_plaintext)
    verdict = Verdict(meant, found)
    for name in spec.environments if whole else ():
        try:
            resolved, faults = resolve(spec, name, values, lenient="required")
        except SpecError as error:  # it takes too much work
            found += error.problems
            continue
        found += faults + check_spec(resolved, read or resolved.read, allow_plaintext=allow_plaintext, checked=meant)
        verdict.environments.append(resolved)
    if not any(each.rule == "KCFG110" and each.level == "error" for each in found):  # a slip of the pen is one Problem
        found += _unused_variables(spec)
    verdict.problems = in_order(found, spec)
    return verdict


def _unused_variables(spec: Spec) -> Iterator[Problem]:
    """Yield variables that no text names (warnings): a name that was changed in one place alone."""
    if not spec.variables or spec.lost:
        return
    used = {name for source in spec.sources for name in names_in(source.document.value, keys=True)}
    for name, declared in spec.variables.items():
        if name not in used:
            hint = f"write ${{{name}}} where it is meant, or remove it"
            message = f"nothing names the variable {name!r}"
            yield declared.problem(message, rule="KCFG110", hint=hint, key=True, level="warning")


def in_order(problems: Iterable[Problem], spec: Spec | None = None) -> list[Problem]:
    """Return each Problem once, sorted by place; files as the spec reads them."""
    once = {str(problem): problem for problem in problems}
    files = dict.fromkeys(source.file for source in spec.sources) if spec else {}
    files |= dict.fromkeys(each.location.file for each in once.values() if each.location)
    order = {file: index for index, file in enumerate(files)}

    def place(problem: Problem) -> tuple[int, int, int]:
        where = problem.location
        return (order[where.file], where.line, where.column) if where else (-1, 0, 0)

    return sorted(once.values(), key=place)


def raise_problems(problems: Iterable[Problem], spec: Spec | None = None) -> None:
    """Raise one SpecError that carries the errors among the problems, if there are any."""
    errors = [problem for problem in in_order(problems, spec) if problem.level == "error"]
    if errors:
        raise SpecError(f"the spec has {count(len(errors), 'problem')}", problems=errors)
