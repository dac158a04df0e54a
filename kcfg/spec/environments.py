"""Spec + environment → the spec that is meant: variables filled in, stores rebound, patches applied, contexts selected.

One merge rule along `extends`: lists by name, maps deep, null deletes; patches are applied parent first.
Pure: the spec was read once, and can be resolved for every environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import partial

from kcfg.closest import suggest
from kcfg.dataclass import replace
from kcfg.errors import Problem, SpecError
from kcfg.globs import choose_names
from kcfg.secrets import is_recorded
from kcfg.spec import idle
from kcfg.spec.accounts import vias
from kcfg.spec.generate import make_complain
from kcfg.spec.globs import has_magic
from kcfg.spec.parse import parse_entry
from kcfg.spec.patches import merge_deep, patch_faults, patched_entry, written_body
from kcfg.spec.placed import rebased, rebased_operations
from kcfg.spec.records import build
from kcfg.spec.select import expression_holds, parse_selector
from kcfg.spec.spec import Declared, clash, tell_variables
from kcfg.spec.values import Values
from kcfg.spec.variables import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    from kcfg.spec.models import Environment
    from kcfg.spec.models.environments import Patch
    from kcfg.spec.spec import Sound, Source, Spec
    from kcfg.spec.variables import Lenient
    from kcfg.yaml.parse import Path

    E = TypeVar("E", bound="Sound")

MAX_EXTENDS = 50
MAX_STEPS = 2_000_000
_SECTIONS = {"Cluster": "clusters", "User": "users", "Context": "contexts"}


def resolve(
    spec: Spec,
    environment: str | None = None,
    values: Mapping[str, str] | None = None,
    *,
    allow_empty: bool = False,
    lenient: Lenient = False,
) -> tuple[Spec, list[Problem]]:
    """Return the spec for an environment (None: the whole spec), and every Problem on the way.

    `values` are those of --set. `lenient` lets variables have none. Raises SpecError for an
    environment or a variable of the command line that the spec does not declare.
    """
    job = _Resolve(spec, environment, dict(values or {}), lenient=lenient)
    return job.spec(allow_empty=allow_empty), job.problems


def environment_named(spec: Spec, name: str) -> Declared[Environment]:
    """Return an environment. Raises SpecError with a hint when there is none of that name."""
    if name in spec.environments:
        return spec.environments[name]
    known = f"the spec declares {', '.join(spec.environments)}" if spec.environments else "the spec declares none"
    raise SpecError(f"no environment is called {name!r}", hint=suggest(name, spec.environments, known))


def lineage(spec: Spec, name: str, problems: list[Problem]) -> list[Declared[Environment]]:
    """Return an environment and those it extends, the last ancestor first."""
    found, seen = [environment_named(spec, name)], {name}
    while (parent := found[-1].entry.extends) is not None:
        if parent not in spec.environments:
            if spec.excuses("environments", parent):
                break
            hint = suggest(parent, spec.environments, "declare it under environments")
            problems.append(
                found[-1].problem(f"environment {parent!r} is not declared", "extends", rule="KCFG112", hint=hint)
            )
            break
        message, hint = "this leads back to an environment that extends this one", "break the cycle"
        if parent not in seen and len(found) > MAX_EXTENDS:
            message, hint = f"more than {MAX_EXTENDS} environments that extend one another", "extend a nearer one"
        if parent in seen or len(found) > MAX_EXTENDS:
            problems.append(found[-1].problem(message, "extends", rule="KCFG112", hint=hint))
            break
        seen.add(parent)
        found.append(spec.environments[parent])
    return found[::-1]


class _Resolve:
    """One resolution: the spec, the chain of environments, and the Problems met on the way."""

    def __init__(self, spec: Spec, environment: str | None, values: dict[str, str], *, lenient: Lenient) -> None:
        self.base = spec
        self.name = environment
        self.problems: list[Problem] = []
        self.chain = lineage(spec, environment, self.problems) if environment is not None else []
        self.values = Values(spec, self.chain, values)
        self.problems += self.values.problems
        excused = partial(spec.excuses, "variables")
        self.variables = Variables(self.values, spec.variables, lenient=lenient, excused=excused)
        # A variable without a value matters only where the entry is kept.
        self.unset: dict[int, list[Problem]] = {}
        self.sections: dict[str, dict[str, Declared[Any]]] = {}
        self._steps = 0
        self._matched: list[idle.Matched] = []

    def spec(self, *, allow_empty: bool) -> Spec:
        base = self.base
        for section, entries in (("clusters", base.clusters), ("users", base.users), ("contexts", base.contexts)):
            self.sections[section] = self._filled(section, entries)
        self.sections["secretStores"] = self._filled("secretStores", base.secret_stores) | self._rebound()
        self.allow_empty = allow_empty
        before = len(self.problems)
        kept = self._selected()
        told = any(each.level == "error" for each in self.problems[before:])
        for declared, index, patch in self._patches():
            self._apply(declared, index, patch)
        self.problems += idle.unselected(self.chain, self._matched, kept, self.sections["contexts"])
        if base.is_whole("users", "secretStores"):
            self.problems += idle.unused_stores(self.chain, base.secret_stores, self.sections["users"])
        current = self._current_context(kept)
        if kept is not None and not kept and not allow_empty and not told and base.is_whole("contexts", "clusters"):
            self.problems.append(self._nothing())
        clusters, users, contexts = (self.sections[name] for name in ("clusters", "users", "contexts"))
        if kept is not None:
            contexts = {name: each for name, each in contexts.items() if name in kept}
            clusters = _referred(clusters, (each.entry.cluster for each in contexts.values()))
            users = _referred(users, vias(users, (each.entry.user for each in contexts.values())))
        for each in (*clusters.values(), *users.values(), *contexts.values(), *self.sections["secretStores"].values()):
            self.problems += self.unset.get(id(each.entry), [])
        return replace(
            base,
            clusters=clusters,
            users=users,
            contexts=contexts,
            secret_stores=self.sections["secretStores"],
            current_context=current,
            environment=self.name,
            unresolved=base,
            credentials=self._last("credentials"),
            embed=base.embed if (embed := self._last("embed")) is None else embed,
            flatten=bool(self._last("flatten")),
            manage=base.manage if (manage := self._last("manage")) is None else frozenset(manage),
        )

    def _filled(self, section: str, entries: Mapping[str, Declared[E]]) -> dict[str, Declared[E]]:
        """Fill in variables; an entry that names none stays the same object."""
        found: dict[str, Declared[E]] = {}
        for declared in entries.values():
            filled = self._fill(section, declared)
            name = str(getattr(filled.entry, "name", ""))
            if name in found:
                self.problems.append(clash(section, name, filled, found[name]))
            found.setdefault(name, filled)
        return found

    def _fill(self, section: str, declared: Declared[E]) -> Declared[E]:
        if not self._has_variables(declared.source):
            return declared
        entry: Any = declared.entry
        if section == "secretStores" and is_recorded(entry.provider):
            self.problems += idle.recorded_variables(declared, entry.plain(), self.base.variables)
            return declared
        value = declared.entry.model_dump(by_alias=True, exclude_unset=True)
        faults: list[Problem] = []
        unset: list[Problem] = []
        complain, note = (make_complain(each, declared.problem, "KCFG110") for each in (faults, unset))
        filled = self.variables.fill(value, complain, unset=note)
        if filled == value and not faults and not unset:
            return declared
        filled = rebased(section, filled, value, declared.source.directory, self.values.folder_of)
        entry, wrong = parse_entry(section, filled, declared.path, declared.source.locate)
        declared = replace(declared, filled=self.name or "")
        self.problems += [tell_variables(fault, self.name or "", value) for fault in wrong]
        kept = declared if entry is None else replace(declared, entry=entry)
        self.unset.setdefault(id(kept.entry), []).extend(unset)
        self.problems += faults
        return kept

    def _has_variables(self, source: Source) -> bool:
        text = source.document.text  # one for all documents of a file
        if (known := self.base.with_variables.get(id(text))) is None:
            known = self.base.with_variables[id(text)] = "${" in text
        return known

    def _filled_plain(self, declared: Declared[Environment], value: Any, *steps: str | int) -> Any:
        faults: list[Problem] = []

        def complain(path: Path, message: str, hint: str) -> None:
            faults.append(declared.problem(message, *steps, *path, rule="KCFG110", hint=hint))

        filled = self.variables.fill(value, complain)
        self.problems += faults
        return filled

    def _rebound(self) -> dict[str, Declared[Any]]:
        found: dict[str, Declared[Any]] = {}
        for each in self.chain:
            own: dict[str, Declared[Any]] = {}
            for index, store in enumerate(each.entry.secret_stores):
                rebound = Declared(store, each.source, (*each.path, "secretStores", index))
                if store.name in own:
                    self.problems.append(clash("secretStores", store.name, rebound, own[store.name]))
                own.setdefault(store.name, self._fill("secretStores", rebound))
            found |= own
        return found

    def _last(self, attribute: str) -> Any:
        for each in reversed(self.chain):
            if attribute in each.entry.model_fields_set:
                return getattr(each.entry, attribute)
        return None

    def _current_context(self, kept: set[str] | None) -> tuple[str, Source] | None:
        for each in reversed(self.chain):
            if "current_context" not in each.entry.model_fields_set:
                continue
            name = each.entry.current_context
            if name is None:
                return None
            name = self._filled_plain(each, name, "current-context")
            if not self.base.is_whole("contexts", "clusters"):  # it may be faulty, or have labels from what is
                return None
            inherited = each is not self.chain[-1] and name in self.sections["contexts"]
            if inherited and kept is not None and name not in kept:  # as the spec's own
                return None
            if name not in (self.sections["contexts"] if kept is None else kept):
                known = list(self.sections["contexts"])
                hint = "this environment does not select it"
                if name not in known:
                    hint = suggest(name, known, "declare it under contexts")
                message = f"context {name!r} is not one of this environment's"
                self.problems.append(each.problem(message, "current-context", rule="KCFG102", hint=hint))
                return None
            return name, each.source
        if self.base.current_context is None:
            return None
        name, source = self.base.current_context
        at = Declared(build("Environment", {"name": "x"}), source, ())
        filled = str(self._filled_plain(at, name, "current-context"))
        left_out = kept is not None and filled in self.sections["contexts"] and filled not in kept
        return None if left_out else (filled, source)

    def _selected(self) -> set[str] | None:
        """Return the names of the contexts that `select` keeps; None when no environment narrows the spec."""
        select: dict[str, Any] = {}
        for each in self.chain:
            if "select" not in each.entry.model_fields_set:
                continue
            written = each.entry.select
            value = written.model_dump(by_alias=True, exclude_unset=True) if written else None
            select = merge_deep(select, self._filled_plain(each, value, "select")) if value is not None else {}
        if not any(value for value in select.values()):
            return None
        self.problems += idle.expressions(self.chain)
        tests = [expression_holds(each) for each in select.get("matchExpressions") or []]
        labels = {name: value for name, value in (select.get("matchLabels") or {}).items() if value is not None}
        globs = select.get("names")
        self._spend(len(self.sections["contexts"]) * sum(map(has_magic, globs or [])), "select")
        named, idle_names = choose_names(globs or [], self.sections["contexts"])
        if self.base.is_whole("contexts"):
            wrong = idle.names(self.chain, idle_names, self.sections["contexts"], self.variables, lax=self.allow_empty)
            self.problems += wrong
        return {
            name
            for name, declared in self.sections["contexts"].items()
            if (not globs or name in named)
            and labels.items() <= (found := self._labels("contexts", declared)).items()
            and all(test(found) for test in tests)
        }

    def _labels(self, section: str, declared: Declared[Any]) -> dict[str, str]:
        if section != "contexts":
            return dict(declared.entry.labels)
        cluster = self.sections["clusters"].get(declared.entry.cluster)
        return {**(cluster.entry.labels if cluster else {}), **declared.entry.labels}

    def _nothing(self) -> Problem:
        at = next(each for each in reversed(self.chain) if "select" in each.entry.model_fields_set)
        hint = "compare it with `kcfg get-contexts -f SPEC -o wide`; --allow-empty renders none on purpose"
        return at.problem("this selects no context", "select", rule="KCFG113", hint=hint, key=True)

    def _patches(self) -> Iterator[tuple[Declared[Environment], int, Patch]]:
        for each in self.chain:
            yield from ((each, index, patch) for index, patch in enumerate(each.entry.patches))

    def _apply(self, declared: Declared[Environment], index: int, patch: Patch) -> None:
        section = _SECTIONS[patch.target.kind]
        at = ("patches", index, "merge" if patch.merge else "json6902")
        written = written_body(patch)
        body = self._filled_plain(declared, written, *at)
        if faults := [*patch_faults(declared, index, patch, body)]:
            self.problems += faults
            return
        move: Any = rebased if patch.merge else rebased_operations
        body = move(section, body, written, declared.source.directory, self.values.folder_of)
        matching = self._targets(declared, index, patch, section)
        self._matched.append((declared, index, section, matching))
        if (
            not matching and not patch.optional and self.base.is_whole(section, "clusters")
        ):  # a context has its cluster's labels too
            hint = idle.near(patch.target.name or "", section, self.sections[section])
            self.problems.append(
                declared.problem("this patch matches nothing", "patches", index, "target", rule="KCFG114", hint=hint)
            )
        told: set[str] = set()
        for name in matching:
            target = self.sections[section][name]
            self._spend(len(target.patched) + len(body), "patches", index)
            patched, faults = patched_entry(section, target, body, declared, at)
            self.sections[section][name] = patched
            self.problems += [fault for fault in faults if str(fault) not in told]
            told |= {str(fault) for fault in faults}

    def _targets(self, declared: Declared[Environment], index: int, patch: Patch, section: str) -> list[str]:
        matches = None
        if patch.target.selector is not None:
            selector = self._filled_plain(declared, patch.target.selector, "patches", index, "target", "selector")
            try:
                matches = parse_selector(selector)
            except SpecError as error:
                at = ("patches", index, "target", "selector")
                self.problems.append(declared.problem(error.message, *at, rule="KCFG005", hint=error.problems[0].hint))
                return []
        glob = self._filled_plain(declared, patch.target.name, "patches", index, "target", "name")
        among = self.sections[section]
        if glob is not None and (glob in among or not has_magic(glob)):
            among = {glob: among[glob]} if glob in among else {}
            glob = None
        self._spend(len(among), "patches", index)
        return [
            name
            for name, each in among.items()
            if (glob is None or fnmatchcase(name, glob)) and (matches is None or matches(self._labels(section, each)))
        ]

    def _spend(self, steps: int, *at: str | int) -> None:
        """Count work that grows with a product: a few lines of a spec must not cost an hour."""
        self._steps += steps
        if self._steps > MAX_STEPS:
            where = self.chain[-1].problem("", *at, rule="KCFG114").location
            hint = "name what is meant, or fewer at once"
            raise SpecError(f"environment {self.name!r} takes more than {MAX_STEPS} steps", location=where, hint=hint)


def _referred(entries: dict[str, Declared[E]], names: Iterable[str | None]) -> dict[str, Declared[E]]:
    wanted = set(names)
    return {name: entry for name, entry in entries.items() if name in wanted}
