"""`kcfg fmt`: spec files in their canonical form."""

from __future__ import annotations

import sys

from kcfg.errors import KcfgError, SpecError
from kcfg.printing import commands, put, say, say_lines

_NO_SPEC = "a spec has `apiVersion: kcfg/v1` and `kind: KubeconfigSpec`"


def run(*, files: list[str], check: bool, file: str | None) -> int:
    """Format files in place, or tell what would change (`--diff`: `preview`); exit 1 if there is something."""
    from kcfg.boundary import require_plain
    from kcfg.cli.shared import editing
    from kcfg.commit import settle
    from kcfg.files import read_bytes
    from kcfg.lock import remove_left_over
    from kcfg.transaction import edit_files

    diff = editing.shows_only()
    if files == ["-"]:
        return _filter(check=check, diff=diff)
    if "-" in files:
        raise KcfgError("- stands alone: what it formats goes to standard output", hint="kcfg fmt - < FILE")
    writes = not (check or diff)
    if writes:
        settle()
    files = files or _included(file)
    for path in files if writes else ():
        remove_left_over(path)
    changed = [path for path in files if _formatted(before := read_bytes(path), path) != before]
    if writes:
        for path in changed:
            require_plain(path)
        edit_files({path: lambda raw, path=path: _formatted(raw or b"", path) for path in changed})  # type: ignore[misc]
    for path in changed:
        if diff:
            before = read_bytes(path)
            _show_diff(path, before, _formatted(before, path))
        else:
            say(f"{path} {'would change' if check else 'formatted'}")
    return 1 if changed and not writes else 0


def _formatted(raw: bytes, path: str) -> bytes:
    """Return the canonical text of a spec file; raise SpecError for another tool's, which has an order of its own."""
    from kcfg.spec.format import format_spec
    from kcfg.yaml.parse import parse_yaml_documents

    for document in parse_yaml_documents(raw, path):
        value = document.value
        ours = isinstance(value, dict) and (
            value.get("kind") == "KubeconfigSpec" or str(value.get("apiVersion")).startswith("kcfg/")
        )
        if not ours and value is not None:
            where = document.locate(())
            raise SpecError("this is not a kcfg spec: it stays as it is", location=where, hint=_NO_SPEC)
    return format_spec(raw, path)


def _filter(*, check: bool, diff: bool) -> int:
    before = sys.stdin.buffer.read()
    after = _formatted(before, "<stdin>")
    if diff and after != before:
        _show_diff("<stdin>", before, after)
    elif not check and not diff:
        _print(after)
    return 1 if (check or diff) and after != before else 0


def _show_diff(path: str, before: bytes, after: bytes) -> None:
    from kcfg.cli.plans.layout import layout_diff
    from kcfg.cli.plans.unified import as_text
    from kcfg.cli.shared.planning import wants_color

    say_lines(as_text(layout_diff(path, before, after), color=wants_color("auto")), colored=True)


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
