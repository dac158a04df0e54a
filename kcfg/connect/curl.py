"""What curl is told about an API server and its user, in curl's own configuration format. Pure."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from kcfg.connect.address import base_url
from kcfg.connect.curl_options import trust_hint
from kcfg.errors import KcfgError
from kcfg.gourl import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from kcfg.connect.endpoint import Endpoint

Hand = Callable[[bytes], str]  # gives curl a content; returns the path that curl reads it from
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r", "\v": "\\v"}
# What curl would take from the environment instead of from us: proxies, another trust, and a log of the TLS keys.
LEFT_OUT = ("all_proxy", "no_proxy", "http_proxy", "https_proxy", "curl_ca_bundle", "curl_home", "sslkeylogfile")


def make_config(endpoint: Endpoint, below: str, given: Collection[str], hand: Hand) -> str:
    """Return curl's configuration for a request; `given` are the options that the user gives curl besides."""
    lines = [
        _line("url", base_url(endpoint, endpoint.tls_name) + (below or "/")),
        "globoff", "path-as-is", _line("proto", f"={endpoint.scheme}"), _line("max-redirs", "0"),
        "silent", "show-error",
        # Its two ways to fail exclude one another.
        *([] if {"-f", "--fail", "--fail-with-body"} & set(given) else ["fail-with-body"]),
        *_headers(endpoint), *_trust(endpoint, hand), *_identity(endpoint, hand), *_route(endpoint),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def refuse_insecure(endpoint: Endpoint, context: str, cluster: str) -> None:
    """Raise KcfgError for a server that nobody verifies: the credential would go to whoever answers."""
    if endpoint.insecure:
        message = f"{context}: the cluster has insecure-skip-tls-verify: the credential would go to whoever answers"
        raise KcfgError(message, hint=trust_hint(cluster))


def _line(option: str, value: str) -> str:
    quoted = "".join(_ESCAPES.get(char, char) for char in value)
    return f'{option} = "{quoted}"'


def _headers(endpoint: Endpoint) -> list[str]:
    # Without a value curl wants a semicolon: with a colon it takes the header away.
    lines = [_line("header", f"{name}: {value}" if value else f"{name};") for name, value in endpoint.headers]
    if endpoint.tls_name:
        lines.append(_line("header", f"Host: {_host_and_port(endpoint)}"))
    return lines


def _trust(endpoint: Endpoint, hand: Hand) -> list[str]:
    if endpoint.authority is None:
        return []
    # Beside the file curl goes on trusting the system's folder of authorities, unless it is given another one.
    return [_line("cacert", hand(endpoint.authority)), _line("capath", "/dev/null")]


def _identity(endpoint: Endpoint, hand: Hand) -> list[str]:
    if endpoint.certificate is None or endpoint.key is None:
        return []
    return [_line("cert", hand(endpoint.certificate)), _line("key", hand(endpoint.key))]


def _route(endpoint: Endpoint) -> list[str]:
    """Return the way to the server: a proxy or none, and its address where TLS knows it under another name."""
    lines = [_line("connect-to", f"::{_host_and_port(endpoint)}")] if endpoint.tls_name else []
    if endpoint.proxy is None:
        return [*lines, _line("noproxy", "*")]
    proxy = endpoint.proxy
    # client-go lets the proxy resolve names, as socks5h says; without a port curl would take 1080 for any scheme.
    scheme = "socks5h" if proxy.scheme == "socks5" else proxy.scheme
    shown = proxy._replace(scheme=scheme, port=str(proxy.number())).shown()
    if proxy.user is not None:
        user = ":".join(quote(each, safe="") for each in (proxy.user, proxy.password or ""))
        shown = shown.replace("://", f"://{user}@", 1)
    return [*lines, _line("proxy", shown)]


def _host_and_port(endpoint: Endpoint) -> str:
    return f"{bracketed(endpoint.host)}:{endpoint.port}"
