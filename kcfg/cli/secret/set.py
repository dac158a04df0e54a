"""`kcfg secret set`: store a value from standard input, or from a prompt that does not echo."""

from __future__ import annotations

import os
import sys

from kcfg.printing import printable, say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.stores import Stores
    from kcfg.secrets.secret import Secret
    from kcfg.spec.secrets import DeclaredSecret


def run(*, key: str, file: str | None, environment: str | None, values: list[str]) -> int:
    """Ask the store first, so that nobody types a secret that has no place; check; store; remember."""
    from kcfg.cli.stores import Stores, load_valid
    from kcfg.spec.secrets import declared_secrets, find_secret
    from kcfg.trust.gate import remember_secret

    spec = load_valid(file, environment, values, lenient=True)
    secret = find_secret(declared_secrets(spec), key)
    stores = Stores(spec)
    before = _stored(stores, secret)
    value = _repaired(_read_value(secret), secret)
    expires = _check(stores, secret, value)
    remember_secret(spec, secret.ref, os.environ)
    if before is not None and before.reveal() == value.reveal():
        if not _is_known(stores, secret):  # a kill, or another tool, kept it out of the index
            _remember(stores, secret, expires)
        say(f'secret "{secret.name}" unchanged')
        return 0
    stores.of(secret.ref).write(secret.ref, value)
    say(f'secret "{secret.name}" {"created" if before is None else "configured"}')  # true whatever happens to the index
    _remember(stores, secret, expires)
    return 0


def _stored(stores: Stores, secret: DeclaredSecret) -> Secret | None:
    from kcfg.errors import SecretNotFound

    try:
        return stores.of(secret.ref).read(secret.ref)
    except SecretNotFound:
        return None


def _read_value(secret: DeclaredSecret) -> Secret:
    from kcfg.errors import SecretError
    from kcfg.secrets.secret import MAX_BYTES, Secret
    from kcfg.secrets.value import PEM_KINDS, mend_key

    if sys.stdin.isatty():
        if secret.kind in PEM_KINDS:
            raise SecretError("a PEM key has many lines", hint=f"kcfg secret set {secret.name} < key.pem")
        return Secret(_ask(secret.name))
    raw = sys.stdin.buffer.read(MAX_BYTES + 3)
    try:
        if secret.kind in PEM_KINDS and not secret.properties:
            value, note = mend_key(raw)
            if note:
                tell(f"kcfg: note: {note}")
            return Secret(value)
        return Secret(raw.decode().removesuffix("\n").removesuffix("\r"))
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


def _check(stores: Stores, secret: DeclaredSecret, value: Secret) -> str:
    from kcfg.secrets.value import check_kind, expiry_of

    certificates = secret.certificates(stores.read_file)
    for certificate in certificates:
        check_kind(value, secret.kind, properties=tuple(secret.properties), certificate=certificate)
    kind = "other" if secret.properties else secret.kind
    return min((end for each in certificates if (end := expiry_of(value, kind, each))), default="")


def _is_known(stores: Stores, secret: DeclaredSecret) -> bool:
    from kcfg.secrets.index import read_index

    return stores.item_name(secret.ref) in read_index(os.environ)


def _remember(stores: Stores, secret: DeclaredSecret, expires: str) -> None:
    from kcfg.expiry import now
    from kcfg.secrets.index import record_item

    backend = stores.backend(secret.ref)
    name = stores.item_name(secret.ref)
    record_item(name, backend=backend, kind=secret.kind, now=now(), environ=os.environ, expires=expires)
