"""A secret value that cannot be shown by accident."""

from kcfg.errors import SecretError
from kcfg.plainjson import parse_json

# Windows aside (secrets/chunks), the limit of every store: room for any certificate and key, no attic.
MAX_BYTES = 64 << 10


class Secret:
    """Holds a secret; only `reveal` gives it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def check_value(secret: Secret) -> None:
    """Raise SecretError unless every store could keep this value."""
    try:
        size = len(secret.reveal().encode())
    except UnicodeEncodeError:
        size = -1
    if size < 0 or "\0" in secret.reveal():
        raise SecretError("the secret is not text", hint="kcfg stores UTF-8 text: tokens, passwords, PEM")
    if not size:
        raise SecretError("the secret is empty", hint="kcfg secret rm removes one")
    if size > MAX_BYTES:
        raise SecretError(f"the secret is larger than {MAX_BYTES >> 10} KiB", hint="kcfg stores tokens, passwords, PEM")


def pick_property(secret: Secret, name: str) -> Secret:
    """Return one text field of a JSON-valued secret. Raises SecretError that quotes no value."""
    try:
        found = parse_json(secret.reveal())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SecretError(f"property {name!r} asked of a secret that is no JSON object")
    value = found.get(name)
    if not isinstance(value, str):
        raise SecretError(f"the secret has no text property {name!r}", hint="check the spelling after #")
    return Secret(value)
