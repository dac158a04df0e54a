"""A plan for people: what happens to which entry, and its fields. Alike changes of many entries are told once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from kcfg.cli.plans.moves import BOILERPLATE, moved_fields
from kcfg.cli.plans.renames import RENAME
from kcfg.cli.plans.rows import Row, rows
from kcfg.cli.plans.summary import SYMBOLS, remark, shown, summary
from kcfg.dataclass import NamedTuple
from kcfg.kubeconfig.fields import CERTIFICATES
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Change, Plan

_COLORS = {"+": "32", "~": "33", "-": "31", "!": "35", "=": "36", "?": "36"}
_ALIKE = 4  # from so many on, alike changes are told once
_NAMED = 3
_WIDTH = 120


def plan_text(plan: Plan, *, color: bool) -> str:
    """Return the changes of a plan with a summary line."""
    lines: list[str] = []
    told = [(change, told_fields(change, plan.spec)) for change in shown(plan)]
    for _, group in groupby(told, key=_likeness):
        members = list(group)
        if len(members) >= _ALIKE and members[0][0].action != "create":
            lines += _many([change for change, _ in members], members[0][1], color=color)
        else:
            for change, fields in members:
                lines += _one(change, fields, color=color)
    return "".join(f"{line}\n" for line in [*lines, *([""] if lines else []), summary(plan)])


def _likeness(each: tuple[Change, Told]) -> tuple[object, ...]:
    change, told = each
    return (change.section, change.action, remark(change), told)


def _one(change: Change, told: Told, *, color: bool) -> Iterator[str]:
    if change.section == "current-context":
        yield _head(change, f"current-context: {', '.join(told.fields)}", color=color)
        return
    in_one_line = f"{change.title}  {', '.join(told.lines)}"
    is_short = change.action == "create" and bool(told.lines) and len(in_one_line) <= _WIDTH
    if is_short or (told.move and not told.fields):
        yield _head(change, in_one_line, color=color)
        return
    yield _head(change, change.title, color=color)
    for line in told.lines:
        yield f"    {printable(line)}"


class Told(NamedTuple):
    """What a plan tells of an entry: where a credential goes (`token -> keyring`), then fields (`server: a -> b`)."""

    move: str = ""
    fields: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """All of it, a line each."""
        return [*([self.move] if self.move else []), *self.fields]


def told_fields(change: Change, spec: str) -> Told:
    """Return what a plan for a spec tells of an entry's fields."""
    if change.action in ("delete", "orphaned", RENAME):
        return Told()
    fields = rows(change)
    if change.section == "current-context":
        return Told(fields=tuple(arrow(row) for row in fields))
    move, said = moved_fields(change, spec)
    left = [row for row in fields if row.field not in said and row.field != "exec" and row.field not in BOILERPLATE]
    told = worth_telling(change, left if move else fields)
    return Told(move, tuple(f"{row.field}: {arrow(row)}" for row in told))


def worth_telling(change: Change, fields: list[Row]) -> list[Row]:
    """Return the fields that say something; of a stanza that comes or goes not what every stanza has."""
    stanza = next((row for row in fields if row.field == "exec"), None)
    if stanza is not None and None in (stanza.before, stanza.after):
        fields = [row for row in fields if row.field not in BOILERPLATE]
    return _embedded([shown for row in fields if (shown := row if row.before else _as_labels(row)) is not None])


def _embedded(fields: list[Row]) -> list[Row]:
    """Return a path that becomes its file's content, or the other way, as one row."""
    by_name = {row.field: row for row in fields}
    found: list[Row] = []
    for row in fields:
        data, path = by_name.get(f"{row.field}-data"), by_name.get(row.field.removesuffix("-data"))
        if row.field in CERTIFICATES and path is not None and path is not row and _swapped(path, row):
            continue
        if data is not None and _swapped(row, data):
            words = [None if value is None else f"embedded ({value})" for value in (data.before, data.after)]
            found.append(Row(row.field, row.before or words[0], row.after or words[1], data.secret))
        else:
            found.append(row)
    return found


def _swapped(path: Row, data: Row) -> bool:
    """Return whether one of the two fields goes and the other comes."""
    sides = (path.before is None, path.after is None, data.before is None, data.after is None)
    return sides in ((False, True, True, False), (True, False, False, True))


def _as_labels(row: Row) -> Row | None:
    """Return the hint of a new context as the labels that a spec knows; None where it has none."""
    if row.field != "extensions.kcfg" or not row.after:
        return row
    try:
        hint = json.loads(row.after)
        words = [f"{key}={value}" for key, value in hint.get("labels", {}).items()]
    except (ValueError, AttributeError):
        return row
    words += ["protected"] if hint.get("protected") else []
    return Row("labels", None, ",".join(words)) if words else None


def _many(changes: list[Change], told: Told, *, color: bool) -> Iterator[str]:
    names = ", ".join(change.name for change in changes[:_NAMED])
    first = changes[0]
    yield _head(first, f"{len(changes)} {first.section}: {names}, and {len(changes) - _NAMED} more", color=color)
    for line in told.lines:
        yield f"    {printable(line)}"


def _head(change: Change, text: str, *, color: bool) -> str:
    symbol = SYMBOLS[change.action]
    why = remark(change)
    line = printable(f"{symbol} {text}{f'  ({why})' if why else ''}")
    return f"\x1b[{_COLORS[symbol]}m{line}\x1b[0m" if color else line


def arrow(row: Row) -> str:
    """Return what a field becomes, and what it was."""
    if row.before is None:
        return row.after or ""
    if row.after is None:
        return f"{row.before} -> (none)"
    return f"{row.before} -> {row.after}"
