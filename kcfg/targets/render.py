"""Everything that a target consists of, or every Problem why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from kcfg.errors import Problem, SpecError
from kcfg.targets.job import Unrendered
from kcfg.targets.targets import TARGETS, open_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.targets.job import Job


def render_to(name: str, job: Job) -> Iterator[tuple[str, str]]:
    """Yield (file name, text) of everything a target consists of.

    Raises SpecError with every Problem after the last document: nothing may be published before that.
    """
    target = open_target(name)
    job.namespace = job.namespace or target.NAMESPACE
    with suppress(Unrendered):
        yield from target.documents(job) if name in TARGETS else _held(name, job)
    if job.problems:
        unique = {str(problem): problem for problem in job.problems}
        raise SpecError(f"the spec cannot be rendered for {name}", problems=sorted(unique.values(), key=_place))
    job.finish()


def _held(name: str, job: Job) -> Iterator[tuple[str, str]]:
    from kcfg.targets.outside import answering, held

    with answering(name):
        documents = open_target(name).documents(job)
    return held(name, documents, job)


def _place(problem: Problem) -> tuple[str, int, int]:
    where = problem.location
    return (where.file, where.line, where.column) if where else ("", 0, 0)
