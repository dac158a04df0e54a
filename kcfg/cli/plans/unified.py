"""A plan as a unified diff of the redacted entries, for tools and eyes that read those."""

from __future__ import annotations

import difflib

from kcfg.cli.plans.rows import ANOTHER, certificate_words, redacted
from kcfg.cli.plans.summary import SHOWN
from kcfg.kubeconfig.difference import value_at
from kcfg.kubeconfig.fields import CERTIFICATES
from kcfg.kubeconfig.printed import printed_yaml
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Body
    from kcfg.kubeconfig.plan import Change, Plan

_COLORS = {"+": "32", "-": "31", "@": "36"}


def plan_unified(plan: Plan, *, color: bool) -> str:
    """Return the diff, one file header for each entry; empty where nothing differs."""
    parts = [entry_diff(change) for change in plan.of(*SHOWN) if change.action != "orphaned"]
    return as_text([line for part in parts for line in part], color=color)


def as_text(lines: list[str], *, color: bool) -> str:
    """Return the lines of diffs as one text."""
    return "".join(f"{_colored(line) if color else line}\n" for line in lines)


def entry_diff(change: Change) -> list[str]:
    """Return the lines of one entry's diff."""
    before, after = _marked(change)
    return value_diff(change.title, before, after)


def value_diff(title: str, before: Body | None, after: Body | None) -> list[str]:
    """Return the lines of a diff of two values that may be shown; None where there is none."""
    old, new = (f"{side}/{title}" for side in ("actual", "target"))
    lines = difflib.unified_diff(
        _lines(before),
        _lines(after),
        fromfile="/dev/null" if before is None else old,
        tofile="/dev/null" if after is None else new,
        lineterm="",
    )
    return [printable(line) for line in lines]


def _marked(change: Change) -> tuple[Body | None, Body | None]:
    """Return both sides redacted; a hidden value that differs says so on the new side."""
    shown = [None if body is None else _short(redacted(body)) for body in (change.before, change.after)]
    before, after = shown
    if before is not None and after is not None:
        for field in change.fields():
            one = value_at(before, field.path)
            if one is not None and one == value_at(after, field.path):
                after = _noted(after, field.path)
    return before, after


def _noted(value: Any, path: tuple[str, ...]) -> Any:
    """Return a value that says at a path that what is hidden there differs."""
    if not path:
        return [*value, ANOTHER] if isinstance(value, list) else f"{value} {ANOTHER}"
    if not isinstance(value, list):
        return {**value, path[0]: _noted(value[path[0]], path[1:])}
    at = next(
        index
        for index, item in enumerate(value)
        if path[0] == f"[{index}]" or (isinstance(item, dict) and item.get("name") == path[0])
    )
    inner = next((key for key in ("extension", "value") if isinstance(value[at], dict) and key in value[at]), None)
    item = f"{value[at]} {ANOTHER}" if inner is None else {**value[at], inner: _noted(value[at][inner], path[1:])}
    return [*value[:at], item, *value[at + 1 :]]


def _short(body: Body) -> Body:
    return {field: certificate_words(value) if field in CERTIFICATES else value for field, value in body.items()}


def _lines(body: Body | None) -> list[str]:
    return [] if body is None else printed_yaml(body).removesuffix("\n").split("\n")


def _colored(line: str) -> str:
    code = _COLORS.get(line[:1])
    return f"\x1b[{code}m{line}\x1b[0m" if code else line
