"""What the user's own settings change in a kubeconfig of this machine, and in none that git would commit.

`kcfg log` wants to know the cluster, `kcfg cache` wants other tools' plugins to be run by kcfg's.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.rendering import RenderOptions
    from kcfg.spec.spec import Spec


def tell_clusters(config: Kubeconfig, path: str | None = None) -> None:
    """Let kcfg's plugin be told which cluster it is for, where the user's log wants to know.

    `path` is where the kubeconfig will stand; None for one that is gone with the program that gets it.
    """
    from kcfg.exec_stanza import with_cluster

    if not wants_clusters(path):
        return
    for entry in config.users.values():
        if entry.exec_command():
            entry.body = {**entry.body, "exec": with_cluster(entry.body["exec"])}


def wants_clusters(path: str | None) -> bool:
    """Return whether the user's log wants to know from a kubeconfig which cluster a credential is for."""
    from kcfg.log import is_on

    return is_on(os.environ) and not is_committed(path)


def keep_answers(
    config: Kubeconfig, spec: Spec, target: RenderOptions, path: str | None = None, *, recorded: bool = False
) -> None:
    """Let kcfg's plugin run those of other tools, where the user wants their answers kept.

    Only those that the trust record will have; or that are `recorded` already, where it gets no more after this.
    """
    from kcfg.cache.setting import read_setting

    if read_setting(os.environ) is None or is_committed(path):
        return
    from kcfg.exec_stanza import make_kept_stanza

    for name, program in _plugins(spec, target.credentials, recorded=recorded):
        if (entry := config.users.get(name)) is not None:
            stanza = make_kept_stanza(
                entry.body["exec"],
                program=program,
                spec_name=spec.name,
                environment=spec.environment or "",
                user=name,
                command=target.credential_command,
            )
            entry.body = {**entry.body, "exec": stanza}


def _plugins(spec: Spec, credentials: str | None, *, recorded: bool) -> Iterator[tuple[str, str]]:
    """Yield users of another tool's plugin that is installed, takes no secret and need not ask, with its program."""
    from kcfg.delivery import mode_of, wraps
    from kcfg.errors import KcfgError
    from kcfg.trust.reach import reach_of_rendering
    from kcfg.trust.record import find_plugin

    environment = spec.environment or ""
    for name, found in reach_of_rendering(spec).plugins.get(environment, {}).items():
        if "account" in found or "interactiveMode" in found or not found["path"] or wraps(spec.users[name].entry):
            continue
        if mode_of(spec, name, credentials) != "exec":
            continue
        program = found["path"] if "/" in found["command"] else found["command"]
        try:
            if recorded:
                find_plugin(spec.name, environment, name, os.environ, [program, *found["args"]])
        except KcfgError:
            continue
        yield name, program


def is_committed(path: str | None) -> bool:
    """Return whether git would commit a file, or cannot say that it would not: it says the same on every machine."""
    from kcfg.errors import KcfgError
    from kcfg.git.repository import would_commit

    try:
        return path is not None and would_commit(path)
    except KcfgError:
        return True
