"""A TLS server, an HTTP proxy and a SOCKS5 proxy that keep what arrives: headers, server name, client certificate."""

import contextlib
import datetime
import ipaddress
import json
import socket
import socketserver
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Request(NamedTuple):
    """One request: its path, its headers, who the client certificate names."""

    path: str
    headers: list[tuple[str, str]]
    certificate: str

    def all(self, name):
        """Return the values of a header, each where commas join several."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return [each.strip() for value in found for each in value.split(",")]

    def one(self, name):
        return ", ".join(self.all(name))


def signed(name, sans=(), issuer=None):
    """Return (certificate, key) in PEM; its own authority without an issuer, which is such a pair."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = x509.load_pem_x509_certificate(issuer[0]).subject if issuer else subject
    signer = serialization.load_pem_private_key(issuer[1], None) if issuer else key
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(above).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    built = built.not_valid_after(now + datetime.timedelta(hours=6))
    built = built.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    # Python 3.13 and OpenSSL want these two of a chain that is verified strictly.
    built = built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    built = built.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    if issuer is None:
        usage = {name: name in ("key_cert_sign", "crl_sign") for name in _USAGES}
        built = built.add_extension(x509.KeyUsage(**usage), critical=True)
    if sans:
        built = built.add_extension(x509.SubjectAlternativeName([_san(each) for each in sans]), critical=False)
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return built.sign(signer, hashes.SHA256()).public_bytes(encoding), private


_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def _san(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Recorder:
    """An API server on a port of its own, and a proxy of each kind that leads to it."""

    def __init__(self, folder, authority, sans=("127.0.0.1",)):
        self.requests, self.names, self.connections, self.proxied = [], [], 0, []
        (folder / "server.pem").write_bytes(b"".join(signed("server", sans, authority)))
        (folder / "server-ca.crt").write_bytes(authority[0])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        context.load_verify_locations(folder / "server-ca.crt")
        context.verify_mode = ssl.CERT_OPTIONAL
        context.sni_callback = lambda _socket, name, _context: self.names.append(name or "")
        self._servers = [_Tls(self, context), _Proxy(self, _HttpProxy), _Proxy(self, _SocksProxy)]
        self.port, self.http_port, self.socks_port = (each.server_address[1] for each in self._servers)
        for each in self._servers:
            threading.Thread(target=each.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        for each in self._servers:
            each.shutdown()
            each.server_close()

    @property
    def request(self):
        """The one request that was measured: the list of pods; None when it never came."""
        return next((each for each in self.requests if each.path.partition("?")[0].endswith("/pods")), None)


class _Tls(ThreadingHTTPServer):
    def __init__(self, recorder, context):
        self.recorder, self.context = recorder, context
        super().__init__(("127.0.0.1", 0), _Api)

    def get_request(self):
        plain, address = super().get_request()
        self.recorder.connections += 1
        return self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """A client that does not trust the server hangs up; what was recorded says so."""


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self):
        certificate = self.connection.getpeercert() or {}
        subject = dict(part for parts in certificate.get("subject", ()) for part in parts)
        name = subject.get("commonName", "")
        self.server.recorder.requests.append(Request(self.path, self.headers.items(), name))
        body = json.dumps(_content(self.path.partition("?")[0].rstrip("/"))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def _content(path):
    pods = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}
    return {
        "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [pods]},
    }.get(path, {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []})


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, recorder, handler):
        self.recorder = recorder
        super().__init__(("127.0.0.1", 0), handler)

    def lead(self, client, kind):
        """Record the use of the proxy, and carry bytes to the API server until one side ends."""
        self.recorder.proxied.append(kind)
        with socket.create_connection(("127.0.0.1", self.recorder.port)) as server:
            there = threading.Thread(target=_carry, args=(client, server), daemon=True)
            there.start()
            _carry(server, client)
            there.join(1)


def _carry(source, target):
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


class _HttpProxy(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            block = self.request.recv(4096)
            if not block:
                return
            head += block
        if head.startswith(b"CONNECT "):
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.server.lead(self.request, "http")


class _SocksProxy(socketserver.StreamRequestHandler):
    def handle(self):
        version, methods = self.rfile.read(2)
        if version != 5:
            self.server.recorder.proxied.append("another protocol")
            return
        self.rfile.read(methods)
        self.request.sendall(b"\x05\x00")
        _, _, _, kind = self.rfile.read(4)
        self.rfile.read({1: 4, 4: 16}.get(kind) or self.rfile.read(1)[0])
        self.rfile.read(2)
        self.request.sendall(b"\x05\x00\x00\x01" + socket.inet_aton("127.0.0.1") + struct.pack("!H", 1))
        self.server.lead(self.connection, "socks5")
