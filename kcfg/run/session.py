"""A session: the user of a context becomes an exec stanza, and its credential a record that `kcfg.session` reads. Pure.

What cannot be bound to a session is refused: the exec protocol has no username and password, and no legacy provider.
"""

from __future__ import annotations

import json
from base64 import b64decode

from kcfg.errors import KcfgError
from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.session import FLAG, PLUGIN
from kcfg.yaml.plain import copy_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kcfg.kubeconfig.model import Body, Kubeconfig

    Read = Callable[[str], bytes]

_VERSION = "client.authentication.k8s.io/v1"


def make_record(config: Kubeconfig, context: str, ends: str, read: Read) -> Body | None:
    """Return what a session gives out, until `ends` if that is not empty; None for a user without a credential."""
    body = _user(config, context)
    for field, what in (("password", "a password"), ("username", "a password"), ("auth-provider", "an auth provider")):
        if body.get(field):
            raise KcfgError(
                f"the user of {context} signs in with {what}, which no session can take back",
                hint=f"a shell without an end: kcfg exec {context} -- $SHELL",
            )
    record: Body = {"context": context, "ends": ends, "status": _pair(body, context, read)}
    if body.get("tokenFile"):  # kubectl prefers it, and reads it again and again
        record["tokenFile"] = body["tokenFile"]
    elif body.get("token"):
        record["status"]["token"] = body["token"]
    if record["status"] or "tokenFile" in record:
        return record
    if not body.get("exec"):
        return None
    del record["status"]
    return record | {"plugin": _plugin(body["exec"])}


def ended(record: Body) -> Body:
    """Return what is left of a record at its end."""
    return {"context": record["context"], "ends": record["ends"], "over": True}


def text_of_record(record: Body) -> bytes:
    """Return a record as it is kept."""
    return json.dumps(record).encode()


def outer_session(record: Body | None) -> str | None:
    """Return the session that this one is inside of: its credential is the other's."""
    plugin = (record or {}).get("plugin") or {}
    args = plugin.get("args") or []
    inside = str(plugin.get("command", "")).rpartition("/")[2] == PLUGIN and len(args) == 2 and args[0] == FLAG
    return str(args[1]) if inside else None


def bound(config: Kubeconfig, context: str, record: str, command: str) -> Kubeconfig:
    """Return a kubeconfig whose user has nothing but a stanza that names the record; no foreign data beside it."""
    result = config.copy()
    result.extensions, result.unknown, result.preferences = [], {}, {}
    name = result.contexts[context].get("user")
    body = result.users[name].body
    stanza = body.get("exec") or {}
    kept = {field: copy_value(body[field]) for field in IMPERSONATION if body.get(field)}
    result.users[name].beside = {}
    result.users[name].body = kept | {
        "exec": {
            "apiVersion": stanza.get("apiVersion") or _VERSION,
            "command": command,
            "args": [FLAG, record],
            "env": None,
            "interactiveMode": stanza.get("interactiveMode") or "Never",
            "provideClusterInfo": bool(stanza.get("provideClusterInfo")),
        }
    }
    return result


def _user(config: Kubeconfig, context: str) -> Body:
    name = config.contexts[context].get("user")
    return config.users[name].body if name else {}


def _pair(body: Body, context: str, read: Read) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, said in (("client-certificate", "clientCertificateData"), ("client-key", "clientKeyData")):
        if data := body.get(f"{field}-data"):
            found[said] = _pem(data, context, field)
        elif path := body.get(field):
            found[said] = read(path).decode("utf-8", "replace")
    if len(found) == 1:
        raise KcfgError(f"the user of {context} has a certificate without a key, or a key without a certificate")
    return found


def _pem(data: str, context: str, field: str) -> str:
    try:
        return b64decode(data).decode()
    except ValueError:
        raise KcfgError(f"the user of {context}: {field}-data is not base64 of PEM") from None


def _plugin(stanza: dict[str, Any]) -> Body:
    return {
        "command": stanza.get("command") or "",
        "args": list(stanza.get("args") or []),
        "env": [{"name": each["name"], "value": each.get("value") or ""} for each in stanza.get("env") or []],
        "installHint": stanza.get("installHint") or "",
    }
