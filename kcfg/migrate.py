"""Kubeconfig users → credentials to move into a store, and the users without them. Pure: a function reads files.

A user moves when an exec stanza can stand for all of its credentials; what stays is told with the reason.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator

from kcfg.dataclass import dataclass, field
from kcfg.errors import KcfgError, SecretError
from kcfg.exec_stanza import make_stanza
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig
from kcfg.kubeconfig.redact import redact
from kcfg.repair import repair
from kcfg.secrets.pair import join_pair
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret
from kcfg.secrets.value import bare_token, check_kind, mend_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY_FIELDS = ("client-certificate", "client-certificate-data", "client-key", "client-key-data")
_STATIC = ("token", "tokenFile", "password", "client-key", "client-key-data", "auth-provider", "exec")
# Where a legacy provider keeps what it sends; oidc sends the id token.
_PROVIDER_TOKENS = ("id-token", "access-token")
_BASIC = "the exec protocol has no basic auth: use `kcfg exec`, or a spec rendered with --credentials inline"
ReadFile = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Move:
    """A user's credential on its way into the store."""

    user: str
    kind: str  # as in the stanza: token or client-certificate
    secret: Secret
    fields: tuple[str, ...]
    property: str = ""
    key_file: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A secret that stays in the file: where, and why."""

    where: str
    reason: str


@dataclass(slots=True)
class Migration:
    """What moves and why other users do not."""

    moves: list[Move] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)


def make_migration(config: Kubeconfig, read_file: ReadFile) -> Migration:
    """Sort a kubeconfig's users: each one's credential moves as a whole, or there is a reason against it."""
    migration = Migration()
    for name, entry in config.users.items():
        try:
            move = _move(name, entry.body, read_file)
        except KcfgError as error:
            migration.reasons[name] = f"{error.message}; {error.hint}" if error.hint else error.message
            continue
        if move is not None:
            migration.moves.append(move)
    return migration


def _move(name: str, body: Body, read_file: ReadFile) -> Move | None:
    given = [each for each in _STATIC if body.get(each)]
    if "client-key-data" in given and "client-key" in given:
        given.remove("client-key")  # kubectl prefers the data
    if not given or given in (["exec"], ["tokenFile"]):
        return None
    if "password" in given:
        raise SecretError(_BASIC)
    if len(given) > 1:
        raise SecretError(f"{' and '.join(given)} stand side by side, an exec plugin gives one: make it two users")
    if given == ["token"]:
        token, around = bare_token(str(body["token"]))
        secret = Secret(token)
        check_kind(secret, "token")
        note = f"{' and '.join(around)} around the token left out: no server takes them" if around else ""
        return Move(name, "token", secret, ("token",), note=note)
    return _provider(name, body["auth-provider"]) if given == ["auth-provider"] else _pair(name, body, read_file)


def _pair(name: str, body: Body, read_file: ReadFile) -> Move:
    certificate, _ = _pem(body, "client-certificate", read_file)
    key, key_file = _pem(body, "client-key", read_file)
    if not certificate:
        raise SecretError("the client key has no certificate beside it")
    shown, wrong = repair(certificate)
    private, note = mend_key(key)
    secret = Secret(join_pair(shown.decode("utf-8", "replace"), private))
    if wrong:
        note = "; ".join(filter(None, (f"the client certificate was repaired: {', '.join(wrong)}", note)))
    check_kind(secret, "client-key")
    return Move(name, "client-certificate", secret, _KEY_FIELDS, key_file=key_file, note=note)


def _pem(body: Body, name: str, read_file: ReadFile) -> tuple[bytes, str]:
    """Return a PEM text and the file it stands in."""
    data, path = body.get(f"{name}-data"), body.get(name)
    try:
        return (b64decode(data, validate=True), "") if data else (read_file(path), path) if path else (b"", "")
    except ValueError:
        pass  # the exception holds the bytes: ours is raised outside
    raise SecretError(f"{name}-data is not base64")


def _provider(name: str, provider: Body) -> Move | None:
    config = {key: str(value) for key, value in (provider.get("config") or {}).items() if value}
    sent = next((key for key in _PROVIDER_TOKENS if key in config), None)
    if sent is None:
        if not config.keys() & {"refresh-token", "client-secret"}:
            return None
        raise SecretError("the provider has no token yet: log in once more, with an exec plugin instead")
    secret = Secret(json.dumps(config, separators=(",", ":")))
    check_kind(secret, "other", properties=(sent,))
    note = "its provider no longer renews the token: when it ends, log in with an exec plugin"
    return Move(name, "token", secret, ("auth-provider",), property=sent, note=note)


def rewritten(body: Body, move: Move, key: str, *, spec_name: str, command: str) -> Body:
    """Return a user's fields with the exec stanza in the place of its credential."""
    kept = {name: value for name, value in body.items() if name not in move.fields}
    ref = SecretRef(key, property=move.property)
    store: dict[str, Any] = {"name": "default", "provider": "keyring"}
    return {**kept, "exec": make_stanza(ref, kind=move.kind, spec_name=spec_name, store=store, command=command)}


def left_secrets(config: Kubeconfig, reasons: dict[str, str]) -> list[Left]:
    """Return every secret that a kubeconfig still holds: all that `redact` would hide, certificates aside."""
    hidden = redact(config)
    left: list[Left] = []
    for section in SECTIONS:
        for name, entry in config.section(section).items():
            found = list(_differences(entry, hidden.section(section)[name]))
            reason = reasons.get(name, "") if section == "users" else ""
            left += [Left(f"{section}.{name}.{field}", reason or _reason(field)) for field in found]
            if reason and not found:
                left.append(Left(f"{section}.{name}", reason))
    return left


def _differences(entry: Entry, hidden: Entry) -> Iterator[str]:
    for field_, value in entry.body.items():
        if value != hidden.body.get(field_) and not field_.startswith(("certificate-", "client-certificate")):
            yield field_


def _reason(field_: str) -> str:
    if field_ == "proxy-url":
        return "kubectl takes a proxy's password only from here: use a proxy without one, or HTTPS_PROXY"
    if field_ == "exec":
        return "it belongs to another plugin's settings: give it to that one in a safer way"
    return "kcfg has no place for it"
