"""URLs as Go's `net/url` reads them, which is what kubectl does: what it refuses is refused here, and nothing else."""

from __future__ import annotations

import re

from kcfg.dataclass import NamedTuple

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Of ASCII; what lies beyond is a host's own business. `%` only before what is no ASCII, or as `%25` of a zone.
_HOST = re.compile(r"(?:[A-Za-z0-9!$&'()*+,;=:<>\"\[\]_.~-]|[^\x00-\x7f]|%[89A-Fa-f][0-9A-Fa-f]|%25)*\Z")
_USERINFO = re.compile(r"[A-Za-z0-9._:~!$&'()*+,;=%@-]*\Z")
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_PORT = re.compile(r"(?::[0-9]*)?\Z")


def bracketed(host: str) -> str:
    """Return a host as a URL writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def bracket_hint(url: str) -> str:
    """Return how a URL's host is written if it is an IPv6 address without brackets; "" for every other. No user."""
    place = re.split(r"[/?#]", url.partition("://")[2] or url, maxsplit=1)[0].rpartition("@")[2]
    host, _, port = place.rpartition(":")
    if ":" in host and port.isdecimal() and _is_address(host):
        return f"an IPv6 address stands in brackets: [{host}]:{port}"
    return f"an IPv6 address stands in brackets: [{place}]" if ":" in host and _is_address(place) else ""


class Url(NamedTuple):
    """The parts of a URL, the scheme in lower case, escapes resolved but in the path; None: not there."""

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: str
    path: str
    opaque: str = ""

    def shown(self) -> str:
        """Return it without user, password, path and query."""
        return f"{self.scheme}://{bracketed(self.host)}{':' if self.port else ''}{self.port}"

    def number(self) -> int:
        """Return its port, or the one that its scheme has. Raises ValueError for a number that no port has."""
        port = int(self.port[:6]) if self.port else _PORTS.get(self.scheme, 0)
        if port > 65535:
            raise ValueError("its port is beyond 65535")
        return port


def parse_url(text: str) -> Url:
    """Return the parts of a URL. Raises ValueError (whose text says why, and quotes nothing) as `url.Parse` fails."""
    text, _, fragment = text.partition("#")
    if any(char < " " or char == "\x7f" for char in text):
        raise ValueError("it holds control characters")
    if _NO_ESCAPE.search(fragment):
        raise ValueError("a % behind its # is followed by no two hexadecimal digits")
    if text.startswith(":"):
        raise ValueError("there is nothing before its colon")
    found = _SCHEME.match(text)
    scheme, rest = (found[1].lower(), text[found.end() :]) if found else ("", text)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, None, None, "", "", "", opaque=rest)
        if ":" in rest.partition("/")[0]:
            raise ValueError("it begins with no scheme: https://, http:// or socks5://")
    user = password = None
    host = port = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        user, password, host, port = _authority(authority)
        rest = slash + path
    if _NO_ESCAPE.search(rest):
        raise ValueError("a % in its path is followed by no two hexadecimal digits")
    return Url(scheme, user, password, host, port, rest)


def parse_server(text: str) -> Url:
    """Return the URL of an API server, which may be HOST:PORT: then it means http, even beside a certificate authority.

    Raises ValueError for what kubectl refuses before it asks for an address. Sources: client-go's `DefaultServerURL`,
    `net.isDomainName`.
    """
    found, why = None, "there is no host in it"
    try:
        found = parse_url(text)
    except ValueError as error:
        why = str(error)
    if found is None or not (found.scheme and found.host):
        found = parse_url(f"http://{text}")
        if found.path not in ("", "/"):
            raise ValueError(why if "://" in text else "without a scheme and // it is HOST:PORT, and nothing behind it")
    if not found.host:
        raise ValueError("there is no host in it")
    if found.scheme not in ("http", "https"):
        raise ValueError("its scheme is neither https nor http")
    if not _is_name(found.host) and not _is_address(found.host):
        raise ValueError("its host is neither a name nor an address")
    found.number()
    return found


def _is_name(host: str) -> bool:
    if not host.isascii():
        return True  # becomes ASCII by rules of its own
    labels = host.removesuffix(".").split(".")
    return len(host) < 255 and bool(re.search("[A-Za-z_-]", host)) and all(map(_LABEL.fullmatch, labels))


def _is_address(host: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _authority(text: str) -> tuple[str | None, str | None, str, str]:
    info, at, place = text.rpartition("@")
    host, port = _host(place)
    if not at:
        return None, None, host, port
    if not _USERINFO.match(info) or _NO_ESCAPE.search(info):
        raise ValueError("its user or password holds what has to be escaped: %40 for @, %2F for /, %23 for #")
    from urllib.parse import unquote

    user, colon, password = info.partition(":")
    return unquote(user), unquote(password) if colon else None, host, port


def _host(text: str) -> tuple[str, str]:
    if text.startswith("["):
        inside, bracket, port = text[1:].rpartition("]")
        if not bracket:
            raise ValueError("a bracket of its host does not end")
    else:
        inside, colon, number = text.rpartition(":")
        inside, port = (inside, colon + number) if colon else (text, "")
    if not _PORT.match(port):
        raise ValueError("its port is no number")
    if not _HOST.match(inside):
        raise ValueError("its host holds characters that no host has")
    from urllib.parse import unquote

    return unquote(inside), port[1:]
