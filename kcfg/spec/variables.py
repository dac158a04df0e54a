"""`${name}` in non-secret strings: values from --set, an environment, or the variable's default. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kcfg.closest import closest

# `$${` writes `${`. Anything else that starts with `${` must be a name and a brace.
_TOKEN = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}|\$\{")
# Foreign data stays as it is; a secret field holds a reference, which is split literally.
_UNTOUCHED = ("extensions", "token", "password", "client-key-data", "secretRef")

Step = tuple[str | int, ...]
Complain = Callable[[Step, str, str], None]


class Variables:
    """The values of a spec's variables; `declared` names that have none are `required` and not given."""

    def __init__(
        self,
        values: Mapping[str, str],
        declared: Mapping[str, object],
        *,
        lenient: bool = False,
        excused: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.values = values
        self.declared = declared
        self.excused = excused  # a name that a faulty declaration may have
        self.lenient = lenient

    def fill(self, value: Any, complain: Complain, at: Step = ()) -> Any:
        """Return `value` with its strings filled in; `complain` hears (path, message, hint) of each fault."""
        if isinstance(value, str):
            return value if "${" not in value else self._text(value, complain, at)
        if isinstance(value, dict):
            if "value" in value and isinstance(value["value"], str) and value["value"].startswith("ref+"):
                return value
            return {
                key: item if key in _UNTOUCHED else self.fill(item, complain, (*at, key)) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.fill(item, complain, (*at, index)) for index, item in enumerate(value)]
        return value

    def _text(self, text: str, complain: Complain, at: Step) -> str:
        def one(found: re.Match[str]) -> str:
            name = found[1]
            if found[0] == "$${":
                return "${"
            if name is None:
                complain(at, "`${` begins no variable", "write ${name}, or $${ for the characters themselves")
            elif name in self.values:
                return self.values[name]
            elif name in self.declared:
                if not self.lenient:
                    complain(at, f"the variable {name!r} has no value", f"--set {name}=…, or set it in an environment")
            elif not self.excused(name):
                complain(at, f"the variable {name!r} is not declared", self._suggest(name))
            return found[0]

        return _TOKEN.sub(one, text)

    def _suggest(self, name: str) -> str:
        close = closest(name, self.declared)
        return (
            f"did you mean {close!r}?"
            if close
            else f"declare it under `variables:`, or write $${{{name}}} for the text"
        )
