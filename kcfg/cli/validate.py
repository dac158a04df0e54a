"""`kcfg validate`: every problem of a spec at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kcfg.errors import Problem

# Found in a document that could not be parsed or read: exit 2 rather than 1.
_UNREADABLE = ("KCFG001", "KCFG105")


def run(*, file: str | None, output: str, allow_plaintext: bool, kubeconfig: str | None, context: list[str]) -> int:
    """Validate a spec or a kubeconfig, tell the problems, return the exit code."""
    if kubeconfig is not None:
        name, problems, unreadable = _check_kubeconfig(kubeconfig, context)
    else:
        name, problems, unreadable = check(file, allow_plaintext=allow_plaintext)
    _show(name, problems, output)
    if unreadable:
        return 2
    return 1 if any(problem.level == "error" for problem in problems) else 0


def check(file: str | None, *, allow_plaintext: bool) -> tuple[str, list[Problem], bool]:
    """Return (what was checked, its Problems, whether a document could not be read at all)."""
    from kcfg.files import read_bytes
    from kcfg.spec.check import check_spec
    from kcfg.spec.load import find_root, read_spec

    root = find_root(file, ".")
    spec, problems = read_spec(root)
    if spec is None or problems:
        return root, problems, any(problem.rule in _UNREADABLE for problem in problems)
    found = check_spec(spec, read_bytes, allow_plaintext=allow_plaintext)
    counts = f"{len(spec.clusters)} clusters, {len(spec.users)} users, {len(spec.contexts)} contexts"
    return f"{root}: {counts}", found, False


def _check_kubeconfig(path: str, contexts: list[str]) -> tuple[str, list[Problem], bool]:
    from kcfg.errors import KubeconfigError
    from kcfg.files import read_bytes
    from kcfg.kubeconfig.check import check_config
    from kcfg.kubeconfig.file import load_file

    if path != "-":
        read_bytes(path)
    try:
        config = load_file(path).config
    except KubeconfigError as error:
        return path, error.problems, True
    counts = f"{len(config.clusters)} clusters, {len(config.users)} users, {len(config.contexts)} contexts"
    return f"{path}: {counts}", check_config(config, read_bytes, contexts=contexts or None), False


def _show(name: str, problems: list[Problem], output: str) -> None:
    from kcfg.cli.report import problem_json, show_problems, write_json

    if output == "json":
        valid = not any(problem.level == "error" for problem in problems)
        write_json({"valid": valid, "problems": [problem_json(each) for each in problems]})
        return
    show_problems(problems, sys.stderr)
    if problems:
        print(f"kcfg: {len(problems)} problem(s)", file=sys.stderr)
    else:
        print(f"{name}: valid")
