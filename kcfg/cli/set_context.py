"""`kcfg set-context`: kubectl's flags and meaning."""

from __future__ import annotations

from kcfg.cli.shared.editing import edit, put, quoted
from kcfg.errors import KcfgError
from kcfg.printing import say


def run(
    *,
    name: str | None,
    current: bool,
    cluster: str | None,
    user: str | None,
    namespace: str | None,
    kubeconfig: str | None,
    break_lock: bool,
) -> int:
    """Create or change a context."""
    if name and current:
        raise KcfgError("you cannot specify both a context name and --current")
    if not name and not current:
        raise KcfgError("you must specify a non-empty context name or --current")
    for changes in edit(kubeconfig, break_lock=break_lock):
        target = name or changes.config.current_context
        if not target:
            raise KcfgError("no current context is set", hint="kcfg use-context NAME sets it")
        existing = changes.body("contexts", target)
        body = existing or {}
        for field, value in (("cluster", cluster), ("user", user), ("namespace", namespace)):
            put(body, field, value)
        changes.put("contexts", target, body)
    say(f"Context {quoted(target)} {'created' if existing is None else 'modified'}.")
    return 0
