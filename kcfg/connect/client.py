"""One connection to one API server: the only module that imports the HTTP client.

Every fault is a Trouble of the step it happened at; no redirect is followed, nothing is tried twice.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.exceptions import HTTPError, LocationParseError, NameResolutionError
from urllib3.util import Url, make_headers

from kcfg.connect.tls import make_context, peer_certificate
from kcfg.connect.trouble import Trouble, of_answer, of_network, of_proxy, of_tls
from kcfg.gourl import bracket_hint, bracketed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from urllib3.response import BaseHTTPResponse

    from kcfg.connect.endpoint import Endpoint
    from kcfg.gourl import Url as ProxyUrl

_MAX_BYTES = 1 << 20
# insecure-skip-tls-verify is the user's decision; `kcfg lint` is what talks about it.
urllib3.disable_warnings()
Answer = tuple[int, dict[str, Any]]


class Reply:
    """An answer that is passed on: its status, headers, length (None: until it ends), and its bytes as they come."""

    def __init__(self, response: BaseHTTPResponse, close: Callable[[], None]) -> None:
        self._response = response
        self.close = close
        self.status = response.status
        self.headers = list(response.headers.items())
        length = response.headers.get("Content-Length") or ""
        self.length = int(length) if length.isdecimal() else None

    def pieces(self) -> Iterator[bytes]:
        """Yield what comes, when it comes. Raises Trouble where it breaks off."""
        try:
            for piece in self._response.stream(65536, decode_content=False):
                if piece:
                    yield piece
        except (HTTPError, OSError, http.client.HTTPException) as error:
            raise of_answer(_cause(error)) from None


class Client:
    """A connection; what it does ends at `deadline` (of `time.monotonic`), and `step` is told how far it came."""

    def __init__(self, endpoint: Endpoint, deadline: float, step: Callable[[str], None], agent: str) -> None:
        self._endpoint = endpoint
        self.deadline = deadline
        self._step = step
        self._agent = agent
        self._open: HTTPConnection | None = None

    def connect(self) -> None:
        """Connect: TCP, the proxy's tunnel, TLS. Raises Trouble."""
        context = make_context(self._endpoint) if self._endpoint.scheme == "https" else None
        # As in Go, a proxy that speaks TLS is trusted as the server is.
        outer = context or (make_context(self._endpoint) if self._has_tls_proxy() else None)
        self._step("tcp")
        connection: HTTPConnection | None = None
        try:
            connection = self._connection(context, outer)
            connection.timeout = self._left()
            connection.connect()
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as error:
            if connection is not None:
                connection.close()
            before_server = self._has_tls_proxy() and not getattr(connection, "has_connected_to_proxy", False)
            raise self._unconnected(error, before_server=before_server) from None
        self._open = connection

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Return (HTTP status, JSON object; empty for anything else). Raises Trouble."""
        if self._open is None:
            self.connect()
        assert self._open is not None
        headers = HTTPHeaderDict({"Accept": "application/json", "User-Agent": self._agent})
        for name, value in self._endpoint.headers:
            headers.add(name, value.encode().decode("latin-1"))  # as Go sends it; http.client writes Latin-1
        if body is not None:
            headers.add("Content-Type", "application/json")
        if self._open.sock is not None:
            self._open.sock.settimeout(self._left())
        url = self._url(path)
        try:
            data = None if body is None else json.dumps(body).encode()
            self._open.request(method, url, body=data, headers=headers, preload_content=False)
            response = self._open.getresponse()
            content = response.read(_MAX_BYTES, decode_content=False)
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise of_answer(_cause(error)) from None
        if len(content) == _MAX_BYTES or (response.getheader("Connection") or "").lower() == "close":
            self.close()
        return response.status, _parsed(content)

    def relay(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes | None) -> Reply:
        """Ask, and return the answer as it comes, however long that takes. Raises Trouble before it begins."""
        if self._open is None:
            self.connect()
        assert self._open is not None
        asked = HTTPHeaderDict()
        for name, value in (*headers, *self._endpoint.headers):
            asked.add(name, value.encode().decode("latin-1"))
        if self._open.sock is not None:
            self._open.sock.settimeout(None)
        try:
            self._open.request(
                method,
                self._url(path),
                body=body,
                headers=asked,
                preload_content=False,
                decode_content=False,
            )
            response = self._open.getresponse()
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise of_answer(_cause(error)) from None
        return Reply(response, self.close)

    def close(self) -> None:
        """End the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _url(self, path: str) -> str:
        endpoint = self._endpoint
        if endpoint.scheme == "http" and self._is_http_proxy():
            return f"http://{bracketed(endpoint.host)}:{endpoint.port}{endpoint.prefix}{path}"
        return endpoint.prefix + path

    def _left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    def _is_http_proxy(self) -> bool:
        return self._endpoint.proxy is not None and self._endpoint.proxy.scheme in ("http", "https")

    def _has_tls_proxy(self) -> bool:
        return self._endpoint.proxy is not None and self._endpoint.proxy.scheme == "https"

    def _connection(self, context: ssl.SSLContext | None, outer: ssl.SSLContext | None) -> HTTPConnection:
        endpoint, proxy = self._endpoint, self._endpoint.proxy
        if proxy is None:
            return _make(endpoint, context, endpoint.host, endpoint.port)
        if not self._is_http_proxy():
            return self._through_socks(proxy, context)
        headers = {}
        if proxy.user is not None:
            headers = make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password or ''}")
        port = proxy.number()
        url = Url(scheme=proxy.scheme, host=proxy.host, port=port)
        settings = ProxyConfig(outer, False, None, None)
        connection = _make(endpoint, context, proxy.host, port, proxy=url, proxy_config=settings)
        if context is not None:
            connection.set_tunnel(endpoint.host, endpoint.port, headers, scheme=proxy.scheme)
        else:
            endpoint.headers += [("Proxy-Authorization", value) for value in headers.values()]
        return connection

    def _through_socks(self, proxy: ProxyUrl, context: ssl.SSLContext | None) -> HTTPConnection:
        import socks
        from urllib3.contrib.socks import SOCKSConnection, SOCKSHTTPSConnection

        endpoint = self._endpoint
        options: Any = {
            "socks_version": socks.PROXY_TYPE_SOCKS5,
            "proxy_host": proxy.host,
            "proxy_port": proxy.number(),
            "username": proxy.user,
            "password": proxy.password,
            "rdns": True,  # client-go lets the proxy resolve names
        }
        if context is None:
            return SOCKSConnection(options, endpoint.host, endpoint.port)
        name = endpoint.tls_name or None
        return SOCKSHTTPSConnection(options, endpoint.host, endpoint.port, ssl_context=context, server_hostname=name)

    def _unconnected(self, error: Exception, *, before_server: bool) -> Trouble:
        endpoint = self._endpoint
        found = _cause(error)
        if endpoint.proxy and before_server:
            return of_proxy(found if isinstance(found, OSError) else OSError(), endpoint.proxy)
        if isinstance(found, ssl.SSLError) or (isinstance(found, TimeoutError) and "handshake" in str(found)):
            trouble = of_tls(found, own_authority=endpoint.authority is not None)
            if isinstance(found, ssl.SSLCertVerificationError) and not endpoint.proxy:
                trouble.message += self._shown_certificate()
            return trouble
        if not isinstance(found, OSError):
            found = OSError(0, type(found).__name__)
        if endpoint.proxy:
            return of_proxy(found, endpoint.proxy)
        if isinstance(error, HTTPError):
            trouble = of_network(found, endpoint.host, endpoint.port)
            trouble.hint = bracket_hint(str(endpoint.cluster.get("server") or "")) or trouble.hint
            return trouble
        # There is a connection: what fails now is TLS.
        return of_tls(found, own_authority=endpoint.authority is not None)

    def _shown_certificate(self) -> str:
        """Return what the certificate that was not accepted says; nothing is sent to the server."""
        endpoint = self._endpoint
        seconds = min(self._left(), 2.0)
        der = peer_certificate(endpoint.host, endpoint.port, endpoint.tls_name or endpoint.host, seconds)
        if not der:
            return ""
        from kcfg.x509 import describe_certificate

        return f": {describe_certificate(der)[:200]}"


def _make(endpoint: Endpoint, context: ssl.SSLContext | None, host: str, port: int, **more: Any) -> HTTPConnection:
    if context is None:
        return HTTPConnection(host, port, **more)
    return HTTPSConnection(host, port, ssl_context=context, server_hostname=endpoint.tls_name or None, **more)


def _cause(error: BaseException) -> Exception:
    """Return the system's or OpenSSL's own error behind a library's."""
    import socket

    at: BaseException | None = error
    for _ in range(8):
        if isinstance(at, OSError) and not isinstance(at, HTTPError):
            inner = getattr(at, "socket_err", None)  # of a SOCKS proxy
            return inner if isinstance(inner, OSError) else at
        reason = getattr(at, "reason", None)
        if isinstance(at, (NameResolutionError, LocationParseError, UnicodeError)):  # what no name can be
            return socket.gaierror(0, "no such host")
        if type(at).__name__ in ("ConnectTimeoutError", "ReadTimeoutError"):
            return TimeoutError()
        at = reason if isinstance(reason, BaseException) else getattr(at, "__cause__", None) or at.__context__  # type: ignore[union-attr]
        if at is None:
            break
    return error if isinstance(error, Exception) else OSError()


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
