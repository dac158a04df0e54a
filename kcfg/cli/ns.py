"""`kcfg ns`: the namespace of the current context: set it, go back with `-`, choose it, or print it."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError
from kcfg.printing import say, say_value, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig

_SECONDS = 3.0


def run(*, name: str | None, kubeconfig: str | None, break_lock: bool) -> int:
    """Set the namespace; without a name choose one on a terminal, and print the present one elsewhere."""
    from kcfg.cli.shared.consent import can_ask
    from kcfg.cli.shared.contexts import in_kubeconfig, the_one
    from kcfg.cli.shared.editing import edit, quoted
    from kcfg.cli.shared.namespaces import present, put, remember, used
    from kcfg.kubeconfig.file import load_config, search_path

    if name == "":
        raise KcfgError("an empty namespace", hint="kcfg unset contexts.NAME.namespace removes it")
    search = search_path(kubeconfig, os.environ)
    config = load_config(search)
    context = the_one(in_kubeconfig(config), config.current_context or None)
    place, now = search.home(), present(config, context)
    before = used(place, context)
    if name is None and not can_ask():
        say_value(now)
        return 0
    if name == "-" and not before:
        raise KcfgError(f"no namespace of {context!r} was used before this one", hint="kcfg ns NAME")
    wanted = before[0] if name == "-" else name or _chosen(config, context, now, before)
    for changes in edit(kubeconfig, break_lock=break_lock):
        put(changes, context, wanted)
    if wanted != now:
        remember(place, context, now)
    say(f"Context {quoted(context)} has namespace {quoted(wanted)}.")
    return 0


def _chosen(config: Kubeconfig, context: str, now: str, before: list[str]) -> str:
    """Let the user choose among the server's namespaces, or those of before where it cannot be asked."""
    from kcfg.cli.shared.choose import choose
    from kcfg.cli.shared.namespaces import remember_listed
    from kcfg.cli.shared.reaching import reach, sign_in
    from kcfg.connect.namespaces import list_namespaces
    from kcfg.connect.trouble import Trouble
    from kcfg.version import __version__

    try:
        endpoint = reach(config, context, with_user=True)
        sign_in(endpoint, context)
        names = list_namespaces(endpoint, _SECONDS, f"kcfg/{__version__}")
        remember_listed(config, context, names)
    except (Trouble, KcfgError) as error:
        cluster = config.contexts[context].get("cluster")
        others = [each.get("namespace") for each in config.contexts.values() if each.get("cluster") == cluster]
        names = [*before, *others]
        tell(f"kcfg: note: {error.message}; these were used before")
    return choose(sorted({*names, now} - {""}), "namespace", now)
