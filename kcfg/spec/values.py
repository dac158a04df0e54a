"""Which value each variable has, and who gave it: its declaration, an environment, or --set. Pure.

Values may name other variables; they are filled in once, here, so that what an entry gets is never looked at again.
"""

from __future__ import annotations

import re

from kcfg.closest import suggest
from kcfg.dataclass import dataclass
from kcfg.errors import Problem, SpecError
from kcfg.spec.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kcfg.spec.models import Environment, Variable
    from kcfg.spec.spec import Declared, Spec

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_TYPES = {"integer": (_INTEGER, "an integer"), "boolean": (re.compile("true|false"), "true or false")}


@dataclass(frozen=True, slots=True)
class Given:
    """The text that gives a variable its value, and its place; --set has none."""

    text: str
    place: Declared[Variable] | Declared[Environment] | None = None
    steps: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where paths in it begin: the file that wrote it, or the working directory."""
        return self.place.source.directory if self.place else "."

    def problem(self, name: str, message: str, hint: str) -> Problem:
        """Return the Problem of this value. Raises SpecError for one of the command line."""
        if self.place is None:
            raise SpecError(f"--set {name}: {message}", hint=hint)
        return self.place.problem(message, *self.steps, rule="KCFG110", hint=hint)


class Values:
    """The values of one resolution, and what is wrong with them."""

    def __init__(self, spec: Spec, chain: Sequence[Declared[Environment]], given: Mapping[str, str]) -> None:
        self._spec = spec
        self.problems: list[Problem] = []
        self.given = self._declared() | self._of(chain) | {name: Given(text) for name, text in given.items()}
        self._require_known(given)
        self.texts: dict[str, str] = {}
        self.needs: dict[str, str] = {}  # of a variable whose value names, at some remove, one that has none: which
        for name in self.given:
            self._resolve(name, ())
        for name in self.texts:
            self._check(name)
        for name in self.needs:
            del self.texts[name]

    def folder_of(self, text: str) -> str | None:
        """Return the folder of the file that wrote how a text begins, where that is a variable's value."""
        seen: set[str] = set()
        folder = None
        while (found := TOKEN.match(text)) and found[1] in self.given and found[1] not in seen:
            seen.add(found[1])
            folder, text = self.given[found[1]].folder, self.given[found[1]].text
        return folder

    def _declared(self) -> dict[str, Given]:
        found: dict[str, Given] = {}
        for name, each in self._spec.variables.items():
            if each.entry.default is None:
                continue
            if each.entry.required:
                hint = "remove one of the two: what is required has to be given"
                self.problems.append(each.problem("required, and has a default", "default", rule="KCFG110", hint=hint))
            else:
                found[name] = Given(each.entry.default, each, ("default",))
        return found

    def _of(self, chain: Sequence[Declared[Environment]]) -> dict[str, Given]:
        found: dict[str, Given] = {}
        declared = self._spec.variables
        for each in chain:
            for name, text in each.entry.variables.items():
                if name not in declared and not self._spec.excuses("variables", name):
                    hint = suggest(name, declared, "declare it under `variables:`")
                    message = f"the variable {name!r} is not declared"
                    self.problems.append(each.problem(message, "variables", name, rule="KCFG110", hint=hint, key=True))
                found[name] = Given(text, each, ("variables", name))
        return found

    def _require_known(self, given: Mapping[str, str]) -> None:
        declared = self._spec.variables
        for name in given:
            if name not in declared and not self._spec.excuses("variables", name):
                hint = suggest(name, declared, f"the spec declares {', '.join(declared) or 'none'}")
                raise SpecError(f"--set: the variable {name!r} is not declared", hint=hint)

    def _resolve(self, name: str, chain: tuple[str, ...]) -> str:
        """Return a value with others in it; one that has none stays as it is written, and is noted in `needs`."""
        if name in self.texts:
            return self.texts[name]
        given = self.given[name]

        def one(found: re.Match[str]) -> str:
            other = found[1]
            if found[0] == "$${":
                return "${"
            if other is None:
                message, hint = "`${` begins no variable", "write ${name}, or $${ for the characters themselves"
            elif other in (*chain, name):
                circle = " -> ".join([*(*chain, name)[(*chain, name).index(other) :], other])
                message, hint = f"the variables refer to one another: {circle}", "break the circle"
            elif other in self.given:
                text = self._resolve(other, (*chain, name))
                if other in self.needs:
                    self.needs.setdefault(name, self.needs[other])
                return text
            elif other in self._spec.variables:
                self.needs.setdefault(name, other)
                return found[0]
            elif self._spec.excuses("variables", other):
                return found[0]
            else:
                message = f"the variable {other!r} is not declared"
                hint = suggest(other, self._spec.variables, "declare it under `variables:`")
            self.problems.append(given.problem(name, message, hint))
            return found[0]

        text = TOKEN.sub(one, given.text) if "${" in given.text else given.text
        self.texts[name] = text
        return text

    def _check(self, name: str) -> None:
        """Hold a value to the type that its declaration says; the value is not quoted."""
        declared = self._spec.variables.get(name)
        text = self.texts[name]
        if declared is None or name in self.needs or "${" in text:
            return
        kind, allowed = declared.entry.type, declared.entry.enum
        if kind in _TYPES and not _TYPES[kind][0].fullmatch(text):
            self.problems.append(self.given[name].problem(name, f"expected {_TYPES[kind][1]}", f"its type is {kind}"))
        if allowed is not None and text not in allowed:
            hint = suggest(text, allowed, f"one of {', '.join(allowed)}")
            self.problems.append(self.given[name].problem(name, "none of the values that are allowed", hint))
