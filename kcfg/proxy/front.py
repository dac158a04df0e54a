"""The door itself: TLS on the loopback with an authority and a token of its own, a thread for each connection."""

from __future__ import annotations

import json
import ssl
import threading
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kcfg.connect.tls import readable_file
from kcfg.connect.trouble import Trouble
from kcfg.errors import KcfgError
from kcfg.proxy.judge import Refused, judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kcfg.connect.client import Reply

    Ask = Callable[[str, str, list[tuple[str, str]], bytes | None], Reply]

_MOST_BODY = 64 << 10  # of a review
_PASSED = ("accept", "accept-encoding", "user-agent", "if-none-match", "if-modified-since", "content-type")
_BETWEEN = frozenset(  # RFC 9110, 7.6.1: of one connection, not of the message
    ("connection", "keep-alive", "proxy-authenticate", "transfer-encoding", "upgrade", "content-length", "trailer")
)
_REASONS = {401: "Unauthorized", 403: "Forbidden", 502: "ServiceUnavailable"}


class Front:
    """A server on 127.0.0.1; `ask` asks the API server: method, target, headers, body. Close it in the end."""

    def __init__(self, ask: Ask, *, with_secrets: bool) -> None:
        from secrets import token_urlsafe

        from kcfg.x509 import make_authority, make_server

        self.ask = ask
        self.with_secrets = with_secrets
        self.token = token_urlsafe(32)
        self.is_over = False
        authority = make_authority("kcfg-read-only")
        self.authority = authority[0]
        certificate, key = make_server("127.0.0.1", authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with readable_file(certificate + key) as path:
            context.load_cert_chain(path)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.front = self
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self.is_over = True
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    front: Front
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Say nothing: who went away in the middle is no matter, and a traceback shows what it asked."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 3600
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing: the terminal is the shell's."""

    def handle_one_request(self) -> None:
        """Answer whatever method is asked: BaseHTTPRequestHandler would look for a function of its name."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536 or not self.parse_request():
            self.close_connection = True
            return
        self._answer()
        self.wfile.flush()

    def _answer(self) -> None:
        front = self.server.front
        names = [name.lower() for name in self.headers]
        body = self._body(names)
        if body is None:
            self._refuse(400, "the request cannot be read")
        elif front.is_over:
            self._refuse(401, "this session has ended")
        elif not self._is_known(front.token):
            self._refuse(401, "the token is not this session's")
        else:
            headers = {name: self.headers[name] or "" for name in names}
            found = judge(self.command, self.path, headers, with_secrets=front.with_secrets)
            if isinstance(found, Refused):
                self._refuse(403, found.why)
            else:
                self._relay(found.target, body)

    def _body(self, names: list[str]) -> bytes | None:
        """Return the request's body; None for one that two readers could take apart in two ways, or that is long."""
        length = self.headers.get("Content-Length") or "0"
        if "transfer-encoding" in names or names.count("content-length") > 1 or not length.isdecimal():
            self.close_connection = True
            return None
        if int(length) > _MOST_BODY:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _is_known(self, token: str) -> bool:
        given = self.headers.get_all("Authorization") or []
        return len(given) == 1 and compare_digest(given[0].encode(), f"Bearer {token}".encode())

    def _relay(self, target: str, body: bytes) -> None:
        passed = [(name, value) for name, value in self.headers.items() if name.lower() in _PASSED]
        try:
            reply = self.server.front.ask(self.command, target, passed, body or None)
        except (Trouble, KcfgError) as error:
            self._refuse(502, error.message)
            return
        try:
            self._pass_on(reply)
        finally:
            reply.close()

    def _pass_on(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            if name.lower() not in _BETWEEN:
                self.send_header(name, value)
        bare = self.command == "HEAD" or reply.status in (204, 304)
        if reply.length is not None and not bare:
            self.send_header("Content-Length", str(reply.length))
        elif not bare:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if bare:
            return
        try:
            for piece in reply.pieces():
                self.wfile.write(piece if reply.length is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
        except Trouble:  # whoever reads sees that it is not whole
            self.close_connection = True
            return
        if reply.length is None:
            self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, code: int, why: str) -> None:
        status = {
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": _REASONS.get(code, ""),
            "message": f"kcfg shell --read-only: {why}",
        }  # fmt: skip
        text = json.dumps(status).encode()
        self.send_response_only(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)
