"""Users of one kubeconfig get other fields, all in one step: what `secret migrate` and `secret restore` share."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kcfg.kubeconfig.document import KubeconfigFile
    from kcfg.kubeconfig.model import Body


def replace_users(file: KubeconfigFile, bodies: Mapping[str, Body], *, break_lock: bool) -> None:
    """Write users' new fields. Raises ConflictError, and writes nothing, where one changed since `file` was read."""
    from kcfg.errors import ConflictError
    from kcfg.kubeconfig.file import SearchPath, changing

    for changes in changing(SearchPath([file.path], explicit=True), break_lock=break_lock):
        there = changes.config.users
        for name, body in bodies.items():
            if name not in there or there[name].body != file.config.users[name].body:
                raise ConflictError(f"user {name!r} was changed meanwhile; the file is as it was", hint="try again")
            changes.put("users", name, body, tidy_paths=False)
