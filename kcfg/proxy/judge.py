"""What may pass to an API server that is only to be read: decided on a path in the form that the server sees. Pure.

The server decodes a path once and takes it apart at its slashes (RequestInfoFactory in
k8s.io/apiserver/pkg/endpoints/request); what is judged here is that form, and what is sent on is made of it.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from kcfg.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_READS = ("GET", "HEAD")
_ROOTS = ("api", "apis", "openapi", "version", "healthz", "livez", "readyz")
_CONNECTS = ("proxy", "exec", "attach", "portforward")
_OF_NAMESPACES = ("status", "finalize")
# Questions about oneself, which are asked by POST and change nothing.
_REVIEWS = {
    "authorization.k8s.io": ("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
    "authentication.k8s.io": ("selfsubjectreviews",),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request does not pass."""

    why: str


@dataclass(frozen=True, slots=True)
class Passed:
    """What is asked of the server instead."""

    target: str


def judge(method: str, target: str, headers: Mapping[str, str], *, with_secrets: bool) -> Passed | Refused:
    """Return what may be asked of the server for a request line and its headers (names in lower case), or why not."""
    if any(name.startswith("impersonate-") for name in headers):
        return Refused("nobody is impersonated")
    if "upgrade" in headers or "upgrade" in headers.get("connection", "").lower():
        return Refused("no connection is upgraded: exec, attach, port-forward and cp need that")
    path, mark, query = target.partition("?")
    segments = plain_path(path)
    if segments is None or not query.isascii() or not query.isprintable() or " " in query:
        return Refused("the path is not one of an API server")
    if why := _fault(method, segments, with_secrets=with_secrets):
        return Refused(why)
    return Passed("/" + "/".join(quote(each, safe="!$&'()*+,;=:@~") for each in segments) + mark + query)


def plain_path(path: str) -> list[str] | None:
    """Return the segments of a path: decoded once, without empty ones, `.` and `..`; None for what is no such path."""
    if not path.startswith("/"):
        return None
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return None
    if not decoded.isprintable() or "\\" in decoded:
        return None
    found: list[str] = []
    for segment in decoded.split("/"):
        if segment == "..":
            found = found[:-1]
        elif segment not in ("", "."):
            found.append(segment)
    return found


def _fault(method: str, segments: list[str], *, with_secrets: bool) -> str:
    if segments and segments[0] not in _ROOTS:
        return f"/{segments[0]} is not read"
    group, rest = _apart(segments)
    if method == "POST" and len(rest) == 1 and rest[0] in _REVIEWS.get(group, ()):
        return ""
    if method not in _READS:
        return f"{method} changes things"
    if rest[:1] == ["proxy"]:
        return "proxy leads to other servers"
    if rest[:1] == ["watch"]:
        rest = rest[1:]
    if rest[:1] == ["namespaces"] and len(rest) > 2 and not (len(rest) == 3 and rest[2] in _OF_NAMESPACES):
        rest = rest[2:]
    resource, below = (rest[0] if rest else ""), rest[2:]
    if connect := next((each for each in below if each in _CONNECTS), None):
        return f"{resource}/{connect} leads into other programs"
    if resource == "secrets" and not with_secrets:
        return "Secrets are kept back (--with-secrets)"
    return ""


def _apart(segments: list[str]) -> tuple[str, list[str]]:
    """Return the API group, and what follows its version."""
    if segments[:1] == ["api"]:
        return "", segments[2:]
    if segments[:1] == ["apis"]:
        return (segments[1] if len(segments) > 1 else ""), segments[3:]
    return "", []
