"""Secret references: `ref+STORE://KEY[#PROPERTY]`, or `secretRef` as a mapping. Imports nothing heavy."""

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_KEY = 128
_LOW = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_STORE = _LOW | {"-"}
_SEGMENT = _LOW | frozenset("._-")
_FORM = "write ref+STORE://KEY or ref+STORE://KEY#PROPERTY, for example ref+default://ci-bot/token"


class SecretRef:
    """Names a secret: a key in a store, or (service, username) of a keyring item that another tool wrote."""

    __slots__ = ("key", "property", "service", "store", "username")

    def __init__(
        self,
        key: str = "",
        *,
        store: str = "default",
        property: str = "",  # noqa: A002
        service: str = "",
        username: str = "",
    ) -> None:
        self.store = store
        self.key = key
        self.property = property
        self.service = service
        self.username = username

    def _all(self) -> tuple[str, ...]:
        return self.store, self.key, self.property, self.service, self.username

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretRef) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return f"SecretRef({self})"

    def __str__(self) -> str:
        if self.service:
            return f"keyring item {self.service!r} of {self.username!r}"
        return f"ref+{self.store}://{self.key}" + (f"#{self.property}" if self.property else "")


def is_ref(value: object) -> bool:
    """Return whether a string claims to be a reference."""
    return isinstance(value, str) and value.startswith("ref+")


def parse_ref(text: str) -> SecretRef:
    """Parse the short form. Raises SecretError; the text is not quoted, it might be a secret."""
    store, separator, rest = text.removeprefix("ref+").partition("://")
    if not is_ref(text) or not separator:
        raise SecretError("not a secret reference", hint=_FORM)
    key, sharp, property_ = rest.partition("#")
    if sharp and not property_:
        raise SecretError("the reference has an empty property after #", hint=_FORM)
    return _checked(SecretRef(key, store=store, property=property_))


def ref_from_mapping(written: "Mapping[str, Any]") -> SecretRef:
    """Build a reference from the fields of `secretRef`. Raises SecretError."""
    item = written.get("keyring")
    if item is not None:
        if written.get("store") is not None or written.get("key") is not None:
            raise SecretError("`keyring` stands beside `store` or `key`", hint="they exclude one another")
        return SecretRef(
            store="",
            service=item["service"],
            username=item["username"],
            property=written.get("property") or "",
        )
    if not written.get("key"):
        raise SecretError("the reference has no key", hint="secretRef: {key: ci-bot/token}")
    store = written.get("store") or "default"
    return _checked(SecretRef(written["key"], store=store, property=written.get("property") or ""))


def _checked(ref: SecretRef) -> SecretRef:
    if not ref.store or not set(ref.store) <= _STORE:
        raise SecretError("the store name of the reference is not [a-z0-9-]+", hint=_FORM)
    if fault := key_fault(ref.key):
        raise SecretError(fault, hint="keys are segments [a-z0-9][a-z0-9._-]* joined by /, 128 characters at most")
    return ref


def key_fault(key: str) -> str:
    """Return what is wrong with a key, or an empty string."""
    if not key:
        return "the reference has no key"
    if len(key) > MAX_KEY:
        return f"the key is longer than {MAX_KEY} characters"
    for segment in key.split("/"):
        if not segment or segment[0] not in _LOW or not set(segment) <= _SEGMENT or ".." in segment:
            return "the key has a segment that is not [a-z0-9][a-z0-9._-]*"
    if is_history(key):
        return "keys history/NUMBER are those of `kcfg undo`: choose another"
    return ""


def is_history(key: str) -> bool:
    """Return whether a key is that of a kubeconfig's history, whose items are no secrets of a spec."""
    first, _, number = key.partition("/")
    return first == "history" and number.isdecimal()


def slug_key(name: str) -> str:
    """Return a key segment for a foreign name; a hash suffix where the name had to change."""
    slug = "".join(char if char in _SEGMENT else "-" for char in name.lower()).strip("._-")[:80]
    while ".." in slug:
        slug = slug.replace("..", ".")
    if slug == name and slug:
        return slug
    from hashlib import sha256

    return f"{slug or 'key'}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
