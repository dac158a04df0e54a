"""A plan as Markdown, for the comment on a pull request."""

from __future__ import annotations

import re

from kcfg.cli.plans.summary import SYMBOLS, remark, shown, summary
from kcfg.cli.plans.unified import entry_diff
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Change, Plan

_ROWS = 200  # a comment of more would not be accepted, nor read
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@])")


def plan_markdown(plan: Plan, title: str) -> str:
    """Return a heading, a table of the entries, and their diffs folded away."""
    changes = shown(plan)
    lines = [f"### {_escaped(title)}", "", f"{_escaped(summary(plan))}", ""]
    if changes:
        lines += ["| | entry | |", "| --- | --- | --- |"]
        lines += [f"| `{SYMBOLS[each.action]}` | {_escaped(each.title)} | {_note(each)} |" for each in changes[:_ROWS]]
        if len(changes) > _ROWS:
            lines += ["", f"… and {len(changes) - _ROWS} more"]
        lines += ["", "<details><summary>fields</summary>", "", *_fence(changes[:_ROWS]), "", "</details>"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _note(change: Change) -> str:
    return _escaped(remark(change))


def _fence(changes: list[Change]) -> list[str]:
    lines = [line for change in changes for line in entry_diff(change)]
    longest = max((len(found) for line in lines for found in re.findall("`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}diff", *lines, mark]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
