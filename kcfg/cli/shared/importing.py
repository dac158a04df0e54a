"""What the ways to import share: what they read, what they tell of it, and the proof."""

from __future__ import annotations

import os

from kcfg.errors import count
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kcfg.importing.draft import Draft
    from kcfg.importing.read import Gathered
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret
    from kcfg.spec.spec import Spec

_MANY = 5  # entries that share a note


def tell_draft(draft: Draft, gathered: Gathered) -> None:
    """Say what was renamed, moved, noted and left out."""
    tell_all(gathered.skipped)
    tell_all(gathered.renamed)
    tell_all([f"not imported: {text}" for text in gathered.lost])
    for section, found in draft.entries.items():
        tell_all(_grouped(section, [(note, each.name) for each in found.values() for note in each.notes]))
    tell_all([f"not imported: {text}" for text in gathered.aside])
    tell_all([f"{section}.{name}: left out: {reason}" for (section, name), reason in draft.left.items()])


def _grouped(section: str, notes: list[tuple[str, str]]) -> list[str]:
    """Return a line for each note; one that many entries share names two of them."""
    names: dict[str, list[str]] = {}
    for note, name in notes:
        names.setdefault(note, []).append(name)
    lines = []
    for note, found in names.items():
        if len(found) > _MANY:
            lines.append(f"{section}.{found[0]}, {section}.{found[1]} and {len(found) - 2} more: {note}")
        else:
            lines += [f"{section}.{name}: {note}" for name in found]
    return lines


def tell_all(lines: list[str]) -> None:
    """Print lines on standard error."""
    for line in lines:
        tell(line)


def from_memory(draft: Draft) -> Callable[[SecretRef], Secret]:
    """Return what reads the secrets of a draft that are in no store."""
    values = {each.ref: each.found.secret for each in draft.stored}
    return values.__getitem__


def prove_draft(
    draft: Draft,
    gathered: Gathered,
    spec: Spec,
    read_secret: Callable[[SecretRef], Secret],
    read_file: Callable[[str], bytes],
) -> bool:
    """Compare what was read with what the spec renders to; print every difference."""
    from kcfg.importing.proof import prove
    from kcfg.kubeconfig.model import SECTIONS

    before = gathered.config.copy()
    for section in SECTIONS:
        kept = draft.entries[section]
        setattr(before, section, {name: each for name, each in before.section(section).items() if name in kept})
    proof = prove(before, spec, read_file=read_file, read_secret=read_secret, referred=draft.referred)
    tell_all(proof.differences)
    equal = ", ".join(count(proof.equal.get(section, 0), section[:-1]) for section in SECTIONS)
    left = f", {len(draft.left)} left out" if draft.left else ""
    tell(f"kcfg: round trip: {equal} equal{left}, {count(len(proof.differences), 'difference')}")
    return not proof.differences


def paths_of(files: list[str], *, in_cluster: bool) -> list[str]:
    """Return what to read: the files named, else the search path of kubectl."""
    from kcfg.cli.shared.output import require_files
    from kcfg.kubeconfig.file import search_path

    if files or in_cluster:
        return files
    found = search_path(None, os.environ).paths
    require_files(found)
    return [path for path in found if os.path.exists(path)]


def taken_in(directory: str) -> Callable[[str], bytes | None]:
    """Return the function that reads what stands at a path below a folder, None where nothing does."""
    from kcfg.files import read_if_exists

    return lambda path: read_if_exists(os.path.join(directory, path))
