"""What a secret of a kind must look like. Messages never quote a value."""

from __future__ import annotations

from kcfg.errors import SecretError
from kcfg.expiry import certificate_expiry, token_expiry
from kcfg.secrets.pair import split_pair
from kcfg.secrets.secret import Secret, check_value, pick_property

PEM_KINDS = ("client-key", "client-certificate")


def check_kind(secret: Secret, kind: str, *, properties: tuple[str, ...] = (), certificate: str | None = None) -> None:
    """Raise SecretError unless the secret is of this kind; `certificate` is what the spec says about a key."""
    check_value(secret)
    if properties:
        for name in properties:
            pick_property(secret, name)
    elif kind in ("token", "password"):
        if not secret.reveal().isprintable():
            raise SecretError(f"the {kind} holds control characters or line breaks", hint=f"store the bare {kind}")
    elif kind in PEM_KINDS:
        _check_key(secret.reveal(), certificate)


def _check_key(value: str, certificate: str | None) -> None:
    from kcfg.x509 import pair_fault

    own, key = split_pair(value)
    for each in (own, certificate):
        if each is not None and (fault := pair_fault(each, key)):
            raise SecretError(fault, hint="store the PEM key that belongs to the certificate")
    if own is None and certificate is None and (fault := pair_fault(None, key)):
        raise SecretError(fault, hint="store the PEM text of the key, with its BEGIN and END lines")


def expiry_of(secret: Secret, kind: str, certificate: str | None = None) -> str:
    """Return when a credential ends, as RFC 3339, or an empty string."""
    if kind == "token":
        return token_expiry(secret.reveal())
    if kind in PEM_KINDS:
        return certificate_expiry(certificate or split_pair(secret.reveal())[0] or "")
    return ""
