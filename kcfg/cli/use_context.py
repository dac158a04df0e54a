"""`kcfg use-context`: switch, and switch back with `-`."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.change import Changes

_STATE = "previous-context"


def run(*, name: str, kubeconfig: str | None, break_lock: bool) -> int:
    """Set current-context and remember the one before, for each kubeconfig apart."""
    from kcfg.cli.editing import edit, quoted
    from kcfg.kubeconfig.file import search_path
    from kcfg.state import read_state, write_state

    if not name:
        from kcfg.errors import KcfgError

        raise KcfgError("empty context names are not allowed")
    place = os.path.realpath(search_path(kubeconfig, os.environ).home())
    remembered = read_state(_STATE, os.environ)
    wanted = _previous(remembered.get(place)) if name == "-" else name
    before = ""

    def switch(changes: Changes) -> None:
        nonlocal before
        before = changes.config.current_context
        if wanted not in changes.config.contexts:
            from kcfg.errors import KubeconfigError
            from kcfg.kubeconfig.minify import suggest

            hint = suggest(wanted, changes.config.contexts) or "`kcfg get-contexts` lists them"
            if name == "-":
                hint = "the context before this one was renamed or deleted; `kcfg get-contexts` lists them"
            raise KubeconfigError(f'no context exists with the name: "{wanted}"', hint=hint)
        changes.set_current_context(wanted)

    edit(kubeconfig, switch, break_lock=break_lock)
    if before and before != wanted:
        write_state(_STATE, {**remembered, place: before}, os.environ)
    print(f"Switched to context {quoted(wanted)}.")
    return 0


def _previous(name: object) -> str:
    if isinstance(name, str) and name:
        return name
    from kcfg.errors import KcfgError

    raise KcfgError("no context was used before this one", hint="kcfg use-context NAME")
