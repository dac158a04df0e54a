"""The small `extensions: [{name: kcfg}]` that `apply` leaves in a context: whose spec, its labels, whether protected.

It lets other commands select by label and ask before they touch what is protected. It never gives kcfg a right to
change the entry: the file may be a colleague's copy.
"""

from __future__ import annotations

from kcfg.kubeconfig.model import Body

NAME = "kcfg"


def with_marker(body: Body, spec: str, labels: dict[str, str], *, protected: bool) -> Body:
    """Return a context's body that says where it comes from."""
    hint: Body = {"spec": spec}
    if labels:
        hint["labels"] = dict(sorted(labels.items()))
    if protected:
        hint["protected"] = True
    others = [each for each in body.get("extensions") or [] if each.get("name") != NAME]
    return {**body, "extensions": [*others, {"name": NAME, "extension": hint}]}


def without_marker(body: Body) -> Body:
    """Return a body without it."""
    if not body.get("extensions"):
        return body
    others = [each for each in body["extensions"] if each.get("name") != NAME]
    return {**body, "extensions": others}


def marker_of(body: Body) -> Body:
    """Return what a context says about its spec: `spec`, `labels`, `protected`; empty where it says nothing."""
    for each in body.get("extensions") or []:
        if isinstance(each, dict) and each.get("name") == NAME and isinstance(each.get("extension"), dict):
            found: Body = each["extension"]
            return found
    return {}
