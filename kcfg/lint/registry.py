"""Every rule by its id, and the words about those that `validate` and `render` have of their own."""

from __future__ import annotations

from kcfg.lint.rule import Rule
from kcfg.lint.rules import capability, certificates, clients, fields, hygiene, names, plugins, secrets, unread
from kcfg.lint.told import TOLD

_MODULES = (fields, unread, secrets, plugins, certificates, hygiene, names, clients, capability)
RULES: dict[str, Rule] = {rule.id: rule for module in _MODULES for rule in module.RULES}

OTHERS = TOLD  # of rules that belong to reading, validating and rendering a spec
TITLES = {id_: rule.title for id_, rule in OTHERS.items()} | {id_: rule.title for id_, rule in RULES.items()}
LEVELS = {id_: rule.level for id_, rule in OTHERS.items()} | {id_: rule.level for id_, rule in RULES.items()}
_admitted: list[str] = []


def admit_others() -> None:
    """Take in the rules of other installed packages, once. Raises KcfgError for one that is no rule; then none is.

    Only for those who look at rules by name: `lint` and `explain`. `validate` and `render` have kcfg's own.
    """
    from kcfg.lint.outside import other_rules

    if _admitted:
        return
    found = other_rules(TITLES)
    _admitted.append("all")
    RULES.update(found)
    TITLES.update({id_: rule.title for id_, rule in found.items()})
    LEVELS.update({id_: rule.level for id_, rule in found.items()})
