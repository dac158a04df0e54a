"""Which proxy a request goes through, by the rules of Go's net/http: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit


def proxy_for(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> str:
    """Return the proxy's URL from the environment; "" for none."""
    name = f"{scheme}_proxy"
    proxy = environ.get(name.upper()) or environ.get(name) or ""
    if not proxy or _is_local(host):
        return ""
    excluded = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    if any(_excludes(each.strip().lower(), host.lower(), port) for each in excluded.split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def shown(proxy: str) -> str:
    """Return a proxy's URL without user and password."""
    try:
        parts = urlsplit(proxy)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}"
    except ValueError:
        return "(not a URL)"


def _is_local(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _excludes(pattern: str, host: str, port: int) -> bool:
    if pattern == "*":
        return True
    name, colon, wanted = pattern.rpartition(":")
    if colon and wanted.isdigit() and ":" not in name:
        if int(wanted) != port:
            return False
        pattern = name
    if not pattern:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        pattern = pattern.removeprefix("*")
        return (host == pattern.lstrip(".") and not pattern.startswith(".")) or host.endswith(f".{pattern.lstrip('.')}")
    try:
        return address in ip_network(pattern, strict=False)
    except ValueError:
        return False
