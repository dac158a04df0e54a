"""What a secret of a kind must look like. Messages never quote a value."""

from __future__ import annotations

from kcfg.errors import SecretError
from kcfg.expiry import certificate_validity, token_validity
from kcfg.repair import explain
from kcfg.secrets.pair import repair_pair, split_pair
from kcfg.secrets.secret import Secret, check_value, pick_property

_WORDS = {"token": "token", "password": "password", "client-key": "key", "client-certificate": "key"}
PEM_KINDS = ("client-key", "client-certificate")


def check_kind(secret: Secret, kind: str, *, properties: tuple[str, ...] = (), certificate: str | None = None) -> None:
    """Raise SecretError unless the secret is of this kind; `certificate` is what the spec says about a key."""
    check_value(secret)
    check_form(secret.reveal(), kind)
    if properties:
        for name in properties:
            pick_property(secret, name)
    elif kind in ("token", "password"):
        if not secret.reveal().isprintable():
            raise SecretError(f"the {kind} holds control characters or line breaks", hint=f"store the bare {kind}")
    elif kind in PEM_KINDS:
        _check_key(secret.reveal(), certificate)


# What stands where a secret belongs: what programs show in its place, what templates and pages say, nothing real.
_PLACEHOLDER = (
    r"(?i)DATA\+OMITTED|[(\[]?(?:redacted|masked|hidden|sensitive value)[)\]]?|\*{3,}|•{3,}|\.{3}|…|x{4,}|---"
    r"|<[^<>]*>|\$?\{\{.*\}\}|\$\{[^{}]*\}|\$\([^()]*\)"
    r"|change[-_]?me|your[-_][a-z_-]*(?:token|secret|password|key)(?:[-_]here)?|placeholder|todo|tbd|null|none|undefined"
)
_VARIABLE = r"\$[A-Z_][A-Z0-9_]*"
_PREFIX = r"(?i)(?:authorization:\s*)?(?:bearer|basic|token)\s+\S"


def check_form(value: str, kind: str) -> None:
    """Raise SecretError for a value that no server could take: a placeholder, or a secret with something around it."""
    import re

    bare = value.strip()
    if re.fullmatch(f"{_PLACEHOLDER}|{_VARIABLE}", bare.strip("\"'")):
        raise SecretError(
            f"this is a placeholder, no {_WORDS.get(kind, 'secret')}",
            hint="take the real value: `kubectl config view --raw` shows those of a kubeconfig",
        )
    if bare.startswith("ENC[") and bare.endswith("]"):
        raise SecretError("the value is encrypted with SOPS", hint="decrypt it first: sops decrypt FILE")
    if kind != "token":
        return
    if re.match(_PREFIX, bare):
        raise SecretError("the token begins with the word of a header", hint="store what follows `Bearer `")
    if bare != value:
        raise SecretError("blanks or line breaks stand around the token", hint="store the bare token")
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'`":
        raise SecretError("quotes stand around the token", hint="store the bare token")
    if _is_encoded_token(bare):
        raise SecretError("this is base64 of a token", hint="decode it: base64 -d (a Secret holds it encoded)")


def bare_token(value: str) -> tuple[str, list[str]]:
    """Return a token without what came along when it was copied, and what that was: blanks, quotes, `Bearer `."""
    import re

    bare, around = value, set()
    while True:
        before = bare
        if bare != (bare := bare.strip()):
            around.add("blanks")
        if len(bare) > 2 and bare[0] == bare[-1] and bare[0] in "\"'`":
            bare = bare[1:-1]
            around.add("quotes")
        if found := re.match(r"(?i)(?:authorization:\s*)?bearer\s+(?=\S)", bare):
            bare = bare[found.end() :]
            around.add("`Bearer`")
        if bare == before:
            return bare, sorted(around)


def _is_encoded_token(value: str) -> bool:
    """Return whether a text is base64 of a JWT: what `kubectl get secret -o yaml` shows."""
    from binascii import a2b_base64

    if not value.startswith("ZXlK"):
        return False
    try:
        plain = a2b_base64(value + "=" * (-len(value) % 4))
    except ValueError:
        return False
    return plain.startswith(b"eyJ") and plain.count(b".") >= 2


def _check_key(value: str, certificate: str | None) -> None:
    from kcfg.x509 import pair_fault

    own, key = split_pair(value)
    shown: list[bytes | None] = [each.encode() for each in dict.fromkeys((own, certificate)) if each is not None]
    for each in shown or [None]:  # the item's own first
        if fault := pair_fault(each, key.encode()):
            raise SecretError(fault.message, hint=fault.hint)
    if own is None and certificate is None:
        raise SecretError(
            "the client key has no certificate: kubectl uses neither without the other",
            hint="put both into one item, or the certificate into the spec: cat CERTIFICATE KEY",
        )


def mend_key(value: bytes) -> tuple[str, str]:
    """Return a client key, with its certificate or without, as kubectl reads it, and what is to be told about that.

    Raises SecretError for what is no text.
    """
    mended, wrong = repair_pair(value)
    try:
        return mended.decode(), f"the client key was repaired: {', '.join(wrong)}" if wrong else ""
    except UnicodeDecodeError:
        pass  # the exception holds the bytes: ours is raised outside
    message, hint = explain(value, "the client key")
    raise SecretError(message, hint=hint)


def validity_of(secret: Secret, kind: str, certificate: str | None = None) -> tuple[str, str]:
    """Return when a credential begins and ends, as RFC 3339, or empty strings."""
    if kind == "token":
        return token_validity(secret.reveal())
    if kind in PEM_KINDS:
        return certificate_validity(certificate or split_pair(secret.reveal())[0] or "")
    return "", ""
