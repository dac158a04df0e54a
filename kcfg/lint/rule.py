"""What a rule is: an id, words for people, examples that are its tests, and a function that finds Problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kcfg.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Location, Problem
    from kcfg.lint.subject import Subject

LEVELS = ("error", "warning", "info", "off")
SPEC, KUBECONFIG = "spec", "kubeconfig"
BOTH = (SPEC, KUBECONFIG)
Check = Callable[["Subject"], "Iterator[Problem]"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe repair of one finding: the new value of a field that has the `old` one, or the mode of a file."""

    location: Location
    file: str
    path: tuple[str | int, ...] = ()
    old: str = ""
    value: str = ""
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong.

    `remedy`: what to do instead. `bad` and `good` are lists of a kubeconfig (a spec reads them too); a line that a bad
    one is found at ends in `# here`. `<NAME>` stands for the base64 of a file the tests make, `expired.crt`
    for instance. `in_spec` is the level that `validate` and `secret scan` give it, if that is another. `told`: of a
    spec, `validate` says it. A rule `of_clients` finds nothing before `lint --clients` names some.
    """

    id: str
    title: str
    level: str
    explanation: str
    remedy: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    check: Check
    on: tuple[str, ...] = BOTH
    fixes: Callable[[Subject], Iterator[Fix]] | None = None
    in_spec: str = ""
    of_clients: bool = False
    told: bool = False
