"""Many kinds of API servers over TLS: good ones, and one for each way in which a server can be out of order."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import select
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kcfg.x509 import make_authority, make_client

TOKEN = "plum-token-of-the-robot"
HOUR = datetime.timedelta(hours=1)


def server_pem(authority, *, start=-1, end=1, address="127.0.0.1"):
    """A certificate and its key for an address, valid from and to so many hours from now."""
    ca = x509.load_pem_x509_certificate(authority[0])
    signer: Any = serialization.load_pem_private_key(authority[1], None)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("api.internal")])
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start * HOUR)
        .not_valid_after(now + end * HOUR)
        .add_extension(names, critical=False)
        .sign(signer, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return built.public_bytes(serialization.Encoding.PEM) + private


def answer_as_kubernetes(request):
    """(status, body) of a server that knows TOKEN and client certificates, and forbids the token `forbidden`."""
    server = request.server.owner
    token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
    peer: dict[str, Any] = getattr(request.connection, "getpeercert", dict)() or {}
    name = dict(part for parts in peer.get("subject", ()) for part in parts).get("commonName")
    user = {TOKEN: "robot", "forbidden": "nobody"}.get(token, name)
    user = request.headers.get("Impersonate-User") or user
    if user is None:
        return 401, {"kind": "Status", "reason": "Unauthorized"}
    if request.path.partition("?")[0] == "/version":
        return 200, {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
    if token == "forbidden":
        return 403, {"kind": "Status", "message": "selfsubjectreviews is forbidden"}
    if request.path == f"/apis/authentication.k8s.io/{server.review}/selfsubjectreviews":
        groups = ["system:authenticated", *request.headers.get_all("Impersonate-Group", [])]
        return 201, {"kind": "SelfSubjectReview", "status": {"userInfo": {"username": user, "groups": groups}}}
    if server.review is None and request.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
        return 201, {"kind": "SelfSubjectAccessReview", "status": {"allowed": False}}
    return 404, {"kind": "Status"}


class FleetServer:
    """An HTTPS server in threads; `answer(request)` gives (status, body) or (status, body, headers)."""

    def __init__(self, folder, pem=None, authority=None, answer=answer_as_kubernetes, review="v1", delay=0.0):
        self.answer, self.review, self.delay, self.asked = answer, review, delay, []
        self.http = _Http(("127.0.0.1", 0), _Handler)
        self.http.owner = self
        scheme = "http"
        if pem is not None:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            file = folder / f"server-{self.http.server_port}.pem"
            file.write_bytes(pem)
            context.load_cert_chain(file)
            if authority:
                context.load_verify_locations(cadata=authority.decode())
                context.verify_mode = ssl.CERT_OPTIONAL
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{scheme}://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class _Http(ThreadingHTTPServer):
    owner: FleetServer
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        owner = self.server.owner
        owner.asked.append((self.command, self.path, dict(self.headers)))
        time.sleep(owner.delay)
        status, body, *more = owner.answer(self)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (more[0] if more else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_GET  # noqa: N815

    def do_CONNECT(self):
        """A proxy's tunnel, for those who say the password."""
        owner = self.server.owner
        owner.asked.append((self.command, self.path, dict(self.headers)))
        if owner.answer is not tunnel:
            self.send_error(405)
            return
        if owner.review and self.headers.get("Proxy-Authorization") != owner.review:
            self.send_error(407)
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            _tunnel(self.connection, there)
        self.close_connection = True

    def log_message(self, *_):
        pass


def tunnel(_):
    """The answer of a server that is a proxy: nothing but tunnels."""
    return 400, {}


def _tunnel(here, there):
    """Carry what each says to the other until one ends, in one thread: a TLS connection in two breaks the process."""
    other = {here: there, there: here}
    with contextlib.suppress(OSError):
        while True:
            waiting = isinstance(here, ssl.SSLSocket) and here.pending()
            for each in [here] if waiting else select.select(list(other), [], [])[0]:
                if not (data := each.recv(65536)):
                    return
                other[each].sendall(data)


def _pump(here, there):
    with contextlib.suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_WR)


def socks(server):
    """A SOCKS5 proxy, which leads to the server whatever name it is asked for."""
    listening = socket.create_server(("127.0.0.1", 0))

    def lead(here):
        with here, socket.create_connection(("127.0.0.1", server.http.server_port)) as there:
            here.recv(64)
            here.sendall(b"\5\0")
            here.recv(256)
            here.sendall(b"\5\0\0\1\x7f\0\0\1\0\0")
            threading.Thread(target=_pump, args=(there, here), daemon=True).start()
            _pump(here, there)

    def serve():
        while True:
            threading.Thread(target=lead, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"socks5://127.0.0.1:{listening.getsockname()[1]}"


class Fleet:
    """A server of each kind, and a kubeconfig over them."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = make_authority("fleet")
        self.other = make_authority("somebody-else")
        self.client = make_client("admin", (), self.authority)
        self.servers, self.sockets = [], []
        self.clusters, self.users, self.contexts = {}, {}, {}
        (folder / "ca.crt").write_bytes(self.authority[0])
        self.user("robot", token=TOKEN)

    def start(self, **how):
        how.setdefault("pem", server_pem(self.authority))
        server = FleetServer(self.folder, authority=self.authority[0], **how)
        self.servers.append(server)
        return server

    def silent(self):
        """An address that takes connections and says nothing."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.sockets.append(listening)
        return f"https://127.0.0.1:{listening.getsockname()[1]}"

    def dead(self):
        """An address where nobody listens."""
        with socket.create_server(("127.0.0.1", 0)) as found:
            return f"https://127.0.0.1:{found.getsockname()[1]}"

    def user(self, name, **body):
        self.users[name] = body

    def context(self, name, server, user="robot", **cluster):
        body = {"server": server, **cluster}
        if not cluster and server.startswith("https"):
            body["certificate-authority"] = "ca.crt"
        self.clusters[name] = body
        self.contexts[name] = {"cluster": name, **({"user": user} if user else {})}

    def write(self, name="fleet.json", current=None):
        def entries(section, kind):
            return [{"name": each, kind: body} for each, body in section.items()]

        value = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": entries(self.clusters, "cluster"),
            "users": entries(self.users, "user"),
            "contexts": entries(self.contexts, "context"),
            "current-context": current or next(iter(self.contexts)),
        }
        (self.folder / name).write_text(json.dumps(value))
        return str(self.folder / name)

    def close(self):
        for server in self.servers:
            server.close()
        for each in self.sockets:
            each.close()


@pytest.fixture
def fleet(tmp_path):
    """Servers of each kind, ended with the test."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    made = Fleet(folder)
    yield made
    made.close()
