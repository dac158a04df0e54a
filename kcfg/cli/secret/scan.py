"""`kcfg secret scan`: refuse specs and kubeconfigs with plain-text secrets, before they are committed."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError, Problem, count, listed
from kcfg.printing import tell


def run(*, files: list[str], output: str) -> int:
    """Look through files; 1 when one holds a secret, 2 when a spec or kubeconfig could not be read."""
    from kcfg.cli.shared.report import problem_json, show_problems
    from kcfg.files import MAX_BYTES, read_bytes, read_stream
    from kcfg.printing import put_json
    from kcfg.scan import find_secrets

    found: list[Problem] = []
    unread: list[Problem] = []
    passed: list[str] = []
    for path in files:
        # A submodule or a link that leads nowhere is part of a repository, and holds nothing to commit.
        if path != "-" and (os.path.isdir(path) or (os.path.islink(path) and not os.path.exists(path))):
            passed.append(f"{path} ({'a folder' if os.path.isdir(path) else 'a link to nothing'})")
            continue
        if path != "-" and os.path.isfile(path) and os.path.getsize(path) > MAX_BYTES:
            passed.append(f"{path} (larger than {MAX_BYTES >> 20} MiB)")
            continue
        try:
            raw = read_stream(path) if path == "-" else read_bytes(path)
            if b"\0" in raw[:8000] and not _is_utf16(raw):
                passed.append(f"{path} (binary)")
            found += find_secrets(raw, "<stdin>" if path == "-" else path, passed)
        except KcfgError as error:
            unread += error.problems
    if passed:
        tell(f"kcfg: not looked into: {listed(passed, 5)}")
    if output == "json":
        put_json({"problems": [problem_json(each) for each in (*found, *unread)]})
    else:
        show_problems([*found, *unread])
        if found:
            tell(f"kcfg: {count(len(found), 'plain-text secret')}")
    return 2 if unread else 1 if found else 0


def _is_utf16(raw: bytes) -> bool:
    return raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[:4].count(0) == 2
