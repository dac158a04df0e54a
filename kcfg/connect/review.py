"""Who the server says we are: SelfSubjectReview in the versions that servers have, else what an access review shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kcfg.connect.trouble import of_status
from kcfg.dataclass import dataclass, field

Ask = Callable[[str, str, object], tuple[int, dict[str, Any]]]
_VERSIONS = ("v1", "v1beta1", "v1alpha1")
_GROUP = "authentication.k8s.io"
_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, slots=True)
class Identity:
    """A name, groups and more; without a name when the server only says that it knows us."""

    username: str = ""
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict)
    how: str = ""


def who_am_i(ask: Ask) -> Identity:
    """Ask the server. Raises Trouble when it does not know this user, or does not tell."""
    for version in _VERSIONS:
        body = {"kind": "SelfSubjectReview", "apiVersion": f"{_GROUP}/{version}"}
        status, answer = ask("POST", f"/apis/{_GROUP}/{version}/selfsubjectreviews", body)
        if status in (200, 201):
            return _identity(answer, f"SelfSubjectReview {version}")
        if status == 403 and (name := _refused(answer)):
            return Identity(name, how="refusal")
        if status not in (404, 405):
            raise of_status("user", status)
    return _by_access_review(ask)


def _by_access_review(ask: Ask) -> Identity:
    attributes = {"verb": "get", "resource": "selfsubjectreviews", "group": _GROUP}
    spec = {"resourceAttributes": attributes}
    body = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}
    status, answer = ask("POST", _ACCESS, body)
    if status in (200, 201):
        return Identity(how="SelfSubjectAccessReview v1")
    if status == 403 and (name := _refused(answer)):
        return Identity(name, how="refusal")
    raise of_status("user", status)


def _identity(answer: dict[str, Any], how: str) -> Identity:
    found = answer.get("status")
    info = found.get("userInfo") if isinstance(found, dict) else None
    info = info if isinstance(info, dict) else {}
    groups, extra = info.get("groups"), info.get("extra")
    groups = groups if isinstance(groups, list) else []
    extra = extra if isinstance(extra, dict) else {}
    shown = {str(key): list(map(str, each)) for key, each in extra.items() if isinstance(each, list)}
    return Identity(str(info.get("username") or ""), tuple(map(str, groups)), str(info.get("uid") or ""), shown, how)


def _refused(answer: dict[str, Any]) -> str:
    """Return the name that a refusal speaks of: `User "jane" cannot create resource …`."""
    found = re.search(r'[Uu]ser "([^"]{1,256})" cannot', str(answer.get("message") or ""))
    return found[1] if found else ""
