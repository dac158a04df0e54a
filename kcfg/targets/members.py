"""The clusters of a fleet, one at a time: name, labels, and the kubeconfig that leads there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from kcfg.errors import Problem
from kcfg.kubeconfig.flatten import flatten, require_content
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.spec.labels import label_faults
from kcfg.targets.fields import loopback_warnings, lost_faults, note_contexts, note_unread
from kcfg.targets.manifest import manifest
from kcfg.targets.member import Member
from kcfg.targets.names import object_names
from kcfg.targets.targets import open_reader
from kcfg.targets.users import secret_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared, Spec
    from kcfg.targets.job import Job, ReadSecret
    from kcfg.targets.targets import Reader

UserFaults = Callable[["Declared[User]"], Iterable[Problem]]


def members(job: Job, template: Reader, value_faults: UserFaults | None = None) -> Iterator[Member]:
    """Yield every cluster that can be expressed; what is wrong with the others goes to the job.

    `value_faults` says which values of a user cannot be brought; without it, all that are not asked for.
    """
    job.judged = True
    contexts = _one_each(job)
    names = object_names(contexts)
    judged: dict[str, bool] = {}
    for cluster, context in contexts.items():
        entry = job.spec.contexts[context].entry
        user = job.spec.users[entry.user] if entry.user else None
        if user is not None and user.entry.name not in judged:
            problems = [*lost_faults(template.ENGINE.lost, user), *template.faults(job, user)]
            if value_faults is not None or not job.inline:
                problems += (value_faults or secret_faults)(user)
            judged[user.entry.name] = not problems
            job.problems += problems
        member = member_of(job, names[cluster], context, user)
        wrong = list(_label_problems(member))
        wrong += [*lost_faults(template.ENGINE.lost, member.cluster), *template.member_faults(job, member)]
        job.problems += wrong
        job.warnings += loopback_warnings(member.cluster)
        if not wrong and (user is None or judged[user.entry.name]):
            note_unread(job, template.ENGINE, member.cluster, member.user)
            for name in template.unread(job, member):
                job.left_out(template.ENGINE.name, name)
            yield member
    note_contexts(job, template.ENGINE, contexts)


def file_names(spec: Spec, contexts: Iterable[str], file: str) -> list[str]:
    """Return the names of the files that hold a target's credentials; `file` is the target's FILE."""
    if file:
        return [file]
    clusters = dict.fromkeys(spec.contexts[name].entry.cluster for name in contexts)
    return [f"{name}.yaml" for name in object_names(clusters).values()]


def _label_problems(member: Member) -> Iterator[Problem]:
    for key, fault in label_faults(member.labels):
        declared: Declared[Any] = member.context if key in member.context.entry.labels else member.cluster
        yield declared.problem(fault, "labels", key, rule="KCFG705", hint="at most 63 of A-Z a-z 0-9 - _ .")


def _one_each(job: Job) -> dict[str, str]:
    """Return cluster → context: an engine reaches a cluster in one way only."""
    found: dict[str, str] = {}
    for name in job.names:
        declared = job.spec.contexts[name]
        first = found.setdefault(declared.entry.cluster, name)
        if job.spec.contexts[first].entry.user != declared.entry.user:
            job.problems.append(
                declared.problem(
                    f"cluster {declared.entry.cluster!r} is reached by another user through context {first!r}",
                    *(("user",) if declared.entry.user else ("name",)),
                    rule="KCFG704",
                    hint="choose one of them with --context or -l",
                )
            )
    return found


def objects(job: Job, name: str) -> Iterator[tuple[str, str]]:
    """Yield (file name, text) of the object that a target has for each cluster."""
    reader = open_reader(name)
    for member, config in with_kubeconfigs(job, members(job, reader)):
        yield f"{member.name}.yaml", manifest(reader.plain_object(job, member, config))


def member_of(job: Job, name: str, context: str, user: Declared[User] | None) -> Member:
    """Return a cluster under an object's name, as a context and one of the users lead there."""
    found = job.spec.contexts[context]
    return Member(name, job.spec.labels_of(found.entry), found, job.spec.clusters[found.entry.cluster], user)


def with_kubeconfigs(
    job: Job, found: Iterable[Member], read_secret: ReadSecret | None = None
) -> Iterator[tuple[Member, Kubeconfig]]:
    """Yield each member with its kubeconfig, files inlined; of a fleet only a part is in memory."""
    waiting: deque[Member] = deque()

    def contexts() -> Iterator[str]:
        for member in found:
            waiting.append(member)
            yield member.context.entry.name

    for config in job.kubeconfigs(contexts(), read_secret):
        require_content(config, job.spec.read)
        yield waiting.popleft(), flatten(config, job.spec.read, "/", token_files=job.inline)
