"""`kcfg fmt`: spec files in their canonical form."""

from __future__ import annotations

import sys

from kcfg.errors import KcfgError
from kcfg.printing import commands, put, say, say_lines


def run(*, files: list[str], check: bool, file: str | None) -> int:
    """Format files in place, or name those that would change; exit 1 if `check` finds one."""
    from kcfg.boundary import require_plain
    from kcfg.files import read_bytes
    from kcfg.lock import edit_file, remove_left_over
    from kcfg.spec.format import format_spec

    if files == ["-"]:
        return _filter(check=check)
    changed = 0
    for path in files or _included(file):
        before = read_bytes(path)
        if format_spec(before, path) == before:
            if not check:
                remove_left_over(path)
            continue
        changed += 1
        if not check:
            require_plain(path)
            edit_file(path, lambda raw, path=path: format_spec(raw or b"", path))  # type: ignore[misc]
        say(f"{path} {'would change' if check else 'formatted'}")
    return 1 if check and changed else 0


def _filter(*, check: bool) -> int:
    from kcfg.spec.format import format_spec

    before = sys.stdin.buffer.read()
    after = format_spec(before, "<stdin>")
    if not check:
        _print(after)
    return 1 if check and after != before else 0


def _print(text: bytes) -> None:
    """Print a formatted text: into a pipe byte for byte, or not at all; a terminal gets escapes."""
    if sys.stdout.isatty():
        say_lines(text.decode())
        return
    if commands(text.decode()):
        hint = "kcfg fmt FILE formats it in place; write such a value in double quotes, with an escape: \\x3a:"
        raise KcfgError("a line of the text is a command to GitHub or Azure Pipelines: not printed", hint=hint)
    put([text])


def _included(file: str | None) -> list[str]:
    from kcfg.spec.load import load_spec

    found = list(dict.fromkeys(source.file for source in load_spec(file).sources))
    if "-" in found:
        raise KcfgError("-f - cannot be written back", hint="kcfg fmt - < FILE")
    return found
