"""`kcfg validate`: every problem of a spec at once."""

from __future__ import annotations

from kcfg.errors import count, is_unreadable
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.errors import Location, Problem
    from kcfg.kubeconfig.check import Place
    from kcfg.kubeconfig.model import Entry, Kubeconfig
    from kcfg.spec.spec import Spec
    from kcfg.yaml.parse import Document


def run(
    *,
    file: str | None,
    environment: str | None,
    values: list[str],
    output: str,
    allow_plaintext: bool,
    strict: bool,
    kubeconfig: str | None,
    context: list[str],
) -> int:
    """Validate a spec or a kubeconfig, tell the problems, return the exit code."""
    from kcfg.cli.shared.stores import make_strict

    if kubeconfig is not None:
        name, problems, unreadable = _check_kubeconfig(kubeconfig, context)
    else:
        name, problems, unreadable = check(file, environment, values, allow_plaintext=allow_plaintext)
    if strict:
        make_strict(problems)
    _show(name, problems, output)
    if unreadable:
        return 2
    return 1 if any(problem.level == "error" for problem in problems) else 0


def check(
    file: str | None, environment: str | None = None, values: Sequence[str] = (), *, allow_plaintext: bool = False
) -> tuple[str, list[Problem], bool]:
    """Return (what was checked, its Problems, whether a document could not be read at all).

    Without an environment: the whole spec, and what each of its environments makes of it.
    """
    from kcfg.cli.shared.stores import parse_values
    from kcfg.spec.find import find_root
    from kcfg.spec.judge import judge
    from kcfg.spec.load import read_spec

    root = find_root(file, ".")
    spec, problems = read_spec(root)
    unreadable = any(is_unreadable(problem) for problem in problems)
    if spec is None:
        return root, problems, unreadable
    if any(source.model.lint for source in spec.sources):
        from kcfg.lint.open import level_faults

        problems += level_faults(spec)
    verdict = judge(spec, problems, environment, parse_values(values), allow_plaintext=allow_plaintext)
    more = f", {count(len(spec.environments), 'environment')}" if spec.environments and environment is None else ""
    return f"{root}: {_counts(verdict.meant)}{more}", verdict.problems, unreadable


def _check_kubeconfig(path: str, contexts: list[str]) -> tuple[str, list[Problem], bool]:
    from kcfg.errors import KubeconfigError
    from kcfg.files import read_bytes
    from kcfg.kubeconfig.check import check_config
    from kcfg.kubeconfig.file import load_file
    from kcfg.kubeconfig.unread import check_unread
    from kcfg.spec.schema import fast_verdict
    from kcfg.yaml.parse import parse_yaml

    if path != "-":
        read_bytes(path)
    try:
        file = load_file(path)
    except KubeconfigError as error:
        return path, error.problems, True
    document = parse_yaml(file.raw or b"", path)
    problems = [*check_unread(document, fits=fast_verdict("kubeconfig")(document.value))]
    if contexts:
        from kcfg.globs import choose_names

        wanted, missing = choose_names(contexts, file.config.contexts)  # one that is not there is a finding of its own
        contexts = [*(name for name in file.config.contexts if name in wanted), *missing]
    problems += check_config(file.config, read_bytes, contexts=contexts or None, place=_places(document))
    return f"{path}: {_counts(file.config)}", problems, False


def _places(document: Document) -> Place:
    """Return what says where an entry, or a field of it, stands."""
    from kcfg.kubeconfig.model import SECTIONS

    value = document.value or {}
    found = {
        (section, (item or {}).get("name") or ""): (section, index, wrapper)
        for section, (wrapper, _) in SECTIONS.items()
        for index, item in enumerate(value.get(section) or [])
    }

    def place(section: str, entry: Entry | None, field: str) -> Location:
        if entry is None:
            return document.locate((field,))
        path = found[section, entry.name]
        return document.locate((*path, field) if field else path[:2])

    return place


def _counts(found: Spec | Kubeconfig) -> str:
    sizes = (("cluster", found.clusters), ("user", found.users), ("context", found.contexts))
    return ", ".join(count(len(entries), noun) for noun, entries in sizes)


def _show(name: str, problems: list[Problem], output: str) -> None:
    from kcfg.cli.shared.report import problem_json, show_problems
    from kcfg.printing import put_json

    if output == "json":
        valid = not any(problem.level == "error" for problem in problems)
        put_json({"valid": valid, "problems": [problem_json(each) for each in problems]})
        return
    show_problems(problems)
    warnings = sum(problem.level == "warning" for problem in problems)
    if len(problems) > warnings:
        tell(f"kcfg: {count(len(problems), 'problem')}")
    else:
        say(f"{name}: valid" + (f", {count(warnings, 'warning')}" if warnings else ""))
