"""A plan, or those of several environments, as Markdown for the comment on a pull request."""

from __future__ import annotations

import re

from kcfg.cli.plans.places import Places, portable
from kcfg.cli.plans.renames import RENAME
from kcfg.cli.plans.summary import SYMBOLS, remark, shown, summary
from kcfg.cli.plans.text import told_fields
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
_VERBS = {"delete": "prune", "kept": "left as it is", "orphaned": "no longer in the spec"}
_VALUE = 200
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@])")


def parts_markdown(parts: Sequence[Part], title: str) -> str:
    """Return a heading, a table of the environments, and for each that differs its entries, the diffs folded away.

    Paths begin at the repository or at the home: a comment says nothing of the machine that it was made on.
    """
    for path in {each.path for each in parts if each.path}:
        title = title.replace(path, Places(parts[0].root, None).short(path))
    lines = [f"### {_title(title)}", ""]
    if len(parts) == 1 and (parts[0].environment is None or parts[0].heading in title):
        return _joined([*lines, *_body(portable(parts[0]).plan, _ROWS, _LONGEST)])
    lines += ["| environment | changes |", "| --- | --- |"]
    lines += [f"| {_escaped(part.heading)} | {_changes(part)} |" for part in parts]
    shares = max(1, sum(part.is_shown for part in parts))
    for part in map(portable, parts):
        if part.is_shown:
            body = _body(part.plan, _ROWS // shares, _LONGEST // shares)
            lines += ["", f"#### {_escaped(part.heading)}", "", *body]
    return _joined(lines)


def _changes(part: Part) -> str:
    return _escaped(summary(part.plan)) if part.is_shown else "no differences"


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
    lines += [
        f"| `{SYMBOLS[each.action]}` {_VERBS.get(each.action, each.action)} | {_escaped(each.title)} "
        f"| {_cell(each, plan.spec)} |"
        for each in changes[:most]
    ]
    if len(changes) > most:
        lines += ["", f"… and {len(changes) - most} more"]
    fence = _fence([each for each in changes[:most] if each.action != RENAME])
    if len(fence) > 2 and sum(map(len, [*lines, *fence])) + len(lines) + len(fence) <= longest:
        lines += ["", "<details><summary>as a diff</summary>", "", *fence, "", "</details>"]
    return lines


def _cell(change: Change, spec: str) -> str:
    """Return what happens to an entry: the remark, then its fields, a line each."""
    told = told_fields(change, spec).lines
    lines = [_arrows(_short(each)) for each in told[:_FIELDS]]
    more = [f"… and {len(told) - _FIELDS} more"] if len(told) > _FIELDS else []
    why = remark(change)
    return "<br>".join([*([_escaped(why)] if why else []), *lines, *more])


def _arrows(text: str) -> str:
    return _escaped(text).replace(" -\\> ", " → ")


def _short(text: str) -> str:
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"


def _fence(changes: list[Change]) -> list[str]:
    lines = [line for change in changes for line in entry_diff(change)]
    longest = max((len(found) for line in lines for found in re.findall("`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}diff", *lines, mark]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
