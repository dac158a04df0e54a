"""Files → Spec: find the root, follow `include`, lay each file over what it includes.

Loading collects every Problem; only `load_spec` raises. Reading the disk goes through `kcfg.files`.
"""

from __future__ import annotations

import glob
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from kcfg.errors import FileError, KcfgError, Location, Problem, SpecError, count, show_path
from kcfg.files import read_bytes
from kcfg.spec.generate import expand, make_complain
from kcfg.spec.models import Cluster, Context, Environment, SecretStore, SpecFile, User, Variable
from kcfg.spec.shape import document_path, parse_entry, parse_shape
from kcfg.yamldoc import parse_yaml_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kcfg.yamldoc import Document, Path

FILE_NAMES = ("kcfg.yaml", "kcfg.yml", "kcfg.json")
MAX_FILES = 20_000

Entry = Cluster | User | Context | SecretStore | Environment | Variable
SECTIONS = ("clusters", "users", "contexts", "secretStores", "environments", "variables")
_ATTRIBUTES = {"secretStores": "secret_stores"}
_KINDS = {"secretStores": "secret store"}
E_co = TypeVar("E_co", bound=Entry, covariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """One document of a spec file: where it came from and what it says."""

    file: str
    directory: str
    document: Document
    model: SpecFile
    wrapped: set[Path]

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Return where a field of this document stands."""
        return self.document.locate(document_path(path, self.wrapped), key=key)


@dataclass(frozen=True, slots=True)
class Declared(Generic[E_co]):
    """An entry of the spec and the place that declares it."""

    entry: E_co
    source: Source
    path: Path
    # Fields that a patch gave, by their path in the entry: the patch's document, and where it says so.
    patched: Mapping[Path, tuple[Source, Path]] = field(default_factory=dict)

    def origin(self, *steps: str | int) -> tuple[Source, Path]:
        """Return the document that gives a field its value, and the path there."""
        for length in range(len(steps), 0, -1):
            if found := self.patched.get(steps[:length]):
                return found[0], (*found[1], *steps[length:])
        return self.source, (*self.path, *steps)

    def problem(self, message: str, *steps: str | int, rule: str, hint: str = "", key: bool = False) -> Problem:
        """Return a Problem that points at a field of this entry."""
        source, path = self.origin(*steps)
        location = source.locate(path, key=key)
        return Problem(message, location=location, path=show_path(path), rule=rule, hint=hint)


@dataclass(slots=True)
class Spec:
    """The desired state: what a team declared, all files laid together."""

    root: Source
    sources: list[Source]
    clusters: dict[str, Declared[Cluster]] = field(default_factory=dict)
    users: dict[str, Declared[User]] = field(default_factory=dict)
    contexts: dict[str, Declared[Context]] = field(default_factory=dict)
    secret_stores: dict[str, Declared[SecretStore]] = field(default_factory=dict)
    environments: dict[str, Declared[Environment]] = field(default_factory=dict)
    variables: dict[str, Declared[Variable]] = field(default_factory=dict)
    environment: str | None = None  # what `kcfg.spec.environments` resolved it for
    credentials: str | None = None
    current_context: tuple[str, Source] | None = None

    @property
    def name(self) -> str:
        """The root file's `metadata.name`: it scopes keyring items and ownership."""
        return self.root.model.metadata.name if self.root.model.metadata else ""

    def labels_of(self, context: Context) -> dict[str, str]:
        """Return a context's labels: its cluster's, overlaid by its own."""
        cluster = self.clusters.get(context.cluster)
        return {**(cluster.entry.labels if cluster else {}), **context.labels}


def find_root(start: str | None, directory: str) -> str:
    """Return the root file: of `-f FILE|DIR|-`, else the nearest kcfg.yaml upward from `directory`."""
    if start is not None:
        return _in_directory(start) if os.path.isdir(start) else start
    at = os.path.abspath(directory)
    while True:
        for name in FILE_NAMES:
            if os.path.isfile(found := os.path.join(at, name)):
                _require_own(found)
                return os.path.relpath(found, directory)
        if at == (parent := os.path.dirname(at)):
            raise SpecError("no kcfg.yaml here or in a folder above", hint="`kcfg init` writes one; or say -f FILE")
        at = parent


def _in_directory(directory: str) -> str:
    for name in FILE_NAMES:
        if os.path.isfile(found := os.path.join(directory, name)):
            return found
    raise SpecError("the folder has no kcfg.yaml", location=Location(directory), hint="`kcfg init` writes one")


def _require_own(path: str) -> None:
    """Refuse a spec that somebody else put into a folder above, such as /tmp: name it, and it is read."""
    user = getattr(os, "geteuid", lambda: 0)()
    if user and os.stat(path).st_uid not in (user, 0):
        raise SpecError(
            "this spec belongs to another user", location=Location(path), hint=f"if you trust it: -f {path}"
        )


def load_spec(path: str | None = None, *, directory: str = ".") -> Spec:
    """Load a spec by its root file or folder (`-` reads standard input).

    Raises SpecError with every Problem of reading and shape; meaning is `kcfg.spec.check`.
    """
    spec, problems = read_spec(find_root(path, directory))
    if problems or spec is None:
        raise SpecError(f"the spec has {count(len(problems), 'problem')}", problems=problems)
    return spec


def read_spec(root: str) -> tuple[Spec | None, list[Problem]]:
    """Read a root file and all it includes; return what could be built and every Problem."""
    reader = _Reader()
    layers = reader.read(root, ())
    problems = reader.problems
    if not layers:
        return None, problems
    spec = Spec(root=layers[0], sources=reader.sources)
    _require_name(spec, problems)
    if not problems:
        merged = _merge(reader, layers, problems)
        spec.clusters, spec.users = merged["clusters"], merged["users"]  # type: ignore[assignment]
        spec.contexts, spec.secret_stores = merged["contexts"], merged["secretStores"]  # type: ignore[assignment]
        spec.environments, spec.variables = merged["environments"], merged["variables"]  # type: ignore[assignment]
        spec.current_context = _current_context(reader, layers)
    return spec, problems


def _require_name(spec: Spec, problems: list[Problem]) -> None:
    if not spec.name:
        problems.append(
            Problem(
                "the root file needs metadata.name",
                location=spec.root.locate(("metadata",), key=True),
                path="metadata.name",
                rule="KCFG004",
                hint="it scopes keyring items and ownership: `metadata: {name: acme}`",
            )
        )


class _Reader:
    """Reads files once each, in include order, and remembers who includes whom."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sources: list[Source] = []
        self.layers: dict[str, list[Source]] = {}
        self.included: dict[int, list[list[Source]]] = {}

    def read(self, file: str, chain: tuple[str, ...], origin: Location | None = None) -> list[Source]:
        """Return the documents of a file; an include of a cycle or of a missing file is a Problem."""
        real = os.path.realpath(file) if file != "-" else file
        if real in chain:
            self._complain("this include leads back to a file that includes it", origin, "break the cycle")
            return []
        if real in self.layers:
            return self.layers[real]
        self.layers[real] = []
        if len(self.layers) > MAX_FILES:
            raise SpecError(f"more than {MAX_FILES} files", location=origin)
        for document in self._documents(file):
            model, problems, wrapped = parse_shape(document)
            self.problems += problems
            directory = os.path.dirname(file) if file != "-" else "."
            if model is not None:
                source = Source(file, directory, document, model, wrapped)
                self.sources.append(source)
                self.layers[real].append(source)
            # Of a broken document too: the problems of all files are told at once.
            below = self._include(document, directory, (*chain, real))
            if model is not None:
                self.included[id(source)] = below
        return self.layers[real]

    def _documents(self, file: str) -> list[Document]:
        name = "<stdin>" if file == "-" else file
        try:
            raw = sys.stdin.buffer.read() if file == "-" else read_bytes(file)
            documents = parse_yaml_documents(raw, name)
        except KcfgError as error:
            rule = "KCFG105" if isinstance(error, FileError) else "KCFG001"
            for problem in error.problems:
                problem.rule = problem.rule or rule
            self.problems += error.problems
            return []
        if not documents:
            self._complain(
                "the file is empty",
                Location(name, 1, 1),
                "a spec starts with `apiVersion: kcfg/v1`",
                "KCFG003",
            )
        return documents

    def _include(self, document: Document, directory: str, chain: tuple[str, ...]) -> list[list[Source]]:
        written = document.value.get("include") if isinstance(document.value, dict) else None
        groups = []
        for index, pattern in enumerate(written if isinstance(written, list) else []):
            if isinstance(pattern, str):
                origin = document.locate(("include", index))
                groups += [self.read(file, chain, origin) for file in self._matches(directory, pattern, origin)]
        return groups

    def _matches(self, directory: str, pattern: str, origin: Location) -> Iterator[str]:
        full = os.path.normpath(os.path.join(directory, pattern))
        found = sorted(glob.glob(full, recursive=True)) if glob.has_magic(pattern) else [full]
        if not found or (len(found) == 1 and not os.path.exists(found[0])):
            self._complain(f"include {pattern!r} matches no file", origin, "paths are relative to this file")
            return
        for match in found:
            try:
                yield _in_directory(match) if os.path.isdir(match) else match
            except SpecError as error:
                self._complain(error.message, origin, "include names files, or folders that hold a kcfg.yaml")

    def _complain(self, message: str, location: Location | None, hint: str, rule: str = "KCFG007") -> None:
        self.problems.append(Problem(message, location=location, rule=rule, hint=hint))


_Sections = dict[str, dict[str, Declared[Entry]]]


def _merge(reader: _Reader, layers: list[Source], problems: list[Problem]) -> _Sections:
    """Lay documents side by side: siblings must not clash, a file overrides what it includes."""
    merged: _Sections = {section: {} for section in SECTIONS}
    for source in layers:
        below = _merge_groups(reader, source, problems)
        own = _own_entries(source, problems)
        for section in SECTIONS:
            _add(merged[section], section, {**below[section], **own[section]}, problems)
    return merged


def _merge_groups(reader: _Reader, source: Source, problems: list[Problem]) -> _Sections:
    merged: _Sections = {section: {} for section in SECTIONS}
    seen: set[int] = set()
    for group in reader.included.get(id(source), []):
        if id(group) in seen:  # included by two patterns
            continue
        seen.add(id(group))
        layer = _merge(reader, group, problems)
        for section in SECTIONS:
            _add(merged[section], section, layer[section], problems)
    return merged


def _add(
    into: dict[str, Declared[Entry]], section: str, more: dict[str, Declared[Entry]], problems: list[Problem]
) -> None:
    for name, declared in more.items():
        if name in into and not _same(into[name], declared):
            problems.append(clash(section, name, declared, into[name]))
        into.setdefault(name, declared)


def _same(one: Declared[Entry], other: Declared[Entry]) -> bool:
    """Say whether both are one entry, reached by two ways to one file."""
    return one.source is other.source and one.path == other.path and one.entry == other.entry


def _own_entries(source: Source, problems: list[Problem]) -> _Sections:
    own: _Sections = {section: {} for section in SECTIONS}
    for section in SECTIONS:
        if section == "variables":
            declared = {name: Declared(each, source, (section, name)) for name, each in source.model.variables.items()}
            own[section].update(declared)
            continue
        for index, entry in enumerate(getattr(source.model, _ATTRIBUTES.get(section, section))):
            _add(own[section], section, {entry.name: Declared(entry, source, (section, index))}, problems)
    for section, generated in _generated(source, problems):
        name = generated.entry.name
        if name in own[section]:  # also when one template makes it twice
            problems.append(clash(section, name, generated, own[section][name]))
        own[section].setdefault(name, generated)
    return own


def _generated(source: Source, problems: list[Problem]) -> Iterator[tuple[str, Declared[Cluster | User | Context]]]:
    for index, generate in enumerate(source.model.generate):
        path: Path = ("generate", index)
        complain = make_complain(problems, Declared(Variable(), source, path).problem, "KCFG115")
        before = len(problems)
        for section, value in expand(generate, complain):
            at = (*path, _KINDS.get(section, section.removesuffix("s")))
            if len(problems) > before:
                return
            entry, faults = parse_entry(section, value, at, source.locate)
            problems += faults
            if entry is not None:
                yield section, Declared(entry, source, at)


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


def _current_context(reader: _Reader, layers: list[Source]) -> tuple[str, Source] | None:
    for source in layers:
        if source.model.current_context:
            return source.model.current_context, source
    for source in layers:
        for group in reader.included.get(id(source), []):
            if found := _current_context(reader, group):
                return found
    return None
