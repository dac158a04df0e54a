"""What the commands that change specs share: load, check the outcome before anything is written, write, tell."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

from kcfg.errors import ConflictError, Location, Problem, SpecError
from kcfg.printing import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.declared import Spec
    from kcfg.spec.edit import SpecEdit


def open_spec(file: str | None) -> SpecEdit:
    """Load a spec as it is written: no variable filled in, no environment chosen."""
    from kcfg.spec.edit import SpecEdit
    from kcfg.spec.load import load_spec

    return SpecEdit(load_spec(file))


def plan(edit: SpecEdit) -> dict[str, bytes]:
    """Return the files as they will be. Raises SpecError when the spec would get a problem that it has not now."""
    from kcfg.adopt.overlay import Overlay
    from kcfg.adopt.plan import checked_in
    from kcfg.files import read_bytes
    from kcfg.spec.tree import DISK

    files = edit.files(read_bytes)
    if not files:
        return files
    root = edit.spec.root.file
    _, before = checked_in(DISK, root)
    _, after = checked_in(Overlay(files), root)
    known = Counter((each.rule, each.message) for each in before)
    new = [each for each in after if (each.rule, each.message) not in known]
    if new:
        raise SpecError(
            "the spec would not be valid any more: nothing was written", problems=[_placed(each) for each in new]
        )
    return files


def _placed(problem: Problem) -> Problem:
    """Return a Problem of a file that is not written: its line would point at something else."""
    where = problem.location
    return Problem(
        f"after this change: {problem.message}",
        location=Location(where.file) if where else None,
        path=problem.path,
        rule=problem.rule,
        hint=problem.hint,
    )


def write(spec: Spec, files: Mapping[str, bytes]) -> None:
    """Write files under their locks; one that changed meanwhile stops it."""
    from kcfg.boundary import require_plain
    from kcfg.lock import edit_file, remove_left_over

    for path in files:
        require_plain(path)
    for source in spec.sources:  # also where nothing changes
        remove_left_over(source.file)
    for path, content in files.items():
        before = next(each.document.text for each in spec.sources if each.file == path)

        def change(raw: bytes | None, *, before: str = before, content: bytes = content, path: str = path) -> bytes:
            from kcfg.yamltext import decode_text

            if raw is None or decode_text(raw, path) != before:
                raise ConflictError("the file was changed meanwhile", location=Location(path), hint="try again")
            return content

        edit_file(path, change)


def relative(path: str, directory: str) -> str:
    """Return a path of the command line as a spec file in `directory` writes it."""
    found = os.path.relpath(os.path.abspath(path), os.path.abspath(directory or "."))
    return found if not found.startswith(os.pardir + os.sep) else os.path.abspath(path)


def tell_edit(kind: str, name: str, file: str, *, existed: bool, wrote: bool) -> None:
    """Say what happened to an entry, in kubectl's words."""

    word = "unchanged" if not wrote else "configured" if existed else "created"
    say(f'{kind} "{name}" {word} in {file}')
