"""Variables that change what kcfg and kubectl do. Their values are shown only where they cannot hold a secret."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from kcfg.doctor.finding import NOTE, OK, PROBLEM, Finding, Surroundings

_AREA = "environment"
_EFFECTS = {
    "HTTPS_PROXY": "kubectl and kcfg ask servers through this proxy",
    "https_proxy": "kubectl and kcfg ask servers through this proxy",
    "NO_PROXY": "these servers are asked without the proxy",
    "no_proxy": "these servers are asked without the proxy",
    "KUBERC": "kubectl reads its preferences there",
    "KUBECTL_KUBERC": "kubectl's preferences are switched on or off",
    "XDG_STATE_HOME": "kcfg keeps its state there",
    "PYTHON_KEYRING_BACKEND": "kcfg ignores it: the platform's own keyring is always named",
    "NO_COLOR": "no colors",
}
_SHOWN = ("KUBERC", "KUBECTL_KUBERC", "XDG_STATE_HOME")


def check(here: Surroundings) -> Iterator[Finding]:
    """Look at KUBECONFIG, PATH and those that have an effect."""
    before = [*_kubeconfig(here), *_path(here)]
    yield from before or [Finding(_AREA, OK, "KUBECONFIG and PATH are well-formed")]
    for name, effect in _EFFECTS.items():
        if value := here.environ.get(name):
            shown = f"={value}" if name in _SHOWN else ""
            yield Finding(_AREA, NOTE, f"{name}{shown} is set: {effect}")


def _kubeconfig(here: Surroundings) -> Iterator[Finding]:
    listed = here.environ.get("KUBECONFIG")
    if not listed:
        return
    parts = listed.split(os.pathsep)
    if "" in parts:
        message = "KUBECONFIG has an empty part: kubectl makes a lock in the working directory for it"
        yield Finding(_AREA, PROBLEM, message, f"remove the extra {os.pathsep!r}")
    for part in parts:
        if part.startswith("~"):
            message = f"KUBECONFIG: {part}: nobody expands ~ in it"
            yield Finding(_AREA, PROBLEM, message, "write $HOME instead, or leave the quotes out")
    if len(set(parts)) > 1:
        message = f"KUBECONFIG lists {len(set(parts))} files: clients read such lists differently"
        yield Finding(_AREA, NOTE, f"{message} (`kcfg lint` says where)")


def _path(here: Surroundings) -> Iterator[Finding]:
    for folder in here.path.split(os.pathsep):
        if not os.path.isabs(folder):
            shown = folder or "an empty part"
            message = f"PATH has {shown}: programs and plugins may come from the working directory"
            yield Finding(_AREA, PROBLEM, message, "remove it from PATH")
            continue
        try:
            mode = os.stat(folder).st_mode
        except OSError:
            continue
        if os.name == "posix" and mode & stat.S_IWOTH:
            message = f"PATH has {folder}: everyone can put a plugin there"
            yield Finding(_AREA, PROBLEM, message, f"chmod o-w {folder}, or remove it from PATH")
