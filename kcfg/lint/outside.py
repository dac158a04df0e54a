"""Rules of other installed packages: found by their entry points (`kcfg.rules`), held to what kcfg's own promise.

Their module has `RULES`, as those of `rules/`. It is code of the user's own environment, as kcfg is: a spec can level
and ignore a rule, never bring one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from kcfg.errors import KcfgError, Problem
from kcfg.lint.rule import BOTH, LEVELS, Fix, Rule
from kcfg.outside import RULES, failure, load_modules

ID = r"[A-Z]{2,16}\d{3}"
_OWN = "KCFG"


def other_rules(taken: Collection[str]) -> dict[str, Rule]:
    """Return the rules of all other packages, by id; `taken` are the ids of kcfg's own. Raises KcfgError."""
    found: dict[str, Rule] = {}
    try:
        for package, module in load_modules(RULES, needs=("RULES",)):
            if not isinstance(module.RULES, (tuple, list)):
                raise ImportError(f"{package}: RULES has to be a tuple")
            for rule in module.RULES:
                if fault := _fault(rule, {*taken, *found}):
                    raise ImportError(f"{package}: {fault}")
                found[rule.id] = rule
    except ImportError as error:
        raise KcfgError(
            f"the rules of another package cannot be loaded: {error}",
            hint="install that package again, or remove it; `kcfg lint --rule 'KCFG*'` goes without it",
        ) from None
    return found


def _fault(rule: object, known: Collection[str]) -> str:
    """Return why something is no rule that can be admitted; "" for one that can."""
    return (_id_fault(rule, known) or _word_fault(rule)) if isinstance(rule, Rule) else "what is in RULES is no Rule"


def _id_fault(rule: Rule, known: Collection[str]) -> str:
    if not (isinstance(rule.id, str) and re.fullmatch(ID, rule.id)):
        return f"{rule.id!r} is no id: capitals and three digits, as ACME001"
    if rule.id.startswith(_OWN):
        return f"{rule.id}: ids that begin with {_OWN} are kcfg's own"
    return f"{rule.id}: another rule has this id" if rule.id in known else ""


def _word_fault(rule: Rule) -> str:
    if rule.level not in LEVELS:
        return f"{rule.id}: the level is one of {', '.join(LEVELS)}"
    words = {"title": rule.title, "explanation": rule.explanation, "remedy": rule.remedy}
    if lacks := next((name for name, text in words.items() if not (isinstance(text, str) and text)), ""):
        return f"{rule.id} has no {lacks}"
    for name, texts in (("bad", rule.bad), ("good", rule.good)):
        if not (isinstance(texts, tuple) and texts and all(isinstance(text, str) for text in texts)):
            return f"{rule.id}: {name} has to be a tuple of examples"
    if not (isinstance(rule.on, tuple) and rule.on and set(rule.on) <= set(BOTH)):
        return f"{rule.id}: on has to be of {', '.join(BOTH)}"
    return "" if callable(rule.check) and (rule.fixes is None or callable(rule.fixes)) else f"{rule.id} has no check"


def problems_of(rule: Rule, check: Callable[[], Iterable[object]]) -> Iterator[Problem]:
    """Yield what a rule finds. Raises KcfgError for whatever the code of another package raises."""
    for found in _asked(rule, check):
        if not isinstance(found, Problem):
            raise _failed(rule, f"found {type(found).__name__}, no Problem")
        yield found


def fixes_of(rule: Rule, fixes: Callable[[], Iterable[object]]) -> Iterator[Fix]:
    """Yield the repairs that a rule has, as `problems_of` does."""
    for found in _asked(rule, fixes):
        if not isinstance(found, Fix):
            raise _failed(rule, f"repairs with {type(found).__name__}, no Fix")
        yield found


def _asked(rule: Rule, ask: Callable[[], Iterable[object]]) -> Iterator[object]:
    if rule.id.startswith(_OWN):
        yield from ask()
        return
    try:
        yield from ask()
    except KcfgError:
        raise
    except (Exception, SystemExit) as error:
        raise _failed(rule, f"failed: {failure(error)}") from None


def _failed(rule: Rule, why: str) -> KcfgError:
    return KcfgError(
        f"the rule {rule.id} {why}",
        hint=f"a fault of the package that has it; `kcfg lint --ignore {rule.id}` goes without it",
    )
