"""A user whose credential goes into a store: the line that says so, in the place of six. Pure.

Only what kcfg itself would write is told so shortly. Another program, another spec's item and another certificate are
shown field by field.
"""

from __future__ import annotations

from kcfg.exec_stanza import read_stanza, written_by_default
from kcfg.kubeconfig.difference import certificates_in
from kcfg.kubeconfig.fields import SECRETS
from kcfg.secrets import find_placed, noun_at, provider_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.exec_stanza import Own
    from kcfg.kubeconfig.model import Body
    from kcfg.kubeconfig.plan import Change

BOILERPLATE = ("exec.apiVersion", "exec.installHint", "exec.interactiveMode")
_CERTIFICATE = "client-certificate-data"
_LEAVES = (*SECRETS, _CERTIFICATE, "tokenFile", "client-key", "client-certificate")


def moved_fields(change: Change, spec: str) -> tuple[str, frozenset[str]]:
    """Return `token -> keyring` and the fields that this says; nothing where the fields have to be shown."""
    before, after = change.before or {}, change.after or {}
    gone = [field for field in _LEAVES if before.get(field) and not after.get(field)]
    nothing = "", frozenset[str]()
    if change.section != "users" or not gone or before.get("exec") or not isinstance(after.get("exec"), dict):
        return nothing
    stanza = after["exec"]
    own = read_stanza(stanza)
    if own is None or _program(written_by_default(stanza, own)) != _program(stanza):
        return nothing
    if not _keeps_certificate(before, own):
        return nothing
    where = _store(own, spec)
    return (f"{', '.join(gone)} -> {where}", frozenset(gone)) if where else nothing


def _program(stanza: Body) -> tuple[object, object]:
    return stanza.get("command"), stanza.get("args")


def _keeps_certificate(before: Body, own: Own) -> bool:
    """Return whether the stanza's certificate, if it has one, is the one that was there."""
    if own.certificate is None:
        return True
    from kcfg.pem import certificates

    return certificates_in(str(before.get(_CERTIFICATE) or "")) == certificates(own.certificate.encode())


def _store(own: Own, spec: str) -> str:
    flag, place = own.place[:2]
    if flag == "--keyring":
        return "keyring" if place.startswith(f"kcfg/{spec}/") and len(own.place) == 2 else ""
    return f"{noun_at(flag)} {place}" if find_placed(provider_at(flag)) else ""
