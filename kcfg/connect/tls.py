"""TLS as client-go does it; certificates and keys go from memory into OpenSSL without lying readable on a disk."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kcfg.connect.trouble import of_kubeconfig
from kcfg.memory import Memory, has_memory
from kcfg.pem import certificates, chain_only, holds_private_key, private_key_only
from kcfg.repair import explain

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
    """Trust the certificates of a PEM text, by the rules of Go's `AppendCertsFromPEM`: one that is read is enough."""
    loaded = 0
    for der in certificates(pem):
        with suppress(ssl.SSLError, ValueError):
            context.load_verify_locations(cadata=der)
            loaded += 1
    if not loaded:
        raise of_kubeconfig(*explain(pem, "the cluster's certificate-authority"))


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes | None) -> None:
    """Show a client certificate: both are read by the rules of Go's `X509KeyPair`, and given to OpenSSL anew."""
    if key is None:
        raise of_kubeconfig("the client certificate has no key", "set client-key")
    chain, private = chain_only(certificate), private_key_only(key)
    if not chain and holds_private_key(certificate):
        raise of_kubeconfig("the client certificate is a private key")
    if not chain:
        raise of_kubeconfig(*explain(certificate, "the client certificate"))
    if private is None:
        raise of_kubeconfig(*explain(key, "the client key"))
    try:
        with readable_file(chain + private) as path:
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        if "MISMATCH" in (getattr(error, "reason", None) or ""):
            raise of_kubeconfig("the client key does not belong to the certificate") from None
        raise of_kubeconfig("client certificate or key cannot be used") from None


@contextmanager
def readable_file(content: bytes) -> Iterator[str]:
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
