"""Documents laid over one another: a file overrides by name what it includes; siblings must not clash. Pure."""

from __future__ import annotations

from kcfg.dataclass import replace
from kcfg.errors import SpecError
from kcfg.spec.generate import expand, make_complain
from kcfg.spec.parse import parse_entry
from kcfg.spec.patches import laid_over
from kcfg.spec.records import build
from kcfg.spec.spec import SECTIONS, Declared, Faulty, Source, clash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.spec.generate import Complain
    from kcfg.spec.models import Cluster, Context, User, Variable
    from kcfg.spec.spec import Entry
    from kcfg.yaml.parse import Path

    Included = dict[int, list[list[Source]]]
    _Sections = dict[str, dict[str, Declared[Entry]]]

_KINDS = {"clusters": "cluster", "users": "user", "contexts": "context"}
# What an entry may say for safety; what else says it as well.
_SAFE: dict[str, tuple[str, ...]] = {
    "certificate_authority": ("certificate_authority_data",),
    "certificate_authority_data": ("certificate_authority",),
    "tls_server_name": (),
    "proxy_url": (),
    "protected": (),
}
MAX_LAID = 2_000_000


class Layers:
    """Files over what they include. Each file is laid once, however many ways lead to it."""

    def __init__(self, included: Included, problems: list[Problem], lost: set[str]) -> None:
        self._included = included
        self._problems = problems
        self.lost = lost  # sections of which some names are not known; of a faulty template for instance
        self._done: dict[int, _Sections] = {}
        self._laid = 0

    def merged(self, layers: list[Source]) -> _Sections:
        """Return documents side by side: siblings must not clash, a file overrides what it includes."""
        if (known := self._done.get(id(layers))) is not None:
            return known
        merged: _Sections = {section: {} for section in SECTIONS}
        for source in layers:
            below = self._groups(source)
            own = _own_entries(source, self._problems, self.lost)
            for section in SECTIONS:
                under = below[section]
                over = {name: self._over(section, under.get(name), each) for name, each in own[section].items()}
                self._add(merged[section], section, {**under, **over})
        self._done[id(layers)] = merged
        return merged

    def _over(self, section: str, below: Declared[Any] | None, own: Declared[Any]) -> Declared[Any]:
        """Return what a file's own entry means: alone, laid over the included one, or in its place."""
        if section not in _KINDS or isinstance(own.entry, Faulty):
            return own
        if not own.entry.merge:
            if below is None or isinstance(below.entry, Faulty):
                return own
            self._tell_lost(section, below, own)
            return replace(own, replaced=below)
        if below is None:
            hint = "include the file that declares it, or remove `merge`"
            message = f"no included file declares {_KINDS[section]} {own.entry.name!r}: nothing to lay it over"
            self._problems.append(own.problem(message, "merge", rule="KCFG114", hint=hint))
            return own
        if isinstance(below.entry, Faulty):
            return own
        laid, faults = laid_over(section, below, own)
        self._problems += faults
        return laid

    def _tell_lost(self, section: str, below: Declared[Any], own: Declared[Any]) -> None:
        """Warn of what a replaced entry had to keep its user safe, and the one in its place has not."""
        fields = [
            field
            for field, others in _SAFE.items()
            if _says(below.entry, field) and not any(_says(own.entry, each) for each in (field, *others))
        ]
        if fields:
            names = " and ".join(each.replace("_", "-") for each in fields)
            first = below.source.locate((*below.path, "name"))
            message = f"replaces the {_KINDS[section]} of {first} as a whole, and loses its {names}"
            hint = "`merge: true` lays it over that one"
            self._problems.append(own.problem(message, "name", rule="KCFG120", hint=hint, level="warning"))

    def _groups(self, source: Source) -> _Sections:
        groups = {id(group): group for group in self._included.get(id(source), [])}  # one may be included twice
        if len(groups) == 1:
            return self.merged(*groups.values())
        merged: _Sections = {section: {} for section in SECTIONS}
        for group in groups.values():
            layer = self.merged(group)
            for section in SECTIONS:
                self._add(merged[section], section, layer[section])
        return merged

    def _add(self, into: dict[str, Declared[Entry]], section: str, more: dict[str, Declared[Entry]]) -> None:
        self._laid += len(more)
        if self._laid > MAX_LAID:
            raise SpecError(
                f"the includes lay more than {MAX_LAID} entries over one another", hint="include each file once"
            )
        _add(into, section, more, self._problems)


def _says(entry: Any, field: str) -> bool:
    """Return whether an entry sets a field; an explicit null is meant."""
    return field in entry.model_fields_set


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


def _own_entries(source: Source, problems: list[Problem], lost: set[str]) -> _Sections:
    own: _Sections = {section: {} for section in SECTIONS}
    for section in SECTIONS:
        if section == "variables":
            variables: dict[str, Variable | Faulty] = {**source.model.variables}
            variables |= {name: Faulty(name) for path, name in source.faulty.items() if path[0] == section}
            own[section].update({name: Declared(each, source, (section, name)) for name, each in variables.items()})
            continue
        for index, entry in source.entries(section):
            _add(own[section], section, {entry.name: Declared(entry, source, (section, index))}, problems)
    for section, generated in _generated(source, problems, lost):
        name = str(generated.entry.name)
        if name in own[section]:  # also when one template makes it twice
            problems.append(clash(section, name, generated, own[section][name]))
        own[section].setdefault(name, generated)
    return own


def _noting(unmade: list[Path], complain: Complain) -> Complain:
    """Return `complain` that notes where entries are not made; an `exclude` that matches nothing leaves none out."""

    def note(where: Path, message: str, hint: str) -> None:
        if where[:1] != ("exclude",) or len(where) == 1:
            unmade.append(where)
        complain(where, message, hint)

    return note


def _generated(
    source: Source, problems: list[Problem], lost: set[str]
) -> Iterator[tuple[str, Declared[Cluster | User | Context | Faulty]]]:
    for index, generate in source.entries("generate"):
        path: Path = ("generate", index)
        complain = make_complain(problems, Declared(build("Variable", {}), source, path).problem, "KCFG115")
        unmade: list[Path] = []
        for section, value in expand(generate, _noting(unmade, complain)):
            at = (*path, _KINDS[section])
            if unmade:  # what else it would make, nobody knows
                lost.update(_KINDS)
                break
            entry, faults = parse_entry(section, value, at, source.locate)
            problems += faults
            yield section, Declared(Faulty(str(value.get("name"))) if entry is None else entry, source, at)
