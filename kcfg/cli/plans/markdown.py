"""A plan, or those of several environments, as Markdown for the comment on a pull request."""

from __future__ import annotations

import re

from kcfg.cli.plans.renames import RENAME
from kcfg.cli.plans.rows import rows
from kcfg.cli.plans.summary import SYMBOLS, remark, shown, summary
from kcfg.cli.plans.text import arrow, worth_telling
from kcfg.cli.plans.unified import entry_diff
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.cli.plans.many import Part
    from kcfg.kubeconfig.plan import Change, Plan

_ROWS = 200  # a comment of more would not be accepted, nor read
_LONGEST = 50_000  # GitHub takes 65,536 characters in a comment
_FIELDS = 6
_VALUE = 200
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@])")


def plan_markdown(plan: Plan, title: str) -> str:
    """Return a heading, a table of the entries, and their diffs folded away."""
    return _joined([f"### {_title(title)}", "", *_body(plan, _ROWS, _LONGEST)])


def parts_markdown(parts: Sequence[Part], title: str) -> str:
    """Return a heading, and below it one for each environment that differs; the others are one line each."""
    lines = [f"### {_title(title)}", ""]
    shares = max(1, sum(part.is_shown for part in parts))
    for part in parts:
        if part.is_shown:
            lines += [f"#### {_escaped(part.heading)}", "", *_body(part.plan, _ROWS // shares, _LONGEST // shares), ""]
        else:
            lines += [f"{_escaped(part.heading)}: no differences", ""]
    return _joined(lines)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _title(title: str) -> str:
    return _escaped(title.replace(" -> ", " → ").replace(" <- ", " ← "))


def _body(plan: Plan, most: int, longest: int) -> list[str]:
    changes = shown(plan)
    lines = [_escaped(summary(plan)), ""]
    if not changes:
        return lines
    most = max(most, 5)
    lines += ["| change | entry | fields |", "| --- | --- | --- |"]
    lines += [f"| `{SYMBOLS[each.action]}` | {_escaped(each.title)} | {_cell(each)} |" for each in changes[:most]]
    if len(changes) > most:
        lines += ["", f"… and {len(changes) - most} more"]
    fence = _fence([each for each in changes[:most] if each.action != RENAME])
    if len(fence) > 2 and sum(map(len, [*lines, *fence])) + len(lines) + len(fence) <= longest:
        lines += ["", "<details><summary>as a diff</summary>", "", *fence, "", "</details>"]
    return lines


def _cell(change: Change) -> str:
    """Return what happens to an entry: the remark, then its fields, a line each."""
    fields = worth_telling(change, rows(change)) if change.action != "orphaned" else []
    told = [f"{row.field}: {arrow(row)}" if row.field != change.kind else arrow(row) for row in fields]
    lines = [_escaped(_short(each)).replace(" -\\> ", " → ") for each in told[:_FIELDS]]
    more = [f"… and {len(told) - _FIELDS} more"] if len(told) > _FIELDS else []
    why = remark(change)
    return "<br>".join([*([_escaped(why)] if why else []), *lines, *more])


def _short(text: str) -> str:
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"


def _fence(changes: list[Change]) -> list[str]:
    lines = [line for change in changes for line in entry_diff(change)]
    longest = max((len(found) for line in lines for found in re.findall("`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}diff", *lines, mark]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
