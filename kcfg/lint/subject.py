"""What rules look at: the entries of a spec or of kubeconfigs, in kubeconfig's spelling, each with its place.

Rules ask the outside (files, modes, PATH, the clock) only through `Outside`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from kcfg.dataclass import dataclass, field
from kcfg.errors import FileError, Location, Problem, show_path
from kcfg.kubeconfig.decode import strict_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.facts import Certificate
    from kcfg.spec.spec import Spec
    from kcfg.yaml.parse import Document, Path

SECTIONS = {"clusters": "cluster", "users": "user", "contexts": "context"}


@dataclass(frozen=True, slots=True)
class Outside:
    """The world around a file, as functions: a test can put another one in their place."""

    read: Callable[[str], bytes]
    stat: Callable[[str], os.stat_result | None]
    which: Callable[[str], str | None]
    now: Callable[[float], str]  # after so many seconds


@dataclass(frozen=True, slots=True)
class File:
    """One file of a subject: its path as the user wrote it, and what it says."""

    path: str
    document: Document

    @property
    def value(self) -> dict[str, Any]:
        """The document's mapping; an empty one where there is none."""
        return self.document.value if isinstance(self.document.value, dict) else {}


@dataclass(frozen=True, slots=True)
class Origin:
    """What gives a field its value: a file, the path that people are told, and the path in the document as written."""

    file: File
    told: Path
    written: Path


@dataclass(frozen=True, slots=True)
class Item:
    """One cluster, user or context: its fields, the folder that relative paths start at, where each field stands.

    `origin` takes the path of a field in the body; of the entry's own name with `outer`.
    """

    section: str
    name: str
    body: dict[str, Any]
    file: File
    directory: str
    origin: Callable[[Path, bool], Origin]

    def locate(self, *steps: str | int, key: bool = False) -> Location:
        """Return where a field stands."""
        origin = self.origin(steps, False)
        return origin.file.document.locate(origin.written, key=key)

    def problem(self, message: str, *steps: str | int, hint: str = "", key: bool = False) -> Problem:
        """Return a Problem that points at a field; its rule and level are given to it by the run."""
        return Problem(
            message,
            location=self.locate(*steps, key=key),
            path=show_path(self.origin(steps, False).told),
            hint=hint,
        )

    def at_name(self, message: str, *, hint: str = "") -> Problem:
        """Return a Problem about the entry as a whole."""
        origin = self.origin(("name",), True)
        location = origin.file.document.locate(origin.written)
        return Problem(message, location=location, path=show_path(origin.told[:-1]), hint=hint)

    def text(self, name: str) -> str:
        """Return a field that holds a text; "" for anything else."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def full_path(self, name: str) -> str:
        """Return where a path field leads; "" without one."""
        path = self.text(name)
        return os.path.normpath(os.path.join(self.directory, path)) if path else ""


@dataclass(slots=True)
class Subject:
    """A spec, or the kubeconfigs of a search path, laid out for the rules."""

    kind: str
    files: list[File]
    outside: Outside
    clusters: list[Item] = field(default_factory=list)
    users: list[Item] = field(default_factory=list)
    contexts: list[Item] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    referred: set[tuple[str, str]] = field(default_factory=set)  # (section, name) that an environment needs
    problems: list[Problem] = field(default_factory=list)  # what `validate` finds in a spec
    broken: bool = False  # it could not be read, or has not the shape it should have: `problems` say why
    is_list: bool = False  # KUBECONFIG has a separator, however many of its files are there
    root: str = ""  # a spec's root file
    spec: Spec | None = None
    clients: tuple[str, ...] = ()  # who else reads it, by their names in lint/capabilities
    _referring: dict[tuple[str, str], set[str]] | None = field(default=None, init=False, repr=False)
    _certificates: list[tuple[Item, Path, Certificate]] | None = field(default=None, init=False, repr=False)

    @property
    def items(self) -> list[Item]:
        """Every entry."""
        return [*self.clusters, *self.users, *self.contexts]

    def contexts_of(self, item: Item) -> tuple[str, ...]:
        """Return the contexts that refer to a cluster or user, sorted; all of them are looked through once."""
        if self._referring is None:
            self._referring = {}
            for each in self.contexts:
                for section in ("clusters", "users"):
                    key = section, each.text(section.removesuffix("s"))
                    self._referring.setdefault(key, set()).add(each.name)
        return tuple(sorted(self._referring.get((item.section, item.name), ())))

    def content(self, item: Item, name: str) -> tuple[str, bytes] | None:
        """Return the field that gives `name` (its `-data` first, as in kubectl) and its bytes, if they can be had."""
        data = item.text(f"{name}-data")
        if data:
            decoded = decode_base64(data)
            return (f"{name}-data", decoded) if decoded is not None else None
        path = item.full_path(name)
        if not path:
            return None
        try:
            return name, self.outside.read(path)
        except FileError:
            return None

    @property
    def certificates(self) -> list[tuple[Item, Path, Certificate]]:
        """Every certificate: the entry, the field that gives it, what it says; of a client's, only the first.

        A client's stands in the arguments of kcfg's own exec stanza, too. They are read once, for all rules.
        """
        if self._certificates is None:
            self._certificates = [*self._read_certificates()]
        return self._certificates

    def _read_certificates(self) -> Iterator[tuple[Item, Path, Certificate]]:
        from kcfg.exec_stanza import own_options

        for cluster in self.clusters:
            if found := self.content(cluster, "certificate-authority"):
                yield from ((cluster, (found[0],), each) for each in _certificates_of(found[1]))
        for user in self.users:
            if found := self.content(user, "client-certificate"):
                yield from ((user, (found[0],), each) for each in _certificates_of(found[1])[:1])
            at, data = own_options(user.body.get("exec")).get("--certificate-data", (0, ""))
            for each in _certificates_of(decode_base64(data) or b"")[:1]:
                yield user, ("exec", "args", at), each

    def tokens(self) -> Iterator[tuple[Item, tuple[str, ...], str]]:
        """Yield the tokens that stand in the files: (user, path of the field, token)."""
        for user in self.users:
            token = user.text("token")
            if token and not token.startswith("ref+"):
                yield user, ("token",), token
            elif path := user.full_path("tokenFile"):
                try:
                    yield user, ("tokenFile",), self.outside.read(path).decode("utf-8", "replace").strip()
                except FileError:
                    continue
            provider = user.body.get("auth-provider")
            config = provider.get("config") if isinstance(provider, dict) else None
            for key in ("id-token", "access-token"):
                value = config.get(key) if isinstance(config, dict) else None
                if isinstance(value, str) and value and not value.startswith("ref+"):
                    yield user, ("auth-provider", "config", key), value


def _certificates_of(pem: bytes) -> list[Certificate]:
    if not pem:
        return []
    from kcfg.certificate import read_certificates

    return read_certificates(pem)


def decode_base64(data: str) -> bytes | None:
    """Return decoded data; line breaks are let through, as Go does; None when it is no base64."""
    try:
        return strict_base64(data.replace("\n", "").replace("\r", ""))
    except ValueError:
        return None


def mapping(item: Item, name: str) -> dict[str, Any]:
    """Return a field that holds a mapping; an empty one for anything else."""
    value = item.body.get(name)
    return value if isinstance(value, dict) else {}


def texts(value: object) -> list[str]:
    """Return the texts of a list; other members become ""."""
    return [each if isinstance(each, str) else "" for each in value] if isinstance(value, list) else []
