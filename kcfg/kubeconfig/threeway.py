"""Three states decide about every entry: what kcfg last wrote (a digest), what is there now, and what should be there.

Only what kcfg wrote is its to change. What somebody else changed or made is a conflict that a person decides; it
holds back its own entry, and what `kcfg.kubeconfig.holding` says.

| kcfg wrote it | there now | in the spec | then |
| --- | --- | --- | --- |
| no | no | yes | create |
| no | yes, equal | yes | unmanaged; adopt if asked, or if its context says that this spec wrote it |
| no | yes, different | yes | conflict; update if asked to adopt |
| no | yes | no | unmanaged |
| yes | as written | equal / different / no | unchanged / update / orphaned, deleted if asked to prune |
| yes | changed by others | equal / different / no | unchanged / conflict / orphaned, a conflict if asked to prune |
| yes | changed by others | equal, but for a secret that was not read | conflict: the digest shows a change |
| yes | no | yes / no | conflict / forget |

A context's namespace and `current-context` that the user changed are the user's and stay, while the rest of the context
follows the spec; what kcfg remembers is the spec's. `manage` lets the spec win.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kcfg.dataclass import replace
from kcfg.kubeconfig.applied import (
    CURRENT,
    FILE,
    Applied,
    Key,
    Record,
    canonical_entries,
    whole_entries,
    without_namespace,
)
from kcfg.kubeconfig.difference import canonical, equal, not_compared
from kcfg.kubeconfig.holding import hold_back, refuse
from kcfg.kubeconfig.kcfg_marker import marker_of, without_marker
from kcfg.kubeconfig.model import SECTIONS, Body, Kubeconfig
from kcfg.kubeconfig.plan import PASSED, WRITES, Change, Options, Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Side

CHANGED = "changed since kcfg wrote it"
DELETED = "deleted since kcfg wrote it"
FOREIGN = "exists, and kcfg did not write it"
OTHER_SPEC = "managed by another spec"
MADE_HERE = "exists and equals the spec; --adopt manages it"
IN_USE = "still used by context"


def make_plan(
    last_applied: Applied | None,
    actual: Kubeconfig,
    target: Kubeconfig,
    *,
    spec: str = "",
    options: Options | None = None,
) -> Plan:
    """Compare what kcfg last wrote, what is there and what should be there; return what has to happen.

    `last_applied` is `Applied` for a file that `spec` is applied to, and None where two kubeconfigs are simply
    compared: then whatever differs is created, updated or deleted.
    """
    options = options or Options()
    if last_applied is None:
        found, wanted = whole_entries(actual), whole_entries(target)
        keys = _ordered({*found, *wanted} - {key for key in [(FILE, "")] if not (found[key] or wanted[key])})
        return Plan(
            tuple(_narrow(_simple(key, found.get(key), wanted.get(key)), options) for key in keys),
            spec,
            options,
            target,
            actual.current_context,
        )
    wanted = canonical_entries(target)
    touched = {*wanted, *last_applied.entries, *last_applied.pending}
    job = _Three(last_applied, actual, canonical_entries(actual, touched), spec, options)
    job.judge(wanted)
    return Plan(tuple(job.result()), spec, options, target, actual.current_context)


def _simple(key: Key, before: Body | None, after: Body | None) -> Change:
    if before is None or after is None:
        return Change(*key, "create" if before is None else "delete", before, after)
    return Change(*key, "unchanged" if equal(before, after) else "update", before, after)


def _narrow(change: Change, options: Options) -> Change:
    return change if options.has((change.section, change.name)) else replace(change, action="unselected", reason="")


def _ordered(keys: set[Key]) -> list[Key]:
    sections = [*SECTIONS, CURRENT, FILE]
    return sorted(keys, key=lambda key: (sections.index(key[0]), key[1].encode("utf-8", "surrogatepass")))


class _Three:
    """The three-way comparison of one file."""

    def __init__(
        self, applied: Applied, config: Kubeconfig, actual: Mapping[Key, Body], spec: str, options: Options
    ) -> None:
        self.applied = applied
        self.config = config
        self.actual = actual
        self.spec = spec
        self.options = options
        self.settled: dict[Key, Side] = dict(options.settled)
        self.records: dict[Key, Record] = applied.settled(actual)
        self.judged: dict[Key, Change] = {}
        self.hinted: set[Key] = set()

    def judge(self, wanted: Mapping[Key, Body]) -> None:
        self.hinted = self._hinted(wanted)
        managed = {key for key, record in self.records.items() if record.spec == self.spec}
        for key in {*wanted, *managed} - self.options.left:
            change = self._resolved(self._change(key, self.actual.get(key), wanted.get(key)))
            self.judged[key] = _narrow(change, self.options)
        if self.options.refused is not None:
            self.judged |= refuse(self.judged, self.options.refused)
        self.judged |= hold_back(self.judged, self.config)
        self._keep_what_is_used()

    def _keep_what_is_used(self) -> None:
        """Do not prune a cluster or user that a context which stays refers to."""
        going = [each for each in self.judged.values() if each.action == "delete" and each.section != "contexts"]
        if not going:
            return
        used: dict[Key, str] = {}
        for name, entry in self.config.contexts.items():
            change = self.judged.get(("contexts", name))
            if change is None or change.action in (*PASSED, "kept", "orphaned", "conflict", "held"):
                used |= {(f"{kind}s", entry.body.get(kind) or ""): name for kind in ("cluster", "user")}
        for change in going:
            if user := used.get((change.section, change.name)):
                key = (change.section, change.name)
                self.judged[key] = replace(change, action="orphaned", reason=f"{IN_USE} {user!r}")

    def result(self) -> Iterator[Change]:
        everything = {(section, name) for section in SECTIONS for name in self.config.section(section)}
        foreign = everything - self.judged.keys()
        if self.config.current_context and (CURRENT, "") not in self.judged:
            foreign.add((CURRENT, ""))
        for key in _ordered({*self.judged, *foreign}):
            yield self.judged.get(key) or Change(*key, "unmanaged", reason=self._managed_by(key))

    def _managed_by(self, key: Key) -> str:
        record = self.records.get(key)
        return f"{OTHER_SPEC}: {record.spec}" if record else ""

    def _hinted(self, wanted: Mapping[Key, Body]) -> set[Key]:
        """Return the entries whose context says that this spec wrote them (their file may be a copy)."""
        found: set[Key] = set()
        for section, name in wanted:
            body = self.actual.get((section, name))
            if section == "contexts" and body is not None and marker_of(body).get("spec") == self.spec:
                found |= {("contexts", name), ("clusters", body.get("cluster", "")), ("users", body.get("user", ""))}
        return found

    def _change(self, key: Key, before: Body | None, after: Body | None) -> Change:
        record = self.records.get(key)
        if record is None or record.spec != self.spec:
            return self._new(key, before, after, record)
        if after is None and (before is None or key[0] == CURRENT):
            return Change(*key, "forget", before, drift="D" if before is None else " ")
        if key[0] == CURRENT and not self._as_written(before, record):
            return self._switched(key, before, after or {})
        if before is None:
            return Change(*key, "conflict", None, after, DELETED, "D")
        if not self._as_written(before, record):
            return self._changed(key, before, after, record)
        if after is not None and equal(before, after):
            return Change(*key, "unchanged", before, after)
        if after is None:
            return Change(*key, "delete" if self.options.prune else "orphaned", before, None)
        return Change(*key, "update", before, after)

    def _changed(self, key: Key, before: Body, after: Body | None, record: Record) -> Change:
        """Judge an entry that is not as kcfg wrote it."""
        if key[0] == "contexts" and self._is_rest(before, after, record):
            return self._moved(key, before, after)
        if after is not None and equal(before, after) and not not_compared(before, after):
            return Change(*key, "unchanged", before, after, drift="M")
        orphan = after is None and not self.options.prune
        return Change(*key, "orphaned" if orphan else "conflict", before, after, CHANGED, "M")

    def _as_written(self, before: Body | None, record: Record) -> bool:
        return before is not None and self.applied.digest(before) == record.digest

    def _is_rest(self, before: Body, after: Body | None, record: Record) -> bool:
        """Return whether only its namespace was changed since kcfg wrote a context."""
        if record.rest:
            return self.applied.is_rest(before, record)
        # An older kcfg kept the digest of the whole alone: the spec's namespace is what it wrote, unless that changed.
        return after is not None and self._as_written(_in_namespace(before, after), record)

    def _switched(self, key: Key, before: Body | None, after: Body) -> Change:
        """Judge a `current-context` that the user changed: switched to what the spec says, it is kcfg's again."""
        drift = "D" if before is None else "M"
        if before is not None and equal(before, after):
            return Change(*key, "unchanged", before, after, drift=drift)
        if CURRENT in self.options.manage:
            return Change(*key, "create" if before is None else "update", before, after, drift=drift)
        return Change(*key, "unchanged", before, before, drift=drift, wanted=after)

    def _moved(self, key: Key, before: Body, after: Body | None) -> Change:
        """Judge a context whose namespace the user changed: that is the user's, and the rest follows the spec."""
        if after is None:
            return Change(*key, "delete" if self.options.prune else "orphaned", before, None, drift="M")
        kept = after if "namespace" in self.options.manage else _in_namespace(after, before)
        if equal(before, kept):
            return Change(*key, "unchanged", before, before, drift="M", wanted=None if equal(before, after) else after)
        return Change(*key, "update", before, kept, drift="M", wanted=after)

    def _new(self, key: Key, before: Body | None, after: Body | None, record: Record | None) -> Change:
        """Judge an entry that this spec wants and has not written."""
        assert after is not None
        if before is None:
            return Change(*key, "create", None, after)
        same = equal(without_marker(before), without_marker(after))
        if key[0] == CURRENT:
            return Change(*key, "adopt" if same else "update", before, after, drift="A")
        if self.options.adopt:
            return Change(*key, "adopt" if equal(before, after) or same else "update", before, after, drift="A")
        if record is not None:
            reason = f"{OTHER_SPEC}: {record.spec}"
            return Change(*key, "unmanaged" if same else "conflict", before, after, reason, "A")
        if same:
            return Change(*key, "adopt" if key in self.hinted else "unmanaged", before, after, MADE_HERE, "A")
        return Change(*key, "conflict", before, after, FOREIGN, "A")

    def _resolved(self, change: Change) -> Change:
        """Settle a conflict as asked; what others made is taken over by `adopt`, or where just that was asked."""
        if change.action != "conflict":
            return change
        answer = self.settled.get((change.section, change.name))
        side = answer or self.options.on_conflict
        if side == "actual":
            return replace(change, action="kept")
        if side == "abort" or (answer is None and change.reason not in (CHANGED, DELETED)):
            return change
        action = "create" if change.before is None else "delete" if change.after is None else "update"
        return replace(change, action=action)


def _in_namespace(body: Body, other: Body) -> Body:
    """Return a context in the namespace of another, in kubectl's order."""
    return canonical("contexts", {**without_namespace(body), "namespace": other.get("namespace")})


def records_after(plan: Plan, applied: Applied, actual: Mapping[Key, Body]) -> dict[Key, Record]:
    """Return what is managed once a plan is written."""
    found = applied.settled(actual)
    for change in plan.changes:
        key = (change.section, change.name)
        if change.action in ("delete", "forget"):
            found.pop(key, None)
        elif change.action in ("create", "update", "adopt", "unchanged"):
            if change.action == "unchanged" and change.wanted is not None:
                continue  # as kcfg wrote it last, and the user changed it
            written = change.after if change.action in WRITES or change.fields() else change.before
            found[key] = applied.record(plan.spec, key, change.wanted or written)
    return found
