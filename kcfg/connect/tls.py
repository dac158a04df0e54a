"""TLS as client-go does it; certificates and keys go from memory into OpenSSL without lying readable on a disk."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from kcfg.connect.trouble import Trouble
from kcfg.memory import Memory, has_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.connect.endpoint import Endpoint


def make_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Return the TLS settings of an endpoint. Raises Trouble for certificates that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    if endpoint.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif endpoint.authority is not None:
        # Go trusts every certificate of the pool, an intermediate one too.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        _load_authority(context, endpoint.authority)
    else:
        context.load_default_certs()
    if endpoint.certificate is not None:
        _load_pair(context, endpoint.certificate, endpoint.key)
    return context


def peer_certificate(host: str, port: int, name: str, seconds: float) -> bytes | None:
    """Return the certificate that a server shows, unverified (DER); None when it shows none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), seconds) as raw,
            context.wrap_socket(raw, server_hostname=name) as connection,
        ):
            return connection.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None


def _load_authority(context: ssl.SSLContext, pem: bytes) -> None:
    try:
        context.load_verify_locations(cadata=pem.decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        message = "the cluster's certificate-authority cannot be parsed"
        raise Trouble("credentials", "kubeconfig", message, "`kcfg lint` says what is wrong with it") from None


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes | None) -> None:
    if key is None:
        raise Trouble("credentials", "kubeconfig", "the client certificate has no key", "set client-key")
    try:
        with _readable(certificate.rstrip() + b"\n" + key) as path:
            # Without a password OpenSSL would ask the terminal for one.
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        mismatch = "MISMATCH" in (getattr(error, "reason", None) or "")
        message = (
            "the client key does not belong to the certificate"
            if mismatch
            else "client certificate or key cannot be used: not PEM, or with a password"
        )
        raise Trouble("credentials", "kubeconfig", message, "`kcfg lint` says more") from None


@contextmanager
def _readable(content: bytes) -> Iterator[str]:
    """Give a path that OpenSSL can read: a file without a name where there is one, else one of this user only."""
    if has_memory():
        memory = Memory(content)
        try:
            yield memory.path
        finally:
            memory.close()
        return
    handle, path = tempfile.mkstemp(prefix="kcfg-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.unlink(path)
