"""A plan as JSON: stable names, no secrets. The form is described in kcfg/apply/README.md."""

from __future__ import annotations

from kcfg.cli.plans.renames import renames
from kcfg.cli.plans.rows import Row, rows
from kcfg.cli.plans.summary import SHOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.applied import Key
    from kcfg.kubeconfig.plan import Change, Plan

VERSION = 1


def plan_json(plan: Plan, *, path: str | None, environment: str | None = None) -> dict[str, Any]:
    """Return a plan as plain values."""
    new = renames(plan)
    old = {(section, before): after for (section, after), before in new.items()}
    hints = {"create": ("renamedFrom", new), "delete": ("renamedTo", old)}
    unread = {each.name for each in plan.unread}  # users
    shown = [each for each in plan.changes if each.action in SHOWN or (each.section == "users" and each.name in unread)]
    return {
        "version": VERSION,
        "spec": plan.spec or None,
        "environment": environment,
        "kubeconfig": path,
        "differs": plan.differs,
        "counts": plan.counts(),
        "changes": [_change(each) | _renamed(each, *hints.get(each.action, ("", {}))) for each in shown],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "name": change.name or None,
        "action": change.action,
        "reason": change.reason or None,
        "drift": {"A": "added", "M": "modified", "D": "deleted"}.get(change.drift),
        "fields": [_field(row) for row in rows(change)],
        "notCompared": change.unread(),
    }


def _renamed(change: Change, hint: str, names: dict[Key, str]) -> dict[str, str]:
    name = names.get((change.section, change.name))
    return {} if name is None else {hint: name}


def _field(row: Row) -> dict[str, Any]:
    return {"field": row.field, "before": row.before, "after": row.after, "secret": row.secret}
