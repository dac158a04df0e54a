"""What only got another name: an entry that goes and one that comes, with the same body. Pure.

A guess for readers, never more: nothing is planned or written by it. Two that could be meant are no rename.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from kcfg.kubeconfig.difference import has_unread
from kcfg.kubeconfig.model import Body
from kcfg.kubeconfig.plan import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.applied import Key
    from kcfg.kubeconfig.plan import Plan

RENAME = "rename"  # only shown: a plan deletes the one and creates the other
_REFERENCES = {"cluster": "clusters", "user": "users"}


def renames(plan: Plan) -> dict[Key, str]:
    """Return (section, new name) → old name; a context may follow its renamed cluster and user."""
    found: dict[Key, str] = {}
    for section in ("clusters", "users", "contexts"):
        gone, come = (_by_body(plan.of(action), section, found) for action in ("delete", "create"))
        for body, names in come.items():
            if len(names) == 1 and len(old := gone.get(body, [])) == 1:
                found[section, names[0]] = old[0]
    return found


def with_renames(changes: Iterable[Change], renamed: dict[Key, str]) -> list[Change]:
    """Return changes as they are shown: one for each rename, in the place of the new name."""
    changes = list(changes)
    old = {(section, before) for (section, _), before in renamed.items()}
    bodies = {(each.section, each.name): each.before for each in changes if each.action == "delete"}
    return [
        Change(each.section, each.name, RENAME, bodies[each.section, before], each.after, f"renamed from {before}")
        if each.action == "create" and (before := renamed.get((each.section, each.name))) is not None
        else each
        for each in changes
        if each.action != "delete" or (each.section, each.name) not in old
    ]


def _by_body(changes: Iterable[Change], section: str, renamed: dict[Key, str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in changes:
        body = each.after if each.before is None else each.before
        if each.section == section and body and not has_unread(body):
            new = _followed(body, renamed) if section == "contexts" and each.before is None else body
            found[json.dumps(new, sort_keys=True, default=str)].append(each.name)
    return found


def _followed(body: Body, renamed: dict[Key, str]) -> Body:
    """Return a new context as it would be under the old names."""
    return body | {
        field: renamed.get((section, body[field]), body[field])
        for field, section in _REFERENCES.items()
        if field in body
    }
