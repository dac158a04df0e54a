"""Addresses of a spec: what is wrong with the URL of a server or a proxy, and the cure. Pure."""

from __future__ import annotations

import re

from kcfg.gourl import bracket_hint

# `{region}`, `{{ .region }}`, `$(region)`, `%{region}`, `<region>`, `$region`: of matrices, Helm, make, Terraform …
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\$\([^()]*\)|(?<!\$)\{[^{}]*\}|<[^<>]*>|\$[A-Za-z_]\w*")
_PROVIDERS = {
    ".eks.amazonaws.com": "eks", ".azmk8s.io": "aks", ".gke.goog": "gke", ".k8s.ondigitalocean.com": "digitalocean",
}  # fmt: skip
# What most addresses are, and what every field takes: read without `urllib`, which costs more to load than all of this.
_COMMON = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::[0-9]{1,4})?/?")
LEFTOVER = "write ${name} for a variable; {name} is filled in inside of `generate` alone"


def server_fault(url: str) -> tuple[str, str] | None:
    """Return what is wrong with a server URL and the cure, or None. Never quotes userinfo."""
    if found := leftover(_host(url)):
        return f"holds {found!r}, which nothing filled in", LEFTOVER
    if any(ord(char) <= 32 for char in url):
        return (
            "the URL holds blanks or control characters",
            "a folded `>` block adds a newline: write it on one line",
        )
    if "${" in url:
        return None
    if "://" not in url:
        return "expected a URL with a scheme", f"write the scheme too: https://{url.rpartition('@')[2]}"
    return _url_fault(url, ("https", "http"))


def proxy_fault(url: str) -> tuple[str, str] | None:
    """Return what is wrong with a proxy URL and the cure, or None."""
    if found := leftover(_host(url)):
        return f"holds {found!r}, which nothing filled in", LEFTOVER
    if "${" in url or not url:
        return None
    if "://" not in url:
        return "expected a URL with a scheme", "kubectl takes http://, https:// and socks5://"
    return _url_fault(url, ("http", "https", "socks5"))


def host_of(url: str) -> str:
    """Return the host of a URL, in lower case; "" where it has none."""
    if common := _COMMON.fullmatch(url):
        return common[1]
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def provider_of(name: str, server: str) -> str:
    """Return who runs a cluster, as its entry's name or its address tells: eks, aks, gke, digitalocean or ""."""
    host = host_of(server)
    if found := next((each for ending, each in _PROVIDERS.items() if host.endswith(ending)), ""):
        return found
    return "gke" if name.startswith("gke_") else "eks" if re.match(r"arn:aws[\w-]*:eks:", name) else ""


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to the machine that reads it; a URL that cannot be parsed does not."""
    host = host_of(url).rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if not host[-1:].isdigit() and ":" not in host:
        return False
    from ipaddress import ip_address

    try:
        address = ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def _host(url: str) -> str:
    """Return host and port: what stands before them may be a password."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def leftover(text: str) -> str:
    """Return what of a text looks like a template of some tool that nothing filled in; `${…}` is a variable's."""
    found = _TEMPLATE.search(text)
    return found[0] if found else ""


def _url_fault(url: str, schemes: tuple[str, ...]) -> tuple[str, str] | None:
    if _COMMON.fullmatch(url):
        return None
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a valid URL", bracket_hint(url) or "check the host and the port"
    if parts.scheme.lower() not in schemes:
        return f"unsupported scheme {parts.scheme!r}", f"use one of {', '.join(schemes)}"
    if not host:
        return "the URL has no host", "write scheme://host:port"
    if parts.password:
        return (
            "holds a password, which everyone who reads the file can see",
            "remove user:password@ from the URL",
        )
    return None
