"""Where a credential is sent, and how: compared with what the user allowed, and said in words. Pure."""

from __future__ import annotations

from kcfg.dataclass import NamedTuple


class Endpoint(NamedTuple):
    """A credential and where it is sent; `ca` is a digest, or "" for the system's authorities."""

    credential: str
    server: str
    proxy: str
    ca: str
    tls_name: str
    insecure: str  # "insecure", or ""

    def covers(self, other: Endpoint) -> bool:
        """Return whether whoever allowed this one has nothing to fear from another: no proxy, more checks."""
        return (
            (self.credential, self.server, self.tls_name) == (other.credential, other.server, other.tls_name)
            and other.proxy in ("", self.proxy)
            and other.insecure in ("", self.insecure)
            and (other.ca == self.ca or bool(self.insecure))
        )

    def shown(self) -> str:
        """Return how the server is reached, in words, where that is not the plain way."""
        return " ".join(filter(None, _ways(self).values()))

    def otherwise(self, other: Endpoint) -> str:
        """Return how this one is reached where another one is reached in another way, in words."""
        theirs = _ways(other)
        return " ".join(way or _PLAIN[name] for name, way in _ways(self).items() if way != theirs[name])


def make_endpoint(
    credential: str, server: str, proxy: str | None, ca: str, tls_name: str | None, *, insecure: bool
) -> Endpoint:
    """Return where a credential is sent, by a cluster's fields; secrets of URLs become digests."""
    how = "insecure" if insecure else ""
    return Endpoint(credential, _without_secrets(server), _without_secrets(proxy or ""), ca, tls_name or "", how)


def _without_secrets(url: str) -> str:
    """Return a URL whose secrets became a digest: the record lies on the disk, and another one asks again."""
    from hashlib import sha256

    from kcfg.kubeconfig.secret_patterns import HIDDEN, hide_url

    shown = hide_url(url)
    return shown if shown == url else shown.replace(HIDDEN, sha256(url.encode()).hexdigest()[:12])


_PLAIN = {
    "proxy": "directly",
    "name": "by its own name",
    "check": "checking its certificate",
    "ca": "with the system's CAs",
}


def _ways(endpoint: Endpoint) -> dict[str, str]:
    """Return what is said of each way to reach a server; "" for the plain one."""
    ca = endpoint.ca if endpoint.ca.startswith("file ") else endpoint.ca[:12]
    return {
        "proxy": endpoint.proxy and f"through proxy {endpoint.proxy}",
        "name": endpoint.tls_name and f"as {endpoint.tls_name}",
        "check": endpoint.insecure and "without checking its certificate",
        "ca": ca and f"with its CA {ca}",
    }
