"""Fields that kubectl does not know: a spec keeps them in an extension, it has no other place for them. Pure."""

from __future__ import annotations

from kcfg.kubeconfig.fields import EXEC, PROVIDER, names
from kcfg.kubeconfig.kcfg_marker import without_marker
from kcfg.kubeconfig.model import SECTIONS, Body, Entry

UNKNOWN = "kcfg.unknown"
_ITEM = {"name", "extension"}


def with_unknown(section: str, entry: Entry) -> Body:
    """Return a body in which fields that kubectl does not know have moved into an extension; no hint of ours."""
    body = without_marker(entry.body) if section == "contexts" else dict(entry.body)
    unknown: Body = {key: body.pop(key) for key in list(body) if key not in SECTIONS[section][1]}
    for name, fields in (("exec", names(EXEC)), ("auth-provider", names(PROVIDER))):
        if more := {key: each for key, each in (body.get(name) or {}).items() if key not in fields}:
            unknown[name] = more
            body[name] = {key: each for key, each in body[name].items() if key in fields}
    variables = (body.get("exec") or {}).get("env")
    if variables and any(each.keys() - {"name", "value"} for each in variables):
        unknown["exec"] = {**unknown.get("exec", {}), "env": variables}
        body["exec"] = {**body["exec"], "env": [{key: each[key] for key in ("name", "value")} for each in variables]}
    items = body.get("extensions") or []
    if more := {each["name"]: each for each in items if each.keys() - _ITEM}:
        unknown["extensions"] = {name: {key: each[key] for key in each.keys() - _ITEM} for name, each in more.items()}
        body["extensions"] = [{key: each[key] for key in each if key in _ITEM} for each in items]
    unknown = {**entry.beside, **unknown}
    if unknown:
        others = [each for each in body.get("extensions") or [] if each["name"] != UNKNOWN]
        body["extensions"] = [*others, {"name": UNKNOWN, "extension": unknown}]
    if body.get("auth-provider") and not body["auth-provider"].get("config"):
        body["auth-provider"] = {"name": body["auth-provider"].get("name") or ""}
    return body
