"""The kubeconfigs to import: files, folders, standard input, a pod's service account; merged without a loss."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from kcfg.dataclass import dataclass, field
from kcfg.errors import KcfgError, KubeconfigError, Problem
from kcfg.files import read_if_exists, read_stream, refusal
from kcfg.importing.hubs import is_hub, read_hub
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.file import STREAMS, load_file
from kcfg.kubeconfig.in_cluster import IN_CLUSTER, load_in_cluster
from kcfg.kubeconfig.merge import merge_all
from kcfg.kubeconfig.model import SECTIONS, Kubeconfig
from kcfg.kubeconfig.paths import relocate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass(slots=True)
class Gathered:
    """What was read: one kubeconfig with absolute paths, and what is to be told about it."""

    config: Kubeconfig
    renamed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # what objects of a hub hold, and no spec can say
    more: dict[str, dict[str, Any]] = field(default_factory=dict)  # cluster → what its spec says besides


def gather(
    paths: Sequence[str],
    *,
    in_cluster: bool,
    environ: Mapping[str, str],
    first_wins: bool = False,
    watch: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> Gathered:
    """Read and merge; the later one of two that differ under one name is renamed after its file.

    With `first_wins` it does not count, as in kubectl's search path. `watch` passes on what is read, and may tell it.
    """
    found: list[tuple[str, Kubeconfig]] = []
    skipped: list[str] = []
    lost: list[str] = []
    more: list[tuple[Kubeconfig, dict[str, Any]]] = []
    for path in watch(paths):
        if path != "-" and os.path.isdir(path):
            found += _folder(path, skipped, watch)
            continue
        raw = _raw(path)
        if (hub := read_hub(raw, path) if is_hub(raw) else None) is None:
            # A stream is read once; a file, as kubectl's writes want it.
            found.append((path, (KubeconfigFile(path, raw) if _is_stream(path) else load_file(path)).config))
            continue
        found += [(f"{each.name}.yaml", each.config) for each in hub.held]
        more += [(each.config, each.more) for each in hub.held if each.more]
        skipped += hub.skipped
        lost += hub.lost
        if not hub.held and not lost:
            lost.append(f"{path}: none of its objects holds a cluster")
    if in_cluster:
        found.append((IN_CLUSTER, load_in_cluster(environ)))
    if not found and lost:
        problems = [Problem(each) for each in (*skipped, *lost)]
        message = problems[0].message if len(problems) == 1 else "no object holds a cluster that a spec can have"
        raise KubeconfigError(message, problems=problems)
    if not found:
        raise KubeconfigError("there is no kubeconfig to import", hint="kcfg import FILE…")
    configs = [relocate(config, None) for _, config in found]
    stems = [_stem(path) for path, _ in found]
    merged = merge_all(
        configs,
        on_conflict="first" if first_wins else "rename",
        new_name=lambda name, index: f"{name}@{stems[index]}",
    )
    return Gathered(
        merged, _renamed(found, configs, merged), skipped, _aside(configs), lost, _of_clusters(merged, more)
    )


def _of_clusters(merged: Kubeconfig, more: list[tuple[Kubeconfig, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return what belongs to clusters, by the names that they have now."""
    origins = {entry.origin: each for config, each in more for entry in config.clusters.values()}
    return {name: origins[entry.origin] for name, entry in merged.clusters.items() if entry.origin in origins}


def _is_stream(path: str) -> bool:
    return path == "-" or path.startswith(STREAMS)


def _raw(path: str) -> bytes:
    if _is_stream(path):
        return read_stream(path)
    try:
        os.stat(path)
    except OSError as error:
        raise refusal(path, error) from None
    return read_if_exists(path) or b""


def _folder(
    folder: str, skipped: list[str], watch: Callable[[Iterable[str]], Iterable[str]]
) -> list[tuple[str, Kubeconfig]]:
    """Read the kubeconfigs of a folder; what is none of them is named, not read below."""
    found = []
    for name in watch(sorted(os.listdir(folder))):
        path = os.path.join(folder, name)
        if name.startswith(".") or not os.path.isfile(path):
            continue
        try:
            config = load_file(path).config
        except KcfgError as error:
            skipped.append(f"{path}: not a kubeconfig: {error.message}")
            continue
        if any(config.section(section) for section in SECTIONS):
            found.append((path, config))
        else:
            skipped.append(f"{path}: has no cluster, user or context")
    return found


def _stem(path: str) -> str:
    return "stdin" if path == "-" else os.path.splitext(os.path.basename(path))[0] or "config"


def _renamed(found: list[tuple[str, Kubeconfig]], configs: list[Kubeconfig], merged: Kubeconfig) -> list[str]:
    """Return a line for each entry that is not under its own name any more."""
    lines: list[str] = []
    for section in SECTIONS:
        before = {name for config in configs for name in config.section(section)}
        for name in merged.section(section):
            if name not in before:
                origin = merged.section(section)[name].origin
                old = next(
                    (each for each in sorted(before, key=len, reverse=True) if name.startswith(f"{each}@")), name
                )
                lines.append(f"{section}.{old} of {origin or IN_CLUSTER}: another one has this name: it is {name!r}")
    return lines


def _aside(configs: list[Kubeconfig]) -> list[str]:
    """Return what kubeconfigs say besides entries: a spec has no place for it, or it is the user's own."""
    kinds = {
        "current-context: it is yours, not the team's (`current-context:` in the spec or an environment sets one)": (
            "current_context"
        ),
        "preferences": "preferences",
        "extensions beside the entries": "extensions",
        "unknown fields beside the entries": "unknown",
    }
    return [text for text, attribute in kinds.items() if any(getattr(config, attribute) for config in configs)]
