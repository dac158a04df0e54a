"""A spec as it was declared: entries, and the place of every field of them."""

from __future__ import annotations

import os

from kcfg.dataclass import Generic, dataclass, field
from kcfg.errors import Location, Problem, show_path
from kcfg.spec.files import DISK
from kcfg.spec.parse import document_path
from kcfg.spec.tokens import names_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set
    from typing import Any, TypeVar

    from kcfg.spec.files import Tree
    from kcfg.spec.models import Cluster, Context, Environment, SecretStore, SpecFile, User, Variable
    from kcfg.yaml.parse import Document, Path

    Sound = Cluster | User | Context | SecretStore | Environment | Variable

ATTRIBUTES = {"secretStores": "secret_stores"}
# What kcfg alone reads of an entry: no kubeconfig has it.
OWN_FIELDS = frozenset(("labels", "credentials", "merge", "argocd", "flux"))
PATH_FIELDS = ("certificate_authority", "client_certificate", "client_key", "token_file")
SECTIONS = ("clusters", "users", "contexts", "secretStores", "environments", "variables")
_KINDS = {"secretStores": "secret store"}


@dataclass(frozen=True, slots=True)
class Faulty:
    """An entry whose shape is wrong: there is a Problem of it, and its name, which references may lead to."""

    name: str


if TYPE_CHECKING:
    Entry = Sound | Faulty
    E_co = TypeVar("E_co", bound="Entry", covariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """One document of a spec file: where it came from and what it says."""

    file: str
    directory: str
    document: Document
    model: SpecFile
    wrapped: set[Path]
    faulty: Mapping[Path, str] = field(default_factory=dict)
    lost: Set[str] = frozenset()

    def entries(self, section: str) -> Iterator[tuple[int, Any]]:
        """Yield the entries of a list with their places in it; of a faulty one its name, if it has one."""
        sound = getattr(self.model, ATTRIBUTES.get(section, section))
        if not self.faulty:
            yield from enumerate(sound)
            return
        names = {path[1]: name for path, name in self.faulty.items() if path[0] == section}
        left = iter(sound)
        for index in range(len(sound) + len(names)):
            if index not in names:
                yield index, next(left)
            elif names[index]:
                yield index, Faulty(names[index])

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Return where a field of this document stands."""
        return self.document.locate(document_path(path, self.wrapped), key=key)


@dataclass(frozen=True, slots=True)
class Declared(Generic["E_co"]):
    """An entry of the spec and the place that declares it."""

    entry: E_co
    source: Source
    path: Path
    # Fields that a patch gave, by their path in the entry: the patch's document, and where it says so.
    patched: Mapping[Path, tuple[Source, Path]] = field(default_factory=dict)
    replaced: Declared[Any] | None = None  # an included entry of this name, which it stands for as a whole
    filled: str | None = None  # the environment ("" for none) whose variables are filled in

    def origin(self, *steps: str | int) -> tuple[Source, Path]:
        """Return the document that gives a field its value, and the path there."""
        for length in range(len(steps), 0, -1):
            if found := self.patched.get(steps[:length]):
                return found[0], (*found[1], *steps[length:])
        own = document_path((*self.path, *steps), self.source.wrapped)
        if self.patched and part_of(self.source.document.value, own) is None:
            for path, (source, full) in self.patched.items():
                if path[: len(steps)] == steps:  # the patch gave a part of it, and so the whole
                    return source, full[: len(full) - len(path) + len(steps)]
        return self.source, (*self.path, *steps)

    def file(self, path: str) -> str:
        """Return where a file that a path field names is: relative to the spec file, or in the home with `~/`."""
        return os.path.join(self.source.directory, expanded(path))

    def problem(
        self, message: str, *steps: str | int, rule: str, hint: str = "", key: bool = False, level: str = "error"
    ) -> Problem:
        """Return a Problem that points at a field of this entry."""
        source, path = self.origin(*steps)
        location = source.locate(path, key=key)
        problem = Problem(message, location=location, path=show_path(path), rule=rule, hint=hint, level=level)
        if self.filled is None:
            return problem
        return tell_variables(problem, self.filled, part_of(source.document.value, document_path(path, source.wrapped)))


def part_of(value: Any, path: Path) -> Any:
    """Return a part of a plain value; None where there is none."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None
    return value


def tell_variables(problem: Problem, environment: str, raw: Any) -> Problem:
    """Say through which variables a fault came, and in which environment: its place shows `${name}` alone."""
    names = [f"${{{name}}}" for name in dict.fromkeys(names_in(raw))]
    if names:
        where = f"in environment {environment!r}, through " if environment else "through "
        problem.message = f"{problem.message} ({where}{' and '.join(names)})"
    return problem


def expanded(path: str) -> str:
    """Return what a path field says, with `~/` as the home of whoever reads it."""
    return os.path.expanduser(path) if path.startswith("~/") else path


@dataclass(slots=True)
class Spec:
    """The desired state: what a team declared, all files laid together."""

    root: Source
    sources: list[Source]
    tree: Tree = DISK  # where it was read, and its files are
    clusters: dict[str, Declared[Cluster]] = field(default_factory=dict)
    users: dict[str, Declared[User]] = field(default_factory=dict)
    contexts: dict[str, Declared[Context]] = field(default_factory=dict)
    secret_stores: dict[str, Declared[SecretStore]] = field(default_factory=dict)
    environments: dict[str, Declared[Environment]] = field(default_factory=dict)
    variables: dict[str, Declared[Variable]] = field(default_factory=dict)
    environment: str | None = None  # what `kcfg.spec.environments` resolved it for
    credentials: str | None = None
    embed: bool = True  # public files below the root go into kubeconfigs that stand elsewhere
    flatten: bool = False  # the content of every certificate and key file does, wherever it is
    manage: frozenset[str] = frozenset()  # what the user may change else: a context's namespace, `current-context`
    unresolved: Spec | None = None
    current_context: tuple[str, Source] | None = None
    faulty: dict[str, set[str]] = field(default_factory=dict)  # by section: names of entries without a model
    lost: set[str] = field(default_factory=set)  # sections of which some names cannot be known
    with_variables: dict[int, bool] = field(default_factory=dict, init=False, repr=False)  # by text: most have none
    _absolute: frozenset[str] | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """The root file's `metadata.name`: it scopes keyring items and ownership."""
        return self.root.model.metadata.name if self.root.model.metadata else ""

    def excuses(self, section: str, name: str) -> bool:
        """Return whether a name that no sound entry has may be that of a faulty one, which has its own Problem."""
        return section in self.lost or name in self.faulty.get(section, ())

    def is_whole(self, *sections: str) -> bool:
        """Return whether all entries of some sections are known."""
        return not any(self.faulty.get(each) or each in self.lost for each in sections)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file that the spec names. Raises FileError, also for what leads out of the root.

        An absolute path is as good as its author, as in a kubeconfig: what may be given away is for trust to say.
        """
        if self._absolute is None:
            self._absolute = frozenset(self._absolute_paths())
        return (DISK if path in self._absolute else self.tree).read(path)

    def _absolute_paths(self) -> Iterator[str]:
        entries: list[Cluster | User] = [each.entry for each in self.clusters.values()]
        entries += [each.entry for each in self.users.values()]
        for entry in entries:
            for name in PATH_FIELDS:
                if (path := expanded(getattr(entry, name, None) or "")) and os.path.isabs(path):
                    yield path

    def labels_of(self, context: Context) -> dict[str, str]:
        """Return a context's labels: its cluster's, overlaid by its own."""
        cluster = self.clusters.get(context.cluster)
        return {**(cluster.entry.labels if cluster else {}), **context.labels}


def clash(section: str, name: str, declared: Declared[Entry], first: Declared[Entry]) -> Problem:
    """Return the Problem of a name that two entries of a section have."""
    kind = _KINDS.get(section, section.removesuffix("s"))
    steps: tuple[str, ...] = () if section == "variables" else ("name",)
    source, path = first.origin(*steps)
    generated = declared.path[:1] == ("generate",)
    return declared.problem(
        f"{kind} {name!r} is {'generated, though it exists already' if generated else 'declared twice'}",
        *steps,
        rule="KCFG101",
        hint=f"the first is at {source.locate(path)}; "
        + ("put every value that differs into the name" if generated else "rename one, or ")
        + ("" if generated else "let a file that includes both override them"),
    )
