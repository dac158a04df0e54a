"""Files → Spec: find the root, follow `include`, lay each file over what it includes.

Loading collects every Problem; only `load_spec` raises. Files come from a `Tree`: the disk, or a git revision.
"""

from __future__ import annotations

import os
import sys
from functools import partial

from kcfg.boundary import OutsideError
from kcfg.closest import guess_again
from kcfg.errors import FileError, KcfgError, Location, Problem, SpecError, count
from kcfg.spec.files import DISK
from kcfg.spec.find import find_root, in_directory
from kcfg.spec.globs import has_magic, included_pattern
from kcfg.spec.layers import Layers
from kcfg.spec.parse import TEST_KIND, parse_shape
from kcfg.spec.spec import ATTRIBUTES, SECTIONS, Faulty, Source, Spec
from kcfg.spec.spelling import spelling_faults
from kcfg.yaml.parse import parse_yaml_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from kcfg.spec.files import Tree
    from kcfg.yaml.parse import Document

    Origin = Callable[[], Location | None]  # where something is included; a text is parsed for that only when asked

MAX_FILES = 20_000
MAX_DEPTH = 50  # of files that include one another
MAX_INCLUDES = 200_000


def load_spec(path: str | None = None, *, directory: str = ".", tree: Tree = DISK) -> Spec:
    """Load a spec by its root file or folder (`-` reads standard input).

    Raises SpecError with every Problem of reading and shape; meaning is `kcfg.spec.check`.
    """
    spec, problems = read_spec(find_root(path, directory, tree), tree)
    if problems or spec is None:
        raise SpecError(f"the spec has {count(len(problems), 'problem')}", problems=problems)
    return spec


def read_spec(root: str, tree: Tree = DISK, *, stdin: bytes | None = None) -> tuple[Spec | None, list[Problem]]:
    """Read a root file and all it includes; return what is sound of it, and every Problem of reading and shape.

    With a Problem the spec is there to be judged, never to be used. `stdin` is what `-` held, if it was read.
    """
    guess_again()
    tree = tree.below(root)
    reader = _Reader(tree, stdin)
    layers = reader.read(root, ())
    problems = reader.problems
    if not layers:
        return None, problems
    spec = Spec(root=layers[0], sources=reader.sources, tree=tree)
    _require_name(spec, problems)
    sections = Layers(reader.included, problems, reader.lost)
    for section, entries in sections.merged(layers).items():
        if faulty := {name for name, each in entries.items() if isinstance(each.entry, Faulty)}:
            spec.faulty[section] = faulty
        sound = {name: each for name, each in entries.items() if name not in faulty} if faulty else entries
        setattr(spec, ATTRIBUTES.get(section, section), sound)
    spec.lost = sections.lost
    spec.current_context = _said(reader, layers, "current_context")
    if (embed := _said(reader, layers, "embed")) is not None:
        spec.embed = embed[0]
    if (manage := _said(reader, layers, "manage")) is not None:
        spec.manage = frozenset(manage[0])
    return spec, problems


def _require_name(spec: Spec, problems: list[Problem]) -> None:
    if not spec.name and "metadata" not in spec.root.lost:
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

    def __init__(self, tree: Tree, stdin: bytes | None = None) -> None:
        self.tree = tree
        self._stdin = stdin
        self.problems: list[Problem] = []
        self.sources: list[Source] = []
        self.layers: dict[str, list[Source]] = {}
        self.included: dict[int, list[list[Source]]] = {}
        self.lost: set[str] = set()  # sections of which some entries were not read
        self._followed = 0

    def read(
        self, file: str, chain: tuple[str, ...], origin: Origin | None = None, *, by_glob: bool = False
    ) -> list[Source]:
        """Return the documents of a file; an include of a cycle or of a missing file is a Problem.

        Tests of the spec that a glob finds among its files are passed over.
        """
        real = self.tree.real(file) if file != "-" else file
        if real in chain:
            self._complain("this include leads back to a file that includes it", origin, "break the cycle")
            return []
        if real in self.layers:
            return self.layers[real]
        if len(chain) > MAX_DEPTH:
            self._complain(
                f"more than {MAX_DEPTH} files that include one another", origin, "include them from one file"
            )
            return []
        self.layers[real] = []
        if len(self.layers) > MAX_FILES:
            raise SpecError(f"more than {MAX_FILES} files", location=_place(origin))
        for document in self._documents(file, origin):
            if by_glob and isinstance(document.value, dict) and document.value.get("kind") == TEST_KIND:
                continue
            self.problems += spelling_faults(document)
            shape = parse_shape(document)
            self.problems += shape.problems
            directory = os.path.dirname(file) if file != "-" else "."
            if shape.model is None:
                self.lost.update(SECTIONS)
                continue
            source = Source(file, directory, document, shape.model, shape.wrapped, shape.faulty, shape.lost)
            self._lose(source)
            self.sources.append(source)
            self.layers[real].append(source)
            # Of a faulty document too: the problems of all files are told at once.
            self.included[id(source)] = self._include(document, directory, (*chain, real))
        return self.layers[real]

    def _lose(self, source: Source) -> None:
        """Remember the sections of which a faulty document does not say all names."""
        self.lost.update(source.lost & {*SECTIONS})
        self.lost.update(str(path[0]) for path, name in source.faulty.items() if not name)
        if "generate" in source.lost or "generate" in self.lost:
            self.lost.update(("clusters", "users", "contexts"))
        if "include" in source.lost:
            self.lost.update(SECTIONS)

    def _documents(self, file: str, origin: Origin | None) -> list[Document]:
        name = "<stdin>" if file == "-" else file
        try:
            documents = parse_yaml_documents(self._raw(file), name)
        except OutsideError as error:
            rule = "KCFG007" if origin else "KCFG105"
            where = error.location
            self._complain(f"{name!r} {error.message}", origin or (lambda: where), error.hint, rule)
            return []
        except KcfgError as error:
            rule = "KCFG105" if isinstance(error, FileError) else "KCFG001"
            for problem in error.problems:
                problem.rule = problem.rule or rule
            self.problems += error.problems
            self.lost.update(SECTIONS)
            return []
        documents = [each for each in documents if each.value is not None]
        if not documents:
            self._complain(
                "the file is empty",
                lambda: Location(name, 1, 1),
                "a spec starts with `apiVersion: kcfg/v1`",
                "KCFG003",
            )
        return documents

    def _raw(self, file: str) -> bytes:
        if file != "-":
            return self.tree.read(file)
        return sys.stdin.buffer.read() if self._stdin is None else self._stdin

    def _include(self, document: Document, directory: str, chain: tuple[str, ...]) -> list[list[Source]]:
        written = document.value.get("include") if isinstance(document.value, dict) else None
        groups = []
        for index, each in enumerate(written if isinstance(written, list) else []):
            pattern, optional = included_pattern(each)
            if pattern is not None:
                path = ("include", index, *(("path",) if isinstance(each, dict) else ()))
                origin = partial(document.locate, path)
                for file in self._matches(directory, pattern, origin, optional=optional):
                    self._followed += 1
                    if self._followed > MAX_INCLUDES:
                        raise SpecError(f"more than {MAX_INCLUDES} includes", location=origin())
                    groups.append(self.read(file, chain, origin, by_glob=has_magic(pattern)))
        return groups

    def _matches(self, directory: str, pattern: str, origin: Origin, *, optional: bool) -> Iterator[str]:
        full = os.path.normpath(os.path.join(directory, pattern))
        try:
            found = self.tree.glob(full) if has_magic(pattern) else [full]
        except KcfgError as error:
            self._complain(f"include {pattern!r}: {error.message}", origin, error.hint)
            return
        if not found or (len(found) == 1 and not self.tree.exists(found[0])):
            if not optional:
                hint = "paths are relative to this file; `{path: …, optional: true}` may match none"
                self._complain(f"include {pattern!r} matches no file", origin, hint)
            return
        for match in found:
            try:
                yield in_directory(match, self.tree) if self.tree.is_dir(match) else match
            except SpecError as error:
                self._complain(error.message, origin, "include names files, or folders that hold a kcfg.yaml")

    def _complain(self, message: str, origin: Origin | None, hint: str, rule: str = "KCFG007") -> None:
        self.problems.append(Problem(message, location=_place(origin), rule=rule, hint=hint))


def _place(origin: Origin | None) -> Location | None:
    return origin() if origin else None


def _said(
    reader: _Reader, layers: list[Source], attribute: str, seen: set[int] | None = None
) -> tuple[Any, Source] | None:
    """Return a field that a spec has once, and the document that gives it: a file goes before what it includes."""
    for source in layers:
        if (value := getattr(source.model, attribute)) not in (None, ""):
            return value, source
    seen = set() if seen is None else seen
    first: tuple[Any, Source] | None = None
    for source in layers:
        for group in reader.included.get(id(source), []):
            if id(group) in seen:
                continue
            seen.add(id(group))
            found = _said(reader, group, attribute, seen)
            if first and found and found[0] != first[0]:
                _tell_two(reader, attribute.replace("_", "-"), first, found)
            first = first or found
    return first


def _tell_two(reader: _Reader, field: str, first: tuple[Any, Source], found: tuple[Any, Source]) -> None:
    """Tell a second value in included files: which one is meant, nobody says."""
    hint = f"the first is at {first[1].locate((field,))}; let the file that includes both say it"
    what = "the current context" if field == "current-context" else f"`{field}`"
    message = f"two included files disagree on {what}: {first[0]!r} and {found[0]!r}"
    reader.problems.append(Problem(message, location=found[1].locate((field,)), path=field, rule="KCFG101", hint=hint))
