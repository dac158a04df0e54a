"""A draft → files that make a valid spec: what the spec's own checks refuse is left out, with their reason."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence

from kcfg.dataclass import dataclass
from kcfg.errors import Problem, SpecError
from kcfg.importing.draft import Draft, free_path, spec_value
from kcfg.importing.overlay import Overlay
from kcfg.kubeconfig.model import SECTIONS, Body
from kcfg.spec.dump import dump_spec
from kcfg.spec.judge import judge
from kcfg.spec.load import read_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.files import Tree
    from kcfg.spec.spec import Spec

ROOT = "kcfg.yaml"
LAYOUTS = ("single", "split")
_ENTRY = re.compile(r"(clusters|users|contexts)\[(\d+)\]\.?(.*)")
_HEAD = "# Imported by kcfg. `kcfg validate` checks it, `kcfg diff` shows what it would change.\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a spec goes, and what it is called."""

    directory: str
    name: str
    layout: str = "single"
    stores: Sequence[Body] = ()


def leave_out_invalid(draft: Draft, place: Place, *, allow_plaintext: bool = False) -> None:
    """Take out of a draft what would make its spec invalid. Raises SpecError where no entry is at fault."""
    single = Place(place.directory, place.name, "single", place.stores)
    while problems := _problems(draft, single, allow_plaintext=allow_plaintext):
        reasons: dict[tuple[str, str], str] = {}
        for problem in problems:
            found = _ENTRY.match(problem.path)
            if found is None:
                raise SpecError("the import would make a spec that is not valid", problems=problems)
            name = list(draft.entries[found[1]])[int(found[2])]
            where = f"{found[3]}: " if found[3] else ""
            reasons.setdefault((found[1], name), where + problem.message)
        for (section, name), reason in reasons.items():
            draft.leave_out(section, name, reason)


def _problems(draft: Draft, place: Place, *, allow_plaintext: bool) -> list[Problem]:
    _, problems = checked(place.directory, make_files(draft, place), allow_plaintext=allow_plaintext)
    return problems


def checked(
    directory: str, files: Mapping[str, bytes], *, root: str = ROOT, allow_plaintext: bool = False
) -> tuple[Spec | None, list[Problem]]:
    """Return the spec that files (by path below a folder) make, and every error of it."""
    tree = Overlay({os.path.join(directory, path): content for path, content in files.items()})
    return checked_in(tree, os.path.join(directory, root), allow_plaintext=allow_plaintext)


def checked_in(tree: Tree, root: str, *, allow_plaintext: bool = False) -> tuple[Spec | None, list[Problem]]:
    """Return the spec with this root file, and every error of it and its environments."""
    spec, problems = read_spec(root, tree)
    if spec is None:
        return None, problems
    verdict = judge(spec, problems, allow_plaintext=allow_plaintext)
    return None if problems else verdict.meant, verdict.errors


def make_files(
    draft: Draft, place: Place, *, taken: Callable[[str], bytes | None] = lambda _: None
) -> dict[str, bytes]:
    """Return the files of a spec by path, the root last: until it is there, no spec is there."""
    files = dict(draft.used_files())
    values = draft.values()
    stores = [*place.stores, *draft.stores] or None
    if place.layout == "single":
        files[ROOT] = _text(spec_value(place.name, values, stores=stores))
        return files
    include = []
    for section in SECTIONS:
        if section in values:
            content = _text(spec_value("", {section: values[section]}))
            path = free_path(f"{section}.yaml", content, taken)
            files[path] = content
            include.append(path)
    files[ROOT] = _text(spec_value(place.name, {}, stores=stores, include=include))
    return files


def _text(value: Body) -> bytes:
    return (_HEAD * ("metadata" in value) + dump_spec(value)).encode()
