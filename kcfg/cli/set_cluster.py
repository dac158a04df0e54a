"""`kcfg set-cluster`: kubectl's flags and meaning."""

from __future__ import annotations

import os
from binascii import b2a_base64

from kcfg.cli.shared.editing import put
from kcfg.cli.shared.output import note
from kcfg.errors import FileError, KcfgError, Location
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def run(*, name: str, kubeconfig: str | None, break_lock: bool, **given: Any) -> int:
    """Create or change a cluster."""
    from kcfg.cli.shared.editing import edit, quoted, url_input

    data = check(name, given, tell=note)
    if data is None:
        warn_of_paths(given, "certificate_authority")
    if [given["server"], given["proxy_url"]].count("-") > 1:
        raise KcfgError("only one URL can be read from standard input")
    for flag, field in (("server", "server"), ("proxy_url", "proxy-url")):
        given[flag] = url_input(given[flag], f"--{field}")

    for changes in edit(kubeconfig, break_lock=break_lock):
        body = changes.body("clusters", name) or {}
        change(body, given, data)
        changes.put("clusters", name, body)
    say(f"Cluster {quoted(name)} set.")
    return 0


def check(name: str, given: dict[str, Any], *, tell: Callable[[str], None] | None = None) -> bytes | None:
    """Refuse flags that contradict one another; return the certificate to embed, if one is, as `flatten` would."""
    authority = given["certificate_authority"]
    if not name:
        raise KcfgError("you must specify a non-empty cluster name")
    if authority and given["insecure_skip_tls_verify"]:
        raise KcfgError("you cannot specify a certificate authority and insecure mode at the same time")
    if given["embed_certs"] and not authority:
        raise KcfgError("you must specify a --certificate-authority to embed")
    return read_certificates(authority, "certificate-authority", tell) if given["embed_certs"] and authority else None


def change(body: dict[str, Any], given: dict[str, Any], data: bytes | None) -> None:
    """Change a cluster's fields as kubectl's create_cluster does."""
    if given["server"] is not None:
        put(body, "server", given["server"])
        body.pop("tls-server-name", None)
    put(body, "tls-server-name", given["tls_server_name"])
    insecure, authority = given["insecure_skip_tls_verify"], given["certificate_authority"]
    if insecure is not None:
        put(body, "insecure-skip-tls-verify", insecure)
        if insecure:
            put_file(body, "certificate-authority", "", None)
    if authority is not None:
        put_file(body, "certificate-authority", authority, data)
        if authority:
            body.pop("insecure-skip-tls-verify", None)
    put(body, "proxy-url", given["proxy_url"])


def put_file(body: dict[str, object], field: str, path: str, data: bytes | None) -> None:
    """Set a file field as its absolute path, or as data; an empty path removes both."""
    body.pop(field, None)
    body.pop(f"{field}-data", None)
    if data is not None:
        body[f"{field}-data"] = b2a_base64(data, newline=False).decode()
    elif path:
        body[field] = os.path.abspath(path)


def warn_of_paths(given: dict[str, Any], *names: str) -> None:
    """Warn where a path is not what it looks like, or leads nowhere: as kubectl does, it is stored all the same."""
    for path in filter(None, map(given.get, names)):
        full = os.path.abspath(path)
        if os.path.exists(full):
            continue
        why = "no such file"
        if path[0] == "~":
            why = "nobody expands ~ in a kubeconfig, and the shell only where a word begins"
        elif "$" in path:
            why = "nobody expands $ in a kubeconfig, and the shell not in single quotes"
        tell(f"kcfg: warning: {path}: {why}; stored as {full}")


def read_certificates(path: str, field: str, tell: Callable[[str], None] | None) -> bytes:
    """Return what is to be embedded of a file of certificates."""
    from kcfg.kubeconfig.flatten import to_embed

    return to_embed(read_file(path), field, path, tell)


def read_file(path: str) -> bytes:
    """Return what is to be embedded. kubectl drops the certificate when the file is empty or a folder; kcfg refuses."""
    from kcfg.files import read_bytes

    content = read_bytes(path)
    if not content:
        raise FileError("the file is empty", location=Location(path), hint="name the PEM file")
    return content
