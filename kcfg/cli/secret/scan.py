"""`kcfg secret scan`: refuse specs and kubeconfigs with plain-text secrets, before they are committed."""

from __future__ import annotations

from kcfg.errors import KcfgError, Problem, count
from kcfg.printing import tell


def run(*, files: list[str], output: str) -> int:
    """Look through files; 1 when one holds a secret, 2 when a spec or kubeconfig could not be read."""
    from kcfg.cli.report import problem_json, show_problems
    from kcfg.files import read_bytes, read_stream
    from kcfg.printing import put_json
    from kcfg.scan import find_secrets

    found: list[Problem] = []
    unread: list[Problem] = []
    for path in files:
        try:
            raw = read_stream(path) if path == "-" else read_bytes(path)
            found += find_secrets(raw, "<stdin>" if path == "-" else path)
        except KcfgError as error:
            unread += error.problems
    if output == "json":
        put_json({"problems": [problem_json(each) for each in (*found, *unread)]})
    else:
        show_problems([*found, *unread])
        if found:
            tell(f"kcfg: {count(len(found), 'plain-text secret')}")
    return 2 if unread else 1 if found else 0
