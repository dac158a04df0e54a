"""A value that somebody gives for a secret: read without echo, mended, checked against the spec that refers to it."""

from __future__ import annotations

import sys

from kcfg.printing import printable, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.secrets.secret import Secret
    from kcfg.spec.secrets import DeclaredSecret


def read_value(secret: DeclaredSecret) -> Secret:
    """Return what is typed on a terminal, or comes on standard input, without what stands around it."""
    from kcfg.errors import SecretError
    from kcfg.secrets.secret import MAX_BYTES, Secret
    from kcfg.secrets.value import PEM_KINDS

    if sys.stdin.isatty():
        if secret.kind in PEM_KINDS:
            raise SecretError("a PEM key has many lines", hint=f"kcfg secret set {secret.name} < key.pem")
        return _repaired(Secret(_ask(secret.name)), secret)
    return value_of(sys.stdin.buffer.read(MAX_BYTES + 3), secret)


def value_of(raw: bytes, secret: DeclaredSecret) -> Secret:
    """Return the value of a secret in bytes that somebody gave: without a line break, a PEM key mended.

    Raises SecretError, which quotes nothing.
    """
    from kcfg.errors import SecretError
    from kcfg.secrets.secret import Secret
    from kcfg.secrets.value import PEM_KINDS, mend_key

    try:
        if secret.kind in PEM_KINDS and not secret.properties:
            value, note = mend_key(raw)
            if note:
                tell(f"kcfg: note: {note}")
            return _repaired(Secret(value), secret)
        return _repaired(Secret(raw.decode().removesuffix("\n").removesuffix("\r")), secret)
    except UnicodeDecodeError:
        pass  # the exception holds the bytes: ours is raised outside
    raise SecretError("the secret is not UTF-8 text", hint="kcfg stores tokens, passwords and PEM")


def _repaired(value: Secret, secret: DeclaredSecret) -> Secret:
    """Return a token alone, and tell what stood around it."""
    from kcfg.secrets.secret import Secret
    from kcfg.secrets.value import bare_token

    if secret.kind != "token" or secret.properties:
        return value
    token, around = bare_token(value.reveal())
    if around:
        tell(f"kcfg: note: {' and '.join(around)} around the token left out")
    return Secret(token)


def _ask(name: str) -> str:
    import warnings
    from getpass import GetPassWarning, getpass

    from kcfg.errors import SecretError

    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(f"{printable(name)}: ")
        except (GetPassWarning, EOFError):
            pass
    raise SecretError("cannot ask without showing what you type", hint=f"kcfg secret set {name} < FILE")


def check_value(stores: Stores, secret: DeclaredSecret, value: Secret) -> tuple[str, str]:
    """Return from when and until when a value is good. Raises SecretError where it is not what its users need."""
    from kcfg.secrets.value import check_kind, validity_of

    certificates = secret.certificates(stores.read_file)
    for certificate in certificates:
        check_kind(value, secret.kind, properties=tuple(secret.properties), certificate=certificate)
    kind = "other" if secret.properties else secret.kind
    found = [validity_of(value, kind, each) for each in certificates]
    return max(starts for starts, _ in found), min(filter(None, (ends for _, ends in found)), default="")
