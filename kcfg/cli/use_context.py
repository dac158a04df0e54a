"""`kcfg use-context`: switch, and switch back with `-`; with a namespace; chosen on a terminal."""

from __future__ import annotations

import os

from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Entry

_STATE = "previous-context"


def run(
    *, name: str | None, namespace: str | None, yes_protected: bool, kubeconfig: str | None, break_lock: bool
) -> int:
    """Set current-context, and maybe its namespace; remember the one before, for each kubeconfig apart."""
    from kcfg.cli.shared import editing
    from kcfg.cli.shared.editing import edit, quoted
    from kcfg.errors import FileError
    from kcfg.kubeconfig.file import search_path
    from kcfg.state import read_state, write_state

    _require_words(name, namespace)
    name = _named(name, kubeconfig, keep=namespace is not None)
    place = os.path.realpath(search_path(kubeconfig, os.environ).home())
    remembered = read_state(_STATE, os.environ)
    wanted = _previous(remembered.get(place)) if name == "-" else name
    old, asked = "", False
    for changes in edit(kubeconfig, break_lock=break_lock):
        before = changes.config.current_context
        if wanted not in changes.config.contexts:
            from kcfg.closest import suggest
            from kcfg.errors import KubeconfigError

            hint = suggest(wanted, changes.config.contexts) or "`kcfg get-contexts` lists them"
            if name == "-":
                hint = "the context before this one was renamed or deleted; `kcfg get-contexts` lists them"
            raise KubeconfigError(f'no context exists with the name: "{wanted}"', hint=hint)
        if wanted != before and not asked and not editing.shows_only():
            _ask(changes.config.contexts[wanted], wanted, yes=yes_protected)
            asked = True  # the second time is under the lock, which must not wait for anybody
        changes.set_current_context(wanted)
        if namespace is not None:
            from kcfg.cli.shared.namespaces import present, put

            old = present(changes.config, wanted)
            put(changes, wanted, namespace)
    if namespace is not None and old != namespace:
        from kcfg.cli.shared.namespaces import remember

        remember(place, wanted, old)
    if before and before != wanted:
        try:
            write_state(_STATE, {**remembered, place: before}, os.environ)
        except FileError as error:
            tell(f"kcfg: note: {error.problems[0]}: `kcfg use-context -` does not lead back")
    with_namespace = f", namespace {quoted(namespace)}" if namespace is not None else ""
    say(f"Switched to context {quoted(wanted)}{with_namespace}.")
    return 0


def _ask(context: Entry, name: str, *, yes: bool) -> None:
    if not context.get("extensions"):
        return
    from kcfg.kubeconfig.kcfg_marker import marker_of

    if marker_of(context.body).get("protected") is True:
        from kcfg.cli.shared.protecting import require_agreement

        require_agreement([name], yes=yes)


def _require_words(name: str | None, namespace: str | None) -> None:
    from kcfg.errors import KcfgError

    if name == "":
        raise KcfgError("empty context names are not allowed")
    if namespace == "":
        raise KcfgError("-n: an empty namespace", hint="kcfg unset contexts.NAME.namespace removes it")


def _named(name: str | None, kubeconfig: str | None, *, keep: bool) -> str:
    """Return the context that is meant: the named one, with `keep` the current one, else what is chosen."""
    if name is not None:
        return name
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.file import load_config, search_path

    config = load_config(search_path(kubeconfig, os.environ))
    if keep and config.current_context:
        return config.current_context
    from kcfg.cli.shared.consent import can_ask

    if not can_ask():
        raise KcfgError("which context?", hint="kcfg use-context NAME; `kcfg get-contexts` lists them")
    from kcfg.cli.shared.choose import choose

    return choose(sorted(config.contexts), "context", config.current_context)


def _previous(name: object) -> str:
    if isinstance(name, str) and name:
        return name
    from kcfg.errors import KcfgError

    raise KcfgError("no context was used before this one", hint="kcfg use-context NAME")
