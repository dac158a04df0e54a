"""What an environment says that means nothing, though it looks as if it did: told, never passed over. Pure."""

from __future__ import annotations

from kcfg.closest import suggest
from kcfg.secrets import block_of, settings_of
from kcfg.spec.globs import has_magic
from kcfg.spec.references import references_of
from kcfg.spec.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.spec.models import Context, Environment, SecretStore, User
    from kcfg.spec.spec import Declared
    from kcfg.spec.variables import Variables
    from kcfg.yaml.parse import Path

    Chain = Sequence[Declared[Environment]]
    Matched = tuple[Declared[Environment], int, str, list[str]]  # a patch: its place, section, and whom it matched


def near(name: str, section: str, known: Mapping[str, object]) -> str:
    """Return a hint for a patch that matches nothing."""
    return suggest(name, known, f"`kcfg get-{section} -f SPEC -o wide` shows names and labels")


def names(
    chain: Chain, idle: Sequence[str], contexts: Mapping[str, object], variables: Variables, *, lax: bool
) -> Iterator[Problem]:
    """Yield names (errors unless `lax`) and globs (warnings) of `select.names` that no context has."""
    for each in chain if idle else ():
        written = each.entry.select.names if each.entry.select else None
        for index, pattern in enumerate(written or []):
            if variables.fill(pattern, lambda *_: None) not in idle:
                continue
            hint = suggest(pattern, contexts, "`kcfg get-contexts -f SPEC` lists them")
            message = f"{pattern!r} matches no context"
            level = "warning" if lax or has_magic(pattern) else "error"
            yield each.problem(message, "select", "names", index, rule="KCFG113", hint=hint, level=level)


def expressions(chain: Chain) -> Iterator[Problem]:
    """Yield label expressions that Kubernetes refuses (apimachinery, labels.NewRequirement)."""
    for each in chain:
        written = each.entry.select.match_expressions if each.entry.select else None
        for index, expression in enumerate(written or []):
            wants = expression.operator in ("In", "NotIn")
            if wants == bool(expression.values):
                continue
            what = "no values" if wants else "values"
            hint = "list them under `values`" if wants else f"remove them: {expression.operator} takes none"
            at = ("select", "matchExpressions", index, "operator" if wants else "values")
            yield each.problem(f"{what} beside the operator {expression.operator}", *at, rule="KCFG005", hint=hint)


def unused_stores(
    chain: Chain, declared: Mapping[str, Declared[SecretStore]], users: Mapping[str, Declared[User]]
) -> Iterator[Problem]:
    """Yield stores that no reference can mean: a rebinding that misses leaves the old store in its place."""
    known = {*declared, "default"}
    new = [
        (each, index, store.name)
        for each in chain
        for index, store in enumerate(each.entry.secret_stores)
        if store.name not in known
    ]
    used = {ref.store for each in users.values() for ref in references_of(each.entry)} if new else set()
    for each, index, name in new:
        if name not in used:
            hint = suggest(name, [*used, *declared], "refer to it, or remove it")
            at = ("secretStores", index, "name")
            yield each.problem(f"no reference uses the store {name!r}", *at, rule="KCFG102", hint=hint)


def recorded_variables(
    declared: Declared[Any], store: Mapping[str, Any], variables: Mapping[str, object]
) -> Iterator[Problem]:
    """Yield settings that name a variable, of a store that runs or asks what the user trusted, word for word."""
    for path, word in _texts(settings_of(store), (block_of(store["provider"]),)):
        for found in TOKEN.finditer(word):
            if found[1] in variables:
                message = (
                    f"the variable {found[1]!r} is not filled in here: a command is what you trusted, word for word"
                )
                hint = "write the word itself, or rebind the store in an environment"
                yield declared.problem(message, *path, rule="KCFG110", hint=hint)


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every text in a value, with where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*path, index))


def unselected(
    chain: Chain, matched: Sequence[Matched], kept: Set[str] | None, contexts: Mapping[str, Declared[Context]]
) -> Iterator[Problem]:
    """Yield patches of this very environment that change nothing which it selects (warnings)."""
    if not kept:  # everything, or a Problem of its own
        return
    entries = [contexts[name].entry for name in kept]
    selected: dict[str, set[str | None]] = {
        "contexts": {*kept},
        "clusters": {each.cluster for each in entries},
        "users": {each.user for each in entries},
    }
    for declared, index, section, names_ in matched:
        if names_ and declared is chain[-1] and not selected[section] & {*names_}:
            message, hint = (
                "this patch changes nothing that the environment selects",
                "remove it, or select its entries",
            )
            yield declared.problem(message, "patches", index, "target", rule="KCFG114", hint=hint, level="warning")
