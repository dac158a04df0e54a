"""Would a stored secret go somewhere new? A spec from git decides which server gets a credential from the keyring.

Three things are asked about once and then remembered: a spec name that first came from another repository (it would
use the same keyring items), keyring items that another tool wrote, and a changed `server` for a user whose secret is
in a store.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kcfg.spec.secrets import declared_secrets
from kcfg.state import edit_state, read_state

if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Plan
    from kcfg.spec.declared import Spec

_STATE = "specs"


def questions(spec: Spec, plan: Plan, environ: Mapping[str, str]) -> list[str]:
    """Return what a person should agree to before this plan is written; empty when nothing is new."""
    secrets = declared_secrets(spec)
    if not secrets:
        return []
    known = read_state(_STATE, environ).get(spec.name)
    record: dict[str, Any] = known if isinstance(known, dict) else {}
    found: list[str] = []
    if record and record.get("root") != _root(spec):
        found.append(
            f"the spec name {spec.name!r} was first applied from {record.get('root')}; this one is in {_root(spec)}, "
            "and would use the same stored secrets"
        )
    foreign = [str(each.ref) for each in secrets if each.ref.service and str(each.ref) not in record.get("items", [])]
    found += [f"it uses a secret that another tool stored: {item}" for item in foreign]
    return found + _moved(plan, {used.rpartition("/")[0] for each in secrets for used in each.used_by})


def remember(spec: Spec, environ: Mapping[str, str]) -> None:
    """Remember what was agreed to by applying a spec."""
    secrets = declared_secrets(spec)
    if not secrets:
        return
    record = {"root": _root(spec), "items": sorted(str(each.ref) for each in secrets if each.ref.service)}
    if read_state(_STATE, environ).get(spec.name) != record:
        edit_state(_STATE, lambda state: {**state, spec.name: record}, environ)


def _moved(plan: Plan, users: set[str]) -> list[str]:
    """Return the changed servers that users with stored secrets would meet."""
    assert plan.target is not None
    meets = {
        entry.body.get("cluster"): entry.body["user"]
        for entry in plan.target.contexts.values()
        if entry.body.get("user") in users
    }
    return [
        f"cluster {change.name!r} moves to another server, which would get the stored secret of {meets[change.name]!r}"
        for change in plan.of("update")
        if change.section == "clusters"
        and change.drift != "A"  # taken over by --adopt: it was never the spec's
        and change.name in meets
        and (change.before or {}).get("server") != (change.after or {}).get("server")
    ]


def _root(spec: Spec) -> str:
    """Return the repository that a spec is in, or its folder where there is none."""
    folder = os.path.realpath(spec.root.directory or ".")
    at = folder
    while not os.path.exists(os.path.join(at, ".git")):
        if at == (parent := os.path.dirname(at)):
            return folder
        at = parent
    return at
