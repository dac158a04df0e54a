"""Rules about specs and kubeconfigs: what is wrong, unsafe, about to end, or read differently by other clients."""

from __future__ import annotations


def rule_ids() -> list[str]:
    """Return the ids of every rule, sorted."""
    from kcfg.lint.registry import TITLES

    return sorted(TITLES)


def explain(rule_id: str) -> str:
    """Return what a rule means: title, level, reason, examples. Raises KcfgError for an unknown id."""
    from kcfg.errors import KcfgError
    from kcfg.lint.registry import OTHERS, RULES

    rule_id = rule_id.upper()
    if rule_id in RULES:
        return _told(rule_id)
    if rule_id in OTHERS:
        title, text = OTHERS[rule_id]
        return f"{rule_id}: {title} (error)\n\n{text}\n"
    raise KcfgError(f"no rule {rule_id!r}", hint=f"one of {', '.join(rule_ids())}")


def _told(rule_id: str) -> str:
    from textwrap import fill, indent

    from kcfg.lint.registry import RULES

    rule = RULES[rule_id]
    parts = [f"{rule.id}: {rule.title} ({rule.level})", fill(rule.explanation, 100)]
    on = " and ".join(f"{kind}s" for kind in rule.on)
    parts.append(f"Looks at {on}{'; --fix repairs it' if rule.fixes else ''}.")
    for heading, examples in (("Found", rule.bad), ("Not found", rule.good)):
        parts += [f"{heading}:\n\n{indent(text.rstrip(), '    ')}" for text in examples[:1]]
    return "\n\n".join(parts) + "\n"
