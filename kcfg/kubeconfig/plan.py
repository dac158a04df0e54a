"""The plan: what has to change for a kubeconfig to be what a spec says. Pure; `diff` shows it, `apply` writes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kcfg.dataclass import dataclass, field
from kcfg.kubeconfig.applied import CURRENT, FILE, Key
from kcfg.kubeconfig.difference import FieldChange, compare, not_compared
from kcfg.kubeconfig.model import SECTIONS, Body, Kubeconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Side = Literal["spec", "actual"]
    Cause = Literal["", "others", "cluster", "trust"]

ACTIONS = (
    "create", "update", "delete", "adopt", "conflict", "held", "kept", "orphaned", "forget", "unselected", "unmanaged",
    "unchanged",
)  # fmt: skip
WRITES = ("create", "update", "delete")
PASSED = ("unmanaged", "unselected")  # not what a plan is about
_KINDS = {section: wrapper for section, (wrapper, _) in SECTIONS.items()} | {CURRENT: CURRENT, FILE: FILE}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A context that would send a user's credential where nobody allowed it to go."""

    context: str
    cluster: str
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What the trust gate keeps out of a plan: users that reach what nobody allowed, with why, and meetings."""

    users: Mapping[str, str]
    meetings: Sequence[Meeting]


@dataclass(frozen=True, slots=True)
class Options:
    """What a plan may do: `prune` deletes what the spec no longer has, `adopt` takes over what others made.

    Entries in `left` stay as they are, whatever they are; the users in `undelivered` are among them, though the spec
    wants them. What a user changed of `namespace` and `current-context` is the user's, unless `manage` names it.
    A plan is about the entries that are `selected`; None means all. Conflicts that are `settled` were asked about.
    """

    prune: bool = False
    adopt: bool = False
    on_conflict: str = "abort"
    left: frozenset[Key] = frozenset()
    manage: frozenset[str] = frozenset()
    undelivered: frozenset[str] = frozenset()
    selected: frozenset[Key] | None = None
    refused: Refused | None = None
    settled: frozenset[tuple[Key, Side]] = frozenset()

    def has(self, key: Key) -> bool:
        """Return whether a plan is about an entry."""
        return self.selected is None or key in self.selected


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One entry of a plan: what happens to it, and why. The bodies may hold secrets: show `fields` redacted."""

    section: str
    name: str
    action: str
    before: Body | None = None
    after: Body | None = None
    reason: str = ""
    drift: str = " "  # what others did since kcfg wrote it: added, modified, deleted, or nothing
    cause: Cause = ""  # why it is held back: other entries that wait, a cluster it would reach, the trust gate
    wanted: Body | None = None  # what the spec says, where a field that the user changed stays

    @property
    def kind(self) -> str:
        """`cluster`, `user`, `context`, `current-context` or `file`."""
        return _KINDS[self.section]

    @property
    def title(self) -> str:
        """`cluster/prod-eu`, as kubectl names things."""
        return f"{self.kind}/{self.name}" if self.name else self.kind

    def fields(self) -> list[FieldChange]:
        """Return the fields that differ."""
        return list(compare(self.before or {}, self.after or {}))

    def unread(self) -> list[str]:
        """Return the fields that were not compared, because a store was not read."""
        return [] if self.action == "unselected" else not_compared(self.before or {}, self.after or {})


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Every entry of the actual and the target kubeconfig with what happens to it, in the order of kubectl's output."""

    changes: tuple[Change, ...]
    spec: str = ""
    options: Options = field(default_factory=Options)
    target: Kubeconfig | None = None
    current_context: str = ""  # of the actual kubeconfig

    def of(self, *actions: str) -> list[Change]:
        """Return the changes with one of these actions."""
        return [change for change in self.changes if change.action in actions]

    def counts(self) -> dict[str, int]:
        """Return how many entries each action has; actions without entries are left out."""
        found = dict.fromkeys(ACTIONS, 0)
        for change in self.changes:
            found[change.action] += 1
        return {action: number for action, number in found.items() if number}

    @property
    def writes(self) -> list[Change]:
        """The changes that alter the file."""
        return [each for each in self.changes if each.action in WRITES or (each.action == "adopt" and each.fields())]

    @property
    def open(self) -> list[Change]:
        """The conflicts, and what is held back because of others: nothing of it is written."""
        return self.of("conflict", "held")

    @property
    def unread(self) -> list[Change]:
        """The changes that do nothing as far as was compared; what a store holds was not."""
        open_to = ("unchanged",) if self._others_stay else ("unchanged", "adopt", "unmanaged")
        users = [each for each in self.changes if each.section == "users" and each.action in open_to]
        return [each for each in users if each.unread() and not each.fields()]

    @property
    def _others_stay(self) -> bool:
        """Whether what kcfg did not write stays, whatever it holds."""
        return self.options.on_conflict == "actual" and not self.options.adopt

    @property
    def differs(self) -> bool:
        """The one answer of `diff`, `status`, `verify` and `apply`: not whether the file is what it should be.

        Something would be written, or is held back, or cannot be delivered, or was not compared.
        """
        return bool(self.writes or self.open or self.unread or self.options.undelivered)

    def same_as(self, other: Plan) -> bool:
        """Return whether two plans do the same; what neither of them touches may differ."""
        one, two = ([each for each in plan.changes if each.action not in PASSED] for plan in (self, other))
        return [_seen(each) for each in one] == [_seen(each) for each in two]


def selected_keys(names: Collection[str], *configs: Kubeconfig) -> frozenset[Key]:
    """Return contexts with the clusters and users that they refer to, in any of these; the last one's current-context.

    That is part of it where it names one of the contexts.
    """
    found: set[Key] = {("contexts", name) for name in names}
    for config in configs:
        for name in names:
            if (context := config.contexts.get(name)) is not None:
                found |= {("clusters", context.get("cluster") or ""), ("users", context.get("user") or "")}
    if configs[-1].current_context in names:
        found.add((CURRENT, ""))
    return frozenset(found)


def _seen(change: Change) -> tuple[object, ...]:
    return (change.section, change.name, change.action, change.before, change.after)
