"""Where secrets live: one Protocol, a module for each provider, loaded when asked for."""

from kcfg.errors import SecretNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Literal, NotRequired, Protocol, TypedDict

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret

    Show = Callable[[list[str], Callable[[str], str]], str]

    class Store(Protocol):
        """A place that keeps secrets under the keys of references. None of its methods prompts."""

        def read(self, ref: SecretRef) -> Secret:
            """Return the secret. Raises SecretNotFound, or SecretError when the store cannot answer."""

        def write(self, ref: SecretRef, secret: Secret) -> None:
            """Keep a secret, replacing an older one. Raises SecretError; a read-only store says what to do."""

        def delete(self, ref: SecretRef) -> None:
            """Remove a secret, every copy. Raises SecretNotFound when there is none."""

        def describe(self, ref: SecretRef) -> str:
            """Name the item for people, for example `environment variable KCFG_TOKEN`."""

    class Setting(TypedDict):
        """A field of a store's settings: the spec's models, its schema and all who ask what it means are made of it."""

        name: str
        kind: Literal["text", "folder", "argv", "seconds", "flag"]
        """`folder`: relative to the file that says it, below the root of the spec; `argv`: a command line, no shell."""
        about: str
        """A sentence for the schema."""
        needed: NotRequired[bool]
        default: NotRequired[Any]
        """Of a setting that is not needed."""
        most: NotRequired[int]
        """The largest number."""
        examples: NotRequired[list[Any]]

    class Provider(Protocol):
        """A kind of store: a module."""

        ABOUT: str
        """A sentence on its settings, for the schema."""
        NOUN: str
        """What people call the place of a secret: `variable`."""
        SETTINGS: tuple[Setting, ...]
        WRITABLE: bool
        """Whether kcfg stores secrets there."""
        RECORDED: bool
        """Whether it runs or asks something by its settings: then the user trusts them first, and kcfg-credential
        takes them from the trust record, never from a kubeconfig. Such a module is Recorded, any other Placed."""

        def open(self, settings: "Settings") -> Store:
            """Return the store of a declaration; nothing is asked yet."""

    class Recorded(Provider, Protocol):
        """A provider whose settings say what is run or asked."""

        def picks_property(self, settings: Mapping[str, Any]) -> bool:
            """Return whether it is told the property of a reference, and gives that field alone."""

    class Placed(Provider, Protocol):
        """A provider whose secrets are where kcfg-credential's arguments say, whoever wrote them."""

        FORMS: tuple[tuple[str, ...], ...]
        """The flags of `place`, of each way to say it a tuple; the first is `--` and the provider's name."""

        def place(self, ref: SecretRef, spec_name: str, settings: Mapping[str, Any]) -> list[str]:
            """Return kcfg-credential's arguments that lead to a secret."""

        def read_at(self, options: Mapping[str, str], environ: Mapping[str, str]) -> Secret:
            """Return the secret that the arguments lead to: flag → value. Raises SecretError."""

        def key_at(self, value: str, spec_name: str, settings: Mapping[str, Any]) -> str:
            """Return the key that a store with these settings probably has for a place; `place` is asked whether."""

        def settings_at(self, value: str, likely: Sequence[str]) -> dict[str, Any] | None:
            """Return settings of a store that a place can be in, {} for none; None where nobody can know.

            `likely` are the keys that references to it would have."""

        def lead(self, ref: SecretRef, spec_name: str, settings: Mapping[str, Any]) -> "Lead":
            """Return what a reference reaches, for the trust gate."""

        def is_there(self, ref: SecretRef, settings: Mapping[str, Any]) -> bool | None:
            """Return whether a secret is there, without opening anything; None where kcfg's own index knows."""

        def new_settings(self, spec_name: str) -> dict[str, Any]:
            """Return the settings of a new spec's store, for `kcfg import`."""

        def backend(self) -> str:
            """Return what keeps the secrets, as the index names it."""


class Lead:
    """What a reference reaches: a kind of thing and its name, and words for people.

    `what` goes after `reads`, `shown` stands for the secret; `asks`: the user has to have allowed it.
    """

    __slots__ = ("asks", "kind", "name", "shown", "what")

    def __init__(self, kind: str, name: str, *, what: str = "", shown: str, asks: bool = True) -> None:
        self.kind = kind
        self.name = name
        self.what = what
        self.shown = shown
        self.asks = asks


class Settings:
    """What a store is opened with: its declaration, the spec it belongs to, the outside it may see."""

    __slots__ = ("declaration", "directory", "environ", "show", "spec_name", "trusted")

    def __init__(
        self,
        declaration: "Mapping[str, Any]",
        *,
        spec_name: str = "",
        directory: str = ".",
        environ: "Mapping[str, str] | None" = None,
        trusted: bool = False,
        show: "Show | None" = None,
    ) -> None:
        self.declaration = declaration
        self.spec_name = spec_name
        self.directory = directory
        self.environ = environ or {}
        self.trusted = trusted
        self.show = show  # a command line as people may see it, its words filled in


def exists(store: "Store", ref: "SecretRef") -> bool:
    """Return whether a store has a secret. Raises SecretError when it cannot tell."""
    try:
        store.read(ref)
    except SecretNotFound:
        return False
    return True
