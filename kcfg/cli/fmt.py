"""`kcfg fmt`: spec files in their canonical form."""

from __future__ import annotations

import sys

from kcfg.errors import KcfgError
from kcfg.printing import commands, put, say, say_lines


def run(*, files: list[str], check: bool, file: str | None) -> int:
    """Format files in place, or name those that would change; exit 1 if `check` finds one."""
    from kcfg.boundary import require_plain
    from kcfg.commit import settle
    from kcfg.files import read_bytes
    from kcfg.lock import remove_left_over
    from kcfg.spec.format import format_spec
    from kcfg.transaction import edit_files

    if files == ["-"]:
        return _filter(check=check)
    if not check:
        settle()
    files = files or _included(file)
    for path in files if not check else ():
        remove_left_over(path)
    changed = [path for path in files if format_spec(before := read_bytes(path), path) != before]
    if not check:
        for path in changed:
            require_plain(path)
        edit_files({path: lambda raw, path=path: format_spec(raw or b"", path) for path in changed})  # type: ignore[misc]
    for path in changed:
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
