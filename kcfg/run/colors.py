"""Which color a context's name has in a prompt: rules over its labels, the user's own before kcfg's. Pure.

A rule's color is one of a closed list of names; nothing of a spec or a kubeconfig ever becomes one.
"""

from __future__ import annotations

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# As bash, zsh, fish and tmux call them, with their numbers in ECMA-48 (SGR).
COLORS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "white": 37}
DEFAULT = "protected:red,env=prod:red,env=production:red,env=staging:yellow,env=stage:yellow,*:green"
_NONE = "none"
_FORM = "KEY=VALUE:COLOR, protected:COLOR or *:COLOR, with commas between"


@dataclass(frozen=True, slots=True)
class Rule:
    """A color, "" for none, and which contexts have it: those with a label, the protected ones, or all."""

    key: str
    value: str
    color: str

    def fits(self, labels: Mapping[str, str], *, protected: bool) -> bool:
        """Return whether a context is one of those."""
        if self.key == "*":
            return True
        return protected if self.key == "protected" and not self.value else labels.get(self.key) == self.value


def parse_colors(text: str) -> list[Rule]:
    """Return the rules of KCFG_COLORS, in order; raise KcfgError for one that is none, or another color's name."""
    return [_rule(part.strip()) for part in text.split(",") if part.strip()]


def color_of(labels: Mapping[str, str], text: str, *, protected: bool) -> str:
    """Return the color of the first rule that fits: those of KCFG_COLORS (`text`), then DEFAULT; "" for none."""
    rules = (*parse_colors(text), *parse_colors(DEFAULT))
    return next(rule.color for rule in rules if rule.fits(labels, protected=protected))


def _rule(text: str) -> Rule:
    condition, _, color = text.rpartition(":")
    key, equals, value = condition.partition("=")
    if not (condition in ("*", "protected") or (key and equals and value and ":" not in condition)):
        raise KcfgError(f"KCFG_COLORS: not a rule: {text!r}", hint=f"write {_FORM}")
    if color not in COLORS and color != _NONE:
        raise KcfgError(f"KCFG_COLORS: not a color: {color!r}", hint=f"one of {', '.join((*COLORS, _NONE))}")
    return Rule(key, value, "" if color == _NONE else color)
