"""`kcfg spec rename`: a new name in the file that declares the entry, and references that follow in every file."""

from __future__ import annotations

from kcfg.cli.shared.entries import KINDS, choose_renaming, lacks_name, parse_renaming
from kcfg.cli.spec.delete import others
from kcfg.cli.spec.editing import open_spec, plan, write
from kcfg.errors import KcfgError, SpecError
from kcfg.printing import say, tell


def run(*, words: list[str], file: str | None) -> int:
    """Rename one entry."""
    edit = open_spec(file)
    if lacks_name(words, edit.spec.contexts):
        words = choose_renaming(words, lambda section: getattr(edit.spec, section), "kcfg spec rename")
    kind, old, new = parse_renaming(words, edit.spec.contexts, "kcfg spec rename")
    if not new:
        raise KcfgError(f"cannot rename the {kind} {old!r} to nothing")
    section = KINDS[kind]
    declared = edit.find(section, old)
    if new in getattr(edit.spec, section):
        raise SpecError(f"{kind} {new!r} exists already", hint="choose another name")
    uncovered = others(edit, section, old)
    edit.item(declared)["name"] = new
    for _, at, key in list(edit.references(section, old)):
        at[key] = new
    files = plan(edit)
    write(edit.spec, files)
    say(f'{kind} "{old}" renamed to "{new}" in {", ".join(files)}')
    for line in uncovered:
        tell(line)
    return 0
