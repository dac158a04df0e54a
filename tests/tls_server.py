"""A small API server over TLS: it knows who asks by token, client certificate or password, else it says 401."""

import datetime
import ipaddress
import json
import ssl
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def server_certificate(authority, *names):
    """Return (certificate, key) in PEM for 127.0.0.1 and names, signed by a CA that is such a pair."""
    ca = x509.load_pem_x509_certificate(authority[0])
    ca_key: Any = serialization.load_pem_private_key(authority[1], None)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    san = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *map(x509.DNSName, names)]
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(san), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return built.public_bytes(serialization.Encoding.PEM), private


class _Crowded(ThreadingHTTPServer):
    """A queue for many clients at once: of more than five Linux makes the rest wait a second, and dial again."""

    request_queue_size = 128


class Server:
    """Runs in a thread. `tokens` and `passwords` say who is known; `asked` keeps (user, path) of every request."""

    def __init__(self, folder, authority):
        self.tokens, self.passwords, self.asked = {}, {}, []
        (folder / "server.pem").write_bytes(b"".join(server_certificate(authority)))
        (folder / "ca.crt").write_bytes(authority[0])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        context.load_verify_locations(folder / "ca.crt")
        context.verify_mode = ssl.CERT_OPTIONAL
        self.http = _Crowded(("127.0.0.1", 0), _handler(self))
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def user_of(self, request):
        """Return the name of who asks, or None."""
        kind, _, value = (request.headers.get("Authorization") or "").partition(" ")
        if kind == "Bearer":
            return self.tokens.get(value)
        if kind == "Basic":
            name, _, password = b64decode(value).decode().partition(":")
            return name if password and self.passwords.get(name) == password else None
        certificate = request.connection.getpeercert() or {}
        return dict(part for parts in certificate.get("subject", ()) for part in parts).get("commonName")


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer(None)

        def do_POST(self):
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _answer(self, _):
            user = server.user_of(self)
            server.asked.append((user, self.path))
            found = None if user is None else _content(self.path.partition("?")[0].rstrip("/"), user)
            code = 401 if user is None else 404 if found is None else 201 if self.command == "POST" else 200
            body = json.dumps(found or _status(code)).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def _status(code):
    reason = {401: "Unauthorized", 404: "NotFound"}.get(code, "")
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    return {**status, "reason": reason, "message": reason, "code": code}


def _content(path, user):
    return {
        "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_GROUP]},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [_NAMESPACES]},
        "/apis/authentication.k8s.io/v1": {
            "kind": "APIResourceList",
            "groupVersion": "authentication.k8s.io/v1",
            "resources": [
                {"name": "selfsubjectreviews", "namespaced": False, "kind": "SelfSubjectReview", "verbs": ["create"]}
            ],
        },
        "/api/v1/namespaces": {
            "kind": "NamespaceList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": "1"},
            "items": [{"metadata": {"name": f"of-{user}"}, "status": {"phase": "Active"}}],
        },
        REVIEW: {
            "kind": "SelfSubjectReview",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {},
            "status": {"userInfo": {"username": user}},
        },
    }.get(path)


_VERSION = {"groupVersion": "authentication.k8s.io/v1", "version": "v1"}
_GROUP = {"name": "authentication.k8s.io", "versions": [_VERSION], "preferredVersion": _VERSION}
_NAMESPACES = {
    "name": "namespaces", "singularName": "namespace", "namespaced": False, "kind": "Namespace", "shortNames": ["ns"],
    "verbs": ["get", "list"],
}  # fmt: skip
