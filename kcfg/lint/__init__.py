"""Rules about specs and kubeconfigs: what is wrong, unsafe, about to end, or read differently by other clients."""

from __future__ import annotations


def rule_ids() -> list[str]:
    """Return the ids of every rule, sorted: of other packages only where those were admitted."""
    from kcfg.lint.registry import TITLES

    return sorted(TITLES)


def explain(rule_id: str) -> str:
    """Return what a rule means: title, level, reason, remedy, examples. Raises KcfgError for an unknown id."""
    from textwrap import fill, indent

    from kcfg.errors import KcfgError
    from kcfg.lint.registry import OTHERS, RULES, admit_others

    rule_id = rule_id.upper()
    if not is_own(rule_id):
        admit_others()
    if rule_id not in RULES and rule_id not in OTHERS:
        raise KcfgError(f"no rule {rule_id!r}", hint="`kcfg explain rules` lists them")
    title, level, explanation, remedy, by, bad, good = words_of(rule_id)
    parts = [f"{rule_id}: {title} ({level})", fill(explanation, 100), fill(f"Instead: {remedy}", 100), by]
    parts += [f"{title}:\n\n{indent(text.rstrip(), '    ')}" for title, text in (("Found", bad), ("Not found", good))]
    return "\n\n".join(parts) + "\n"


def is_own(pattern: str) -> bool:
    """Return whether an id, or a glob of ids, can only be of kcfg's own rules."""
    return pattern.startswith("KCFG")


def list_rules() -> str:
    """Return a line for each rule, those of other packages too: id, level, title."""
    from kcfg.lint.registry import LEVELS, TITLES, admit_others

    admit_others()
    return "".join(f"{id_}  {LEVELS[id_]:7}  {TITLES[id_]}\n" for id_ in rule_ids())


def words_of(rule_id: str) -> tuple[str, str, str, str, str, str, str]:
    """Return the words about a known rule: title, level, reason, remedy, who reports it, a bad and a good example."""
    from kcfg.lint.registry import OTHERS, RULES

    if rule_id in OTHERS:
        told = OTHERS[rule_id]
        by = f"`kcfg {told.by.partition(' --secret')[0]}` reports it."
        return told.title, told.level, told.explanation, told.remedy, by, told.bad, told.good
    rule = RULES[rule_id]
    level = f"{rule.level}; in a spec: {rule.in_spec}" if rule.in_spec else rule.level
    on = " and ".join(f"{kind}s" for kind in rule.on)
    asked = ", for clients that `lint --clients` names" if rule.of_clients else ""
    of_spec = "; of a spec `kcfg validate` says it" if rule.told else ""
    by = f"Looks at {on}{asked}{of_spec}{'; --fix repairs it' if rule.fixes else ''}."
    return rule.title, level, rule.explanation, rule.remedy, by, rule.bad[0], rule.good[0]
