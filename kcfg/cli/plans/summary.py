"""A plan in one line, and the words for what happens."""

from __future__ import annotations

from kcfg.cli.plans.renames import RENAME, renames, with_renames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Change, Plan

SYMBOLS = {
    "create": "+", "update": "~", "delete": "-", "adopt": "=", "conflict": "!", "held": "!", "kept": "!",
    "orphaned": "?",
}  # fmt: skip
SHOWN = tuple(SYMBOLS)
SYMBOLS[RENAME] = "~"
_WORDS = {
    RENAME: "to rename",
    "create": "to create", "update": "to update", "delete": "to prune", "adopt": "to adopt",
    "held": "held back", "kept": "left as they are",
    "orphaned": "no longer in the spec", "unchanged": "unchanged", "unmanaged": "unmanaged",
    "unselected": "not selected",
}  # fmt: skip


def summary(plan: Plan) -> str:
    """Return `2 to create, 1 conflict, 5 unchanged`."""
    counts = plan.counts()
    if number := len(renames(plan)):
        counts = {RENAME: number} | counts
        for action in ("create", "delete"):
            counts[action] -= number
    for change in (unread := plan.unread):
        counts[change.action] -= 1
    parts = [f"{number} {_word(action, number)}" for action, number in counts.items() if number and action != "forget"]
    parts += [f"{len(unread)} not compared"] if unread else []
    parts += [f"{number} not delivered"] if (number := len(plan.options.undelivered)) else []
    return ", ".join(parts) or "nothing there, nothing to do"


def _word(action: str, number: int) -> str:
    if action == "conflict":
        return "conflict" if number == 1 else "conflicts"
    if action == "kept" and number == 1:
        return "left as it is"
    return _WORDS[action]


def remark(change: Change) -> str:
    """Return why something happens to an entry, or what would have to be said for it to happen."""
    if change.action == RENAME:
        return change.reason
    if change.action == "orphaned":
        return change.reason or "no longer in the spec; --prune deletes it"
    if change.action == "held":
        return f"held back: {change.reason}"
    if change.action in ("conflict", "kept"):
        return change.reason + ("; left as it is" if change.action == "kept" else "")
    if change.action == "adopt":
        return "equals the spec; kcfg manages it from now on"
    if change.action in ("update", "create", "delete") and change.drift != " ":
        return {"A": "kcfg did not write it", "M": "changed by others", "D": "deleted by others"}[change.drift]
    return ""


def shown(plan: Plan) -> list[Change]:
    """Return the changes that people want to see; what only got another name is one of them."""
    return with_renames(plan.of(*SHOWN), renames(plan))
