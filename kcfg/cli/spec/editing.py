"""What the commands that change specs share: load, check the outcome before anything is written, write, tell."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

from kcfg.errors import ConflictError, Location, Problem, SpecError
from kcfg.printing import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kcfg.spec.edit import SpecEdit
    from kcfg.spec.spec import Spec
    from kcfg.transaction import Transform


def open_spec(file: str | None) -> SpecEdit:
    """Load a spec as it is written: no variable filled in, no environment chosen."""
    from kcfg.commit import settle
    from kcfg.lock import remove_left_over
    from kcfg.spec.edit import SpecEdit
    from kcfg.spec.load import load_spec

    settle()
    spec = load_spec(file)
    for source in spec.sources:
        remove_left_over(source.file)
    return SpecEdit(spec)


def plan(edit: SpecEdit) -> dict[str, bytes]:
    """Return the files as they will be. Raises SpecError when the spec would get a problem that it has not now."""
    from kcfg.files import read_bytes
    from kcfg.importing.overlay import Overlay
    from kcfg.importing.plan import checked_in
    from kcfg.spec.files import DISK

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


def write(spec: Spec, files: Mapping[str, bytes], new: Mapping[str, bytes] | None = None) -> None:
    """Write files under their locks, `new` ones too, all or none; one that changed meanwhile stops it."""
    from kcfg.boundary import require_plain
    from kcfg.git.guard import require_private
    from kcfg.scan import find_secrets
    from kcfg.transaction import edit_files
    from kcfg.yaml.text import decode_text

    def change(path: str, content: bytes) -> Callable[[bytes | None], bytes]:
        before = next(each.document.text for each in spec.sources if each.file == path)

        def changed(raw: bytes | None) -> bytes:
            if raw is None or decode_text(raw, path) != before:
                raise ConflictError("the file was changed meanwhile", location=Location(path), hint="try again")
            return content

        return changed

    new = new or {}
    for path, content in (*new.items(), *files.items()):
        require_plain(path)
        before = "".join(each.document.text for each in spec.sources if each.file == path)
        if len(find_secrets(content, path)) > len(find_secrets(before.encode(), path)):
            require_private(path)
    made: dict[str, Transform] = {path: lambda _, content=content: content for path, content in new.items()}  # type: ignore[misc]
    edit_files(made | {path: change(path, content) for path, content in files.items()}, mode=0o644)


def relative(path: str, directory: str) -> str:
    """Return a path of the command line as a spec file in `directory` writes it."""
    from kcfg.boundary import is_below, root_of

    full = os.path.abspath(path)
    found = os.path.relpath(full, os.path.abspath(directory or "."))
    if not found.startswith(os.pardir + os.sep) or is_below(os.path.realpath(full), root_of(f"{directory or '.'}/x")):
        return found
    return full


def tell_edit(kind: str, name: str, file: str, *, existed: bool, wrote: bool) -> None:
    """Say what happened to an entry, in kubectl's words."""

    word = "unchanged" if not wrote else "configured" if existed else "created"
    say(f'{kind} "{name}" {word} in {file}')
