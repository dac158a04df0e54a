"""Which proxy a request goes through, by the rules of Go's net/http: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from kcfg.gourl import Url, parse_url


def proxy_of(url: str) -> Url:
    """Return the proxy that a cluster names, as client-go reads it. Raises ValueError, whose text quotes nothing."""
    found = parse_url(url)
    if found.scheme not in ("http", "https", "socks5"):
        raise ValueError("a proxy's scheme is http, https or socks5")
    return _usable(found)


def proxy_for(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> Url | None:
    """Return the proxy that the environment names; None for none. Raises ValueError, whose text quotes nothing."""
    name = f"{scheme}_proxy"
    text = environ.get(name.upper()) or environ.get(name) or ""
    if not text or _is_local(host):
        return None
    excluded = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    if any(_excludes(each.strip().lower(), host.lower(), port) for each in excluded.split(",")):
        return None
    try:
        try:
            found = parse_url(text)
        except ValueError:
            found = None
        if found is None or not (found.scheme and found.host):
            found = parse_url(f"http://{text}")
        if found.scheme not in ("http", "https", "socks5", "socks5h"):
            raise ValueError("a proxy's scheme is http, https or socks5")
        return _usable(found)
    except ValueError as error:
        raise ValueError(f"{name.upper()}: {error}") from None


def _usable(proxy: Url) -> Url:
    if not proxy.host:
        raise ValueError("a proxy needs a host: http://HOST:PORT")
    proxy.number()
    return proxy


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
