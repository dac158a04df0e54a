"""The law of targets: what an engine does not read of a spec is refused, or told in one note; nothing is dropped.

Refused is what would change who asks, with which rights, whom one trusts, or the way there. Told is what only people
and kubectl look at. README.md has the table, tests/targets/test_law.py holds every target to it, field by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kcfg.dataclass import dataclass, field
from kcfg.spec.urls import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.spec.models import Cluster, Context, User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

# What kubectl prefers to a plugin, which is then never run.
BEFORE_PLUGINS = ("token", "tokenFile", "username", "password")


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine reads a cluster: its name, and by the name of a field what is wrong with it, and the cure."""

    name: str
    lost: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unread: frozenset[tuple[str, str]] = frozenset()  # (kind of entry, field); ("spec", "current-context")


def hold_whole(job: Job, engine: Engine) -> None:
    """Refuse or note what an engine does not read, for a target that goes through the clusters on its own."""
    contexts = [job.spec.contexts[name] for name in job.names]
    clusters = dict.fromkeys(each.entry.cluster for each in contexts)
    users = dict.fromkeys(each.entry.user for each in contexts if each.entry.user)
    entries: dict[str, list[Declared[Any]]] = {
        "context": [*contexts],
        "cluster": [job.spec.clusters[name] for name in clusters],
        "user": [job.spec.users[name] for name in users],
    }
    for kind, found in entries.items():
        for declared in found:
            job.problems += lost_faults(engine.lost, declared)
            _note(job, engine, kind, declared)
    if job.spec.current_context and ("spec", "current-context") in engine.unread:
        job.left_out(engine.name, "current-context")


def given(declared: Declared[Any], field: str) -> bool:
    """Return whether an entry says something in a field, under its spelling in the file."""
    for name, known in type(declared.entry).model_fields.items():
        if (known.alias or name) == field:
            return getattr(declared.entry, name) not in (None, "", False, [], {})
    return False


def lost_faults(lost: Mapping[str, tuple[str, str]], declared: Declared[Any]) -> Iterator[Problem]:
    """Yield the fields of an entry that must not be lost, and would be."""
    for name, (message, hint) in lost.items():
        if given(declared, name):
            yield declared.problem(message, name, rule="KCFG703", hint=hint)


def loopback_warnings(declared: Declared[Any]) -> Iterator[Problem]:
    """Yield the addresses of a cluster that mean another machine where an engine runs: its own pod."""
    for name, url in (("server", declared.entry.server), ("proxy-url", declared.entry.proxy_url)):
        if url and is_loopback(url):
            yield declared.problem(
                "inside the engine's pod this address is the pod itself",
                name,
                rule="KCFG708",
                hint="give the address that the engine reaches; an environment's patch can do so",
                level="warning",
            )


def note_unread(job: Job, engine: Engine, cluster: Declared[Cluster], user: Declared[User] | None) -> None:
    """Note what an engine reads nothing of: told at the end, once."""
    _note(job, engine, "cluster", cluster)
    if user is not None:
        _note(job, engine, "user", user)


def note_contexts(job: Job, engine: Engine, firsts: Mapping[str, str]) -> None:
    """Note what is not read of contexts: all of them, also those that are a second way to one cluster."""
    for name in job.names:
        declared: Declared[Context] = job.spec.contexts[name]
        _note(job, engine, "context", declared)
        other = job.spec.contexts[firsts[declared.entry.cluster]]
        for field_name in ("namespace", "extensions", "labels"):
            differs = getattr(declared.entry, field_name) != getattr(other.entry, field_name)
            if differs and given(declared, field_name) and ("context", field_name) not in engine.unread:
                job.left_out(engine.name, f"{field_name} of a second context")
    if job.spec.current_context:
        job.left_out(engine.name, "current-context")


def _note(job: Job, engine: Engine, kind: str, declared: Declared[Any]) -> None:
    for of, name in sorted(engine.unread):
        if of == kind and given(declared, name):
            job.left_out(engine.name, name)


def nothing(*_: object) -> Iterator[Any]:
    """Yield nothing: what a reader answers that reads a kubeconfig as it is."""
    yield from ()
