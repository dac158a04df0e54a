"""What kubectl refuses when it makes a client of a context whose entries it found in order: words as it says them.

Only a server with https gets trust and identity, so only there are they looked at. Files are asked for through `read`.
Rules: client-go's `rest` and `transport`, its auth plugins, Go's `crypto/tls` and `net/http`.
"""

from __future__ import annotations

import os
from binascii import a2b_base64

from kcfg.dataclass import NamedTuple
from kcfg.errors import FileError
from kcfg.gourl import parse_server
from kcfg.kubeconfig.secret_patterns import PLACEHOLDERS
from kcfg.pem import certificates, is_key_label, pem_blocks, private_key_only
from kcfg.repair import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from kcfg.kubeconfig.model import Entry

    Read = Callable[[str], bytes]

EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_REMOVED = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}
_HEADERS = {"token": "Authorization", "as": "Impersonate-User", "as-uid": "Impersonate-Uid"}
_COPIED = "copy it again with `kubectl config view --raw`"
_PEM = "it begins with -----BEGIN, and a *-data field is its base64: `base64 -w0 FILE`"


class Found(NamedTuple):
    """What is wrong with a field of an entry ("": the whole), and what to do."""

    text: str
    field: str = ""
    hint: str = ""
    level: str = "error"


def is_secure(cluster: Entry) -> bool:
    """Return whether a cluster's server is asked over https."""
    try:
        return parse_server(str(cluster.body.get("server") or "")).scheme == "https"
    except ValueError:
        return False


def refused_cluster(cluster: Entry, read: Read) -> Iterator[Found]:
    """Yield why no connection to a cluster can be begun."""
    server = cluster.body.get("server")
    if not server:
        return
    try:
        parse_server(server)
    except ValueError as error:
        yield Found(f"host must be a URL or a host:port pair: {error}", "server", "write https://HOST:PORT")
    if is_secure(cluster) and not cluster.body.get("insecure-skip-tls-verify"):
        field, content = _content(cluster, "certificate-authority", read)
        if content and (fault := authority_fault(content)):
            yield Found(f"unable to load root certificates: {fault}", field, _hint(cluster, field))


def refused_user(user: Entry, read: Read) -> Iterator[Found]:
    """Yield why nobody can be who a user is."""
    body = user.body
    for field in ("token", "password"):
        if body.get(field) in PLACEHOLDERS:
            text = f"{body[field]} is what `kubectl config view` shows instead of the value"
            yield Found(text, field, _COPIED)
    if body.get("exec") is not None:
        yield from _refused_exec(user, body["exec"])
    elif body.get("auth-provider") is not None:
        yield from _refused_provider(body["auth-provider"], read)
    if body.get("tokenFile") and not body.get("token"):
        full = _full(user, body["tokenFile"])
        try:
            read(full)
        except FileError as error:
            yield Found(f"open {full}: {error.message}", "tokenFile")
    yield from _refused_pair(user, read)
    yield from _refused_headers(body)


def _refused_exec(user: Entry, plugin: dict[str, Any]) -> Iterator[Found]:
    from shutil import which

    version, command = plugin.get("apiVersion"), plugin.get("command")
    if version and version not in EXEC_VERSIONS:
        hint = f"update the plugin, and write {EXEC_VERSIONS[0]}"
        yield Found(f'exec plugin: invalid apiVersion "{version}"', "exec", hint)
    if command and which(_full(user, command) if "/" in command else command) is None:
        # The file may be for another machine.
        hint = str(plugin.get("installHint") or "").strip() or "install it, or correct PATH"
        yield Found(f"exec: executable {command} not found", "exec", hint, "warning")


def _refused_provider(provider: dict[str, Any], read: Read) -> Iterator[Found]:
    name, config = provider.get("name") or "", provider.get("config") or {}
    if name in _REMOVED:
        yield Found(f"The {name} auth plugin has been removed.", "auth-provider", f"use the plugin {_REMOVED[name]}")
        return
    if name != "oidc":
        yield Found(f'no Auth Provider found for name "{name}"', "auth-provider", "use an exec plugin")
        return
    for field in ("idp-issuer-url", "client-id"):
        if not config.get(field):
            yield Found(f"Must provide {field}", "auth-provider")
    content = b""
    try:
        if data := config.get("idp-certificate-authority-data"):
            content = a2b_base64(data, strict_mode=True)
        elif path := config.get("idp-certificate-authority"):
            content = read(path)
    except FileError as error:
        yield Found(f"open {path}: {error.message}", "auth-provider")
    except ValueError:
        yield Found("idp-certificate-authority-data: illegal base64 data", "auth-provider", _PEM)
    if content and (fault := authority_fault(content)):
        yield Found(f"unable to load root certificates: {fault}", "auth-provider", _PEM)
    if not config.get("id-token") and not config.get("refresh-token"):
        text = "No valid id-token, and cannot refresh without refresh-token"
        yield Found(text, "auth-provider", "sign in again with what wrote this user")


def _refused_pair(user: Entry, read: Read) -> Iterator[Found]:
    (field, certificate), (key_field, key) = (_content(user, f"client-{each}", read) for each in ("certificate", "key"))
    if certificate is None or key is None:
        return
    if fault := _block_fault(certificate, "certificate", lambda label: label == "CERTIFICATE"):
        yield Found(fault, field, _hint(user, field))
    elif fault := _block_fault(key, "key", is_key_label):
        yield Found(fault, key_field, _hint(user, key_field))
    elif private_key_only(key) is None:
        yield Found("tls: failed to parse private key", key_field, explain(key, "the client key")[1])
    else:
        from kcfg.x509 import pair_fault

        if unfit := pair_fault(certificate, key):
            named = field if "certificate is" in unfit.message else key_field
            yield Found(f"tls: {unfit.message}", named, unfit.hint)


def _block_fault(text: bytes, what: str, is_wanted: Callable[[str], bool]) -> str:
    labels = [label for label, _ in pem_blocks(text, headers=True)]
    if any(map(is_wanted, labels)):
        return ""
    if not labels:
        return f"tls: failed to find any PEM data in {what} input"
    other = "a private key" if any(label.endswith("PRIVATE KEY") for label in labels) else "something else"
    return f"tls: failed to find {what} PEM data in {what} input, but did find {other}"


def _refused_headers(body: dict[str, Any]) -> Iterator[Found]:
    values = [(field, name, body.get(field)) for field, name in _HEADERS.items()]
    values += [("as-groups", "Impersonate-Group", group) for group in body.get("as-groups") or []]
    for field, name, value in values:
        if not is_header(str(value or "")):
            text = f'net/http: invalid header field value for "{name}"'
            yield Found(text, field, "a line break at its end? Write it without")


def is_header(value: str) -> bool:
    """Return whether Go sends a value as a header: what lies beyond ASCII goes as UTF-8."""
    return not any((char < " " and char != "\t") or char == "\x7f" for char in value)


def authority_fault(text: bytes) -> str:
    """Return why a text holds no certificate to trust; "" if it does. One that can be read is enough."""
    from kcfg.x509 import is_certificate

    if any(is_certificate(each) for each in certificates(text)):
        return ""
    labels = [label for label, _ in pem_blocks(text)]
    if not labels:
        return "unable to parse bytes as PEM block"
    return "failed to parse certificate" if "CERTIFICATE" in labels else "no valid certificate authority data seen"


def _content(entry: Entry, name: str, read: Read) -> tuple[str, bytes | None]:
    """Return the field that counts, and its bytes; None where there are none, or validation has said so."""
    if data := entry.body.get(f"{name}-data"):
        try:
            return f"{name}-data", a2b_base64(data)
        except ValueError:
            return f"{name}-data", None
    try:
        return name, read(_full(entry, entry.body[name])) if entry.body.get(name) else None
    except FileError:
        return name, None


def _full(entry: Entry, path: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(entry.origin), path))


def _hint(entry: Entry, field: str) -> str:
    return _COPIED if entry.body.get(field) in PLACEHOLDERS else _PEM
