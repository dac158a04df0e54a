"""`kcfg set-cluster`: kubectl's flags and meaning."""

from __future__ import annotations

import os
from base64 import b64encode

from kcfg.errors import FileError, KcfgError, Location


def run(
    *,
    name: str,
    server: str | None,
    tls_server_name: str | None,
    insecure_skip_tls_verify: bool | None,
    certificate_authority: str | None,
    embed_certs: bool | None,
    proxy_url: str | None,
    kubeconfig: str | None,
    break_lock: bool,
) -> int:
    """Create or change a cluster."""
    from kcfg.cli.editing import edit, quoted
    from kcfg.kubeconfig.change import Changes

    if certificate_authority and insecure_skip_tls_verify:
        raise KcfgError("you cannot specify a certificate authority and insecure mode at the same time")
    if embed_certs and not certificate_authority:
        raise KcfgError("you must specify a --certificate-authority to embed")
    data = read_file(certificate_authority) if embed_certs and certificate_authority else None

    def work(changes: Changes) -> None:
        body = changes.body("clusters", name) or {}
        if server is not None:
            put(body, "server", server)
            body.pop("tls-server-name", None)
        put(body, "tls-server-name", tls_server_name)
        if insecure_skip_tls_verify is not None:
            put(body, "insecure-skip-tls-verify", insecure_skip_tls_verify)
            if insecure_skip_tls_verify:
                put_file(body, "certificate-authority", "", None)
        if certificate_authority is not None:
            put_file(body, "certificate-authority", certificate_authority, data)
            if certificate_authority:
                body.pop("insecure-skip-tls-verify", None)
        put(body, "proxy-url", proxy_url)
        changes.put("clusters", name, body)

    edit(kubeconfig, work, break_lock=break_lock)
    print(f"Cluster {quoted(name)} set.")
    return 0


def put(body: dict[str, object], field: str, value: str | bool | None) -> None:
    """Set a field; an empty text or false removes it, None leaves it."""
    if value:
        body[field] = value
    elif value is not None:
        body.pop(field, None)


def put_file(body: dict[str, object], field: str, path: str, data: bytes | None) -> None:
    """Set a file field as its absolute path, or as data; an empty path removes both."""
    body.pop(field, None)
    body.pop(f"{field}-data", None)
    if data is not None:
        body[f"{field}-data"] = b64encode(data).decode()
    elif path:
        body[field] = os.path.abspath(path)


def read_file(path: str) -> bytes:
    """Return what is to be embedded. kubectl drops the certificate when the file is empty or a folder; kcfg refuses."""
    from kcfg.files import read_bytes

    content = read_bytes(path)
    if not content:
        raise FileError("the file is empty", location=Location(path), hint="name the PEM file")
    return content
