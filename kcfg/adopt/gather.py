"""The kubeconfigs to import: files, folders, standard input, a pod's service account; merged without a loss."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kcfg.errors import KcfgError, KubeconfigError
from kcfg.files import refusal
from kcfg.kubeconfig.file import load_file
from kcfg.kubeconfig.in_cluster import IN_CLUSTER, load_in_cluster
from kcfg.kubeconfig.merge import merge_all
from kcfg.kubeconfig.model import SECTIONS, Kubeconfig
from kcfg.kubeconfig.paths import relocate


@dataclass(slots=True)
class Gathered:
    """What was read: one kubeconfig with absolute paths, and what is to be told about it."""

    config: Kubeconfig
    renamed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


def gather(paths: Sequence[str], *, in_cluster: bool, environ: Mapping[str, str], first_wins: bool = False) -> Gathered:
    """Read and merge; the later one of two that differ under one name is renamed after its file.

    With `first_wins` it does not count, as in kubectl's search path.
    """
    found: list[tuple[str, Kubeconfig]] = []
    skipped: list[str] = []
    for path in paths:
        if path != "-" and os.path.isdir(path):
            found += _folder(path, skipped)
        else:
            found.append((path, _file(path)))
    if in_cluster:
        found.append((IN_CLUSTER, load_in_cluster(environ)))
    if not found:
        raise KubeconfigError("there is no kubeconfig to import", hint="kcfg import FILE…")
    configs = [relocate(config, None) for _, config in found]
    stems = [_stem(path) for path, _ in found]
    merged = merge_all(
        configs,
        on_conflict="first" if first_wins else "rename",
        new_name=lambda name, index: f"{name}@{stems[index]}",
    )
    return Gathered(merged, _renamed(found, configs, merged), skipped, _aside(configs))


def _file(path: str) -> Kubeconfig:
    if path != "-":
        try:
            os.stat(path)
        except OSError as error:
            raise refusal(path, error) from None
    return load_file(path).config


def _folder(folder: str, skipped: list[str]) -> list[tuple[str, Kubeconfig]]:
    """Read the kubeconfigs of a folder; what is none of them is named, not read below."""
    found = []
    for name in sorted(os.listdir(folder)):
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
