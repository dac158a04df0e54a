"""What the user's `kcfg log` changes in a kubeconfig of this machine, and in none that git would commit."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig


def tell_clusters(config: Kubeconfig, path: str | None = None) -> None:
    """Let kcfg's plugin be told which cluster it is for, where the user's log wants to know.

    `path` is where the kubeconfig will stand; None for one that is gone with the program that gets it.
    """
    from kcfg.exec_stanza import with_cluster

    if not wants_clusters(path):
        return
    for entry in config.users.values():
        if entry.exec_command():
            entry.body = {**entry.body, "exec": with_cluster(entry.body["exec"], os.environ)}


def wants_clusters(path: str | None) -> bool:
    """Return whether the user's log wants to know from a kubeconfig which cluster a credential is for."""
    from kcfg.log import is_on

    return is_on(os.environ) and not is_committed(path)


def is_committed(path: str | None) -> bool:
    """Return whether git would commit a file, or cannot say that it would not: it says the same on every machine."""
    from kcfg.errors import KcfgError
    from kcfg.git.repository import would_commit

    try:
        return path is not None and would_commit(path)
    except KcfgError:
        return True
