"""What the trust record has of a user for kcfg-credential: a program, or which service account it is, and by whom.

Nothing of that is the kubeconfig's choice: not the program, not the account, not the servers that get a credential.
"""

from __future__ import annotations

import os
from base64 import b64decode
from contextlib import suppress
from hashlib import sha256

from kcfg.delivery import wraps
from kcfg.errors import KcfgError
from kcfg.exec_stanza import make_stanza, make_vendor_stanza
from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.pem import certificates_only
from kcfg.spec.accounts import account_of
from kcfg.spec.references import is_reference, reference, secret_fields
from kcfg.spec.secrets import certificate_of, store_declaration
from kcfg.trust.endpoint import Endpoint, make_endpoint
from kcfg.trust.record import ASKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.spec.models import Cluster, User
    from kcfg.spec.spec import Declared, Spec

    Body = dict[str, Any]

OWN = "kcfg-credential"


def found_program(stanza: Mapping[str, Any], directory: str) -> Body:
    """Return a plugin's command line, and its file by full path: a kubeconfig may bring another PATH."""
    from shutil import which

    command = str(stanza.get("command") or "")
    path = os.path.join(directory, command) if "/" in command else which(command) or ""
    return {
        "command": command,
        "path": os.path.abspath(path) if path and os.path.isfile(path) else "",
        "args": list(stanza.get("args") or []),
        **({"interactiveMode": ASKS} if stanza.get("interactiveMode") == ASKS else {}),
        **({"installHint": str(stanza["installHint"])} if stanza.get("installHint") else {}),
    }


def account_program(spec: Spec, declared: Declared[User], via: Declared[User], stanza: Mapping[str, Any]) -> Body:
    """Return what is recorded of a user that is a service account; `stanza` is the plugin of `via`, if it has one."""
    account = account_of(declared.entry)
    assert account is not None
    asked = {
        "namespace": account.namespace,
        "name": account.name,
        "ttl": account.ttl,
        "audiences": list(account.audiences or []),
        "bound": account.bound_object or "",
    }
    clusters = {each.entry.cluster for each in spec.contexts.values() if each.entry.user == declared.entry.name}
    servers = {_listed(spec, spec.clusters[name]) for name in clusters if name in spec.clusters}
    body = _body(spec, via, stanza)
    path = body["exec"]["command"] if "exec" in body else OWN
    user = {"via": via.entry.name, "user": body, "servers": [list(each) for each in sorted(servers)]}
    return {"command": OWN, "path": path, "args": [], "secrets": {}, "account": asked, **user}


def asked_endpoint(cluster: Mapping[str, Any]) -> Endpoint:
    """Return the server that KUBERNETES_EXEC_INFO names, as the record lists those that get a credential.

    Raises ValueError for what is no base64.
    """
    data = cluster.get("certificate-authority-data")
    return _endpoint(cluster, b64decode("".join(str(data).split()), validate=True) if data else b"")


def _listed(spec: Spec, declared: Declared[Cluster]) -> Endpoint:
    entry, content = declared.entry, b""
    with suppress(KcfgError, ValueError):  # what cannot be read is `validate`'s business, and nobody's authority
        if entry.certificate_authority_data:
            content = b64decode(entry.certificate_authority_data)
        elif entry.certificate_authority:
            content = spec.read(declared.file(entry.certificate_authority))
    return _endpoint(entry.model_dump(by_alias=True, exclude_none=True), content)


def _endpoint(cluster: Mapping[str, Any], authority: bytes) -> Endpoint:
    ca = sha256(certificates_only(authority)).hexdigest() if authority else ""
    insecure = cluster.get("insecure-skip-tls-verify") is True
    server, proxy = str(cluster.get("server") or ""), str(cluster.get("proxy-url") or "")
    return make_endpoint("", server, proxy, ca, str(cluster.get("tls-server-name") or ""), insecure=insecure)


def _body(spec: Spec, declared: Declared[User], stanza: Mapping[str, Any]) -> Body:
    """Return a user as a kubeconfig has it, whatever it stands beside: paths are full, nothing secret is in it."""
    user = declared.entry
    said = user.model_dump(by_alias=True, exclude_none=True)
    body: Body = {name: said[name] for name in (*IMPERSONATION, "client-certificate-data") if name in said}
    files = {name: said[name] for name in ("tokenFile", "client-certificate", "client-key") if name in said}
    body |= {name: os.path.realpath(declared.file(path)) for name, path in files.items()}
    if wraps(user):
        environment = spec.environment or ""
        wrapped = make_vendor_stanza(dict(stanza), spec_name=spec.name, environment=environment, user=user.name)
        return body | {"exec": wrapped}
    if stanza:
        program = found_program(stanza, os.path.realpath(declared.source.directory or "."))
        return body | {"exec": {**stanza, "command": program["path"]}}
    for path, value in secret_fields(user):
        if is_reference(value) and path in (("token",), ("client-key-data",)):
            with suppress(KcfgError):  # a broken reference, or certificate, is `validate`'s business
                body = {name: each for name, each in body.items() if name in IMPERSONATION}
                body["exec"] = _own(spec, declared, value, is_token=path == ("token",))
    return body


def _own(spec: Spec, declared: Declared[User], value: Any, *, is_token: bool) -> Body:
    ref = reference(value)
    return make_stanza(
        ref,
        kind="token" if is_token else "client-certificate",
        spec_name=spec.name,
        store=store_declaration(spec, ref.store),
        certificate_pem=None if is_token else certificate_of(declared, spec.read),
    )
