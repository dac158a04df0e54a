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
