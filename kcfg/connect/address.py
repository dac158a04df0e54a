"""The URLs of an API server: its own, and those it serves services, pods and nodes under (the proxy verb). Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from kcfg.errors import KcfgError
from kcfg.gourl import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.connect.endpoint import Endpoint

KINDS = ("service", "pod", "node")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_HOST = re.compile(r"[\w.~-]+|[0-9A-Fa-f:.]+(%[\w.~-]+)?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATH = "/:@!$&'()*+,;=~"
_FORMS = "write NAME, NAME:PORT, https:NAME: or https:NAME:PORT"


def base_url(endpoint: Endpoint, host: str = "") -> str:
    """Return an API server's URL, with its path and without user, password and final slash."""
    host = host or endpoint.host
    if not _HOST.fullmatch(host):
        raise KcfgError("the cluster's server is no URL", hint="write https://HOST:PORT")
    port = "" if endpoint.port == _DEFAULT_PORTS[endpoint.scheme] else f":{endpoint.port}"
    return f"{endpoint.scheme}://{bracketed(host)}{port}{escape(endpoint.prefix)}"


def proxied(kind: str, target: str, namespace: str) -> str:
    """Return the path of a service, pod or node behind the API server, up to its `proxy`. Raises KcfgError."""
    scheme, name, port = _parts(kind, target)
    _check_name(kind, name)
    if port:
        _check_port(port)
    segment = f"{scheme}:{name}:{port}" if scheme else f"{name}:{port}" if port else name
    if kind == "node":
        return f"/api/v1/nodes/{segment}/proxy"
    if not _LABEL.fullmatch(namespace):
        raise KcfgError(f"no namespace can be called {namespace!r}", hint="-n NAMESPACE: lower case, digits and -")
    return f"/api/v1/namespaces/{namespace}/{kind}s/{segment}/proxy"


def escape(path: str) -> str:
    """Return a path, maybe with a query, as RFC 3986 writes it; escapes that are right stay. Raises KcfgError."""
    path, mark, query = path.partition("?")
    if any(unquote(step) in (".", "..") for step in unquote(path).split("/")):
        # An HTTP client would take them away, and leave the service whose path this is.
        raise KcfgError("the path has `.` or `..` in it", hint="write the whole path")
    return _quoted(path, _PATH) + mark + _quoted(query, _PATH + "?")


def _quoted(text: str, safe: str) -> str:
    parts = re.split(r"(%[0-9A-Fa-f]{2})", text)
    return "".join(
        each if at % 2 else quote(each, safe=safe, errors="surrogateescape") for at, each in enumerate(parts)
    )


def _parts(kind: str, target: str) -> tuple[str, str, str]:
    """Return scheme, name and port; as the API server does, two words are name and port."""
    words = target.split(":")
    if len(words) == 1:
        return "", target, ""
    if len(words) == 2:
        if words[0] in _DEFAULT_PORTS:
            hint = f"{target}: for its default port, {target}:PORT for another one"
            raise KcfgError(f"{target!r} is port {words[1]!r} of a {kind} called {words[0]!r}", hint=hint)
        return "", words[0], words[1] or _missing(target)
    if len(words) == 3 and words[0] in _DEFAULT_PORTS:
        return words[0], words[1], words[2]
    raise KcfgError(f"cannot read the {kind} {target!r}", hint=_FORMS)


def _missing(target: str) -> str:
    raise KcfgError(f"no port after the colon: {target!r}", hint=_FORMS)


def _check_name(kind: str, name: str) -> None:
    pattern = _LABEL if kind == "service" else _SUBDOMAIN
    if not pattern.fullmatch(name):
        characters = "lower case, digits and -" if kind == "service" else "lower case, digits, - and ."
        raise KcfgError(f"no {kind} can be called {name!r}", hint=f"{characters}, with a letter or digit at both ends")


def _check_port(port: str) -> None:
    if port.isascii() and port.isdecimal():
        right = len(port) <= 5 and 0 < int(port) < 65536
    else:
        right = _LABEL.fullmatch(port) is not None
    if not right:
        raise KcfgError(f"not a port: {port!r}", hint="a number from 1 to 65535, or the name of one of its ports")
