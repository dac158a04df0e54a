"""`kcfg get-environments`: the kubeconfigs a spec stands for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.spec import Spec

_COLUMNS = ("NAME", "EXTENDS", "CONTEXTS", "CREDENTIALS", "CURRENT-CONTEXT")
_WIDE = ("CLUSTERS", "USERS", "SOURCE")


def run(*, names: list[str], file: str | None, values: list[str], output: str, no_headers: bool) -> int:
    """List environments in the spec's order; exit 1 if one that was named is missing."""
    from kcfg.cli.get import tell_missing
    from kcfg.cli.secret.rows import show_rows
    from kcfg.cli.shared.stores import parse_values
    from kcfg.globs import choose_names
    from kcfg.spec.load import load_spec

    spec = load_spec(file)
    given = parse_values(values)
    chosen, missing = choose_names(names, spec.environments) if names else (spec.environments, [])
    rows = [_row(spec, name, given) for name in spec.environments if name in chosen]
    columns = (*_COLUMNS, *(_WIDE if output == "wide" else ()))
    show_rows(rows, "table" if output == "wide" else output, columns, "environments", headings=not no_headers)
    for name in missing:
        tell_missing("environment", name, spec.environments)
    return 1 if missing else 0


def _row(spec: Spec, name: str, given: dict[str, str]) -> dict[str, object]:
    from kcfg.spec.environments import resolve
    from kcfg.spec.judge import raise_problems

    declared = spec.environments[name]
    resolved, problems = resolve(spec, name, given, allow_empty=True, lenient=True)
    raise_problems(problems)
    return {
        "name": name,
        "extends": declared.entry.extends or "",
        "contexts": len(resolved.contexts),
        "clusters": len(resolved.clusters),
        "users": len(resolved.users),
        "credentials": resolved.credentials or "exec",
        "current-context": resolved.current_context[0] if resolved.current_context else "",
        "source": str(declared.source.locate(declared.path)),
    }
