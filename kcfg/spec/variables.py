"""`${name}` in non-secret strings: values from --set, an environment, or the variable's default. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kcfg.closest import suggest
from kcfg.spec.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from kcfg.spec.models import Variable
    from kcfg.spec.spec import Declared
    from kcfg.spec.values import Values

    Lenient = bool | Literal["required"]


# Foreign data stays as it is; a secret field holds a reference, which is split literally.
KEYED = ("labels", "matchLabels", "as-user-extra")
_UNTOUCHED = ("extensions", "token", "password", "client-key-data", "secretRef")

Step = tuple[str | int, ...]
Complain = Callable[[Step, str, str], None]
# Which variables may be without a value: those of which --set will have to give one, all, or none.


class Variables:
    """The values of a spec's variables; `declared` names that have none are `required` and not given."""

    def __init__(
        self,
        values: Values,
        declared: Mapping[str, Declared[Variable]],
        *,
        lenient: Lenient = False,
        excused: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.values = values.texts
        self.needs = values.needs
        self.declared = declared
        self.excused = excused  # a name that a faulty declaration may have
        self.lenient = lenient

    def may_lack(self, name: str) -> bool:
        """Return whether a text may name a declared variable that has no value."""
        return self.lenient is True or (self.lenient == "required" and bool(self.declared[name].entry.required))

    def fill(self, value: Any, complain: Complain, at: Step = (), *, unset: Complain | None = None) -> Any:
        """Return `value` with its strings filled in; `complain` hears (path, message, hint) of each fault.

        `unset` hears instead, if it is given, of declared variables that nothing gives a value.
        """
        if isinstance(value, str):
            return value if "${" not in value else self._text(value, complain, unset or complain, at)
        if isinstance(value, dict):
            if "value" in value and isinstance(value["value"], str) and value["value"].startswith("ref+"):
                return value
            filled = {
                key: item if key in _UNTOUCHED else self.fill(item, complain, (*at, key), unset=unset)
                for key, item in value.items()
            }
            return self._keys(filled, complain, unset, at) if at[-1:] and at[-1] in KEYED else filled
        if isinstance(value, list):
            return [self.fill(item, complain, (*at, index), unset=unset) for index, item in enumerate(value)]
        return value

    def _keys(self, value: dict[str, Any], complain: Complain, unset: Complain | None, at: Step) -> dict[str, Any]:
        """Fill in the names of labels and the like; two that become one are told."""
        found: dict[str, Any] = {}
        for key, item in value.items():
            name = self._text(key, complain, unset or complain, (*at, key)) if "${" in key else key
            if name in found:
                complain((*at, key), f"becomes {name!r}, which is there already", "rename one of the two")
            found[name] = item
        return found

    def _text(self, text: str, complain: Complain, unset: Complain, at: Step) -> str:
        def one(found: re.Match[str]) -> str:
            name = found[1]
            if found[0] == "$${":
                return "${"
            if name is None:
                complain(at, "`${` begins no variable", "write ${name}, or $${ for the characters themselves")
            elif name in self.values:
                return self.values[name]
            elif name in self.declared:
                name = self.needs.get(name, name)
                if not self.may_lack(name):
                    unset(at, f"the variable {name!r} has no value", f"--set {name}=…, or set it in an environment")
            elif not self.excused(name):
                complain(at, f"the variable {name!r} is not declared", self._suggest(name))
            return found[0]

        return TOKEN.sub(one, text)

    def _suggest(self, name: str) -> str:
        return suggest(name, self.declared, f"declare it under `variables:`, or write $${{{name}}} for the text")
