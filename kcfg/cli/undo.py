"""`kcfg undo`: the kubeconfig as it was before something was applied."""

from __future__ import annotations

import sys

from kcfg.cli.shared.consent import require_consent
from kcfg.cli.shared.planning import target_path, wants_color
from kcfg.printing import say, tell, tell_lines


def run(*, event: str | None, kubeconfig: str | None, dry_run: bool, yes: bool, break_lock: bool) -> int:
    """Show what would come back, ask where somebody can be asked, write."""
    from kcfg.apply.live import open_live
    from kcfg.apply.undo import plan_undo, undo
    from kcfg.cli.plans.text import plan_text
    from kcfg.commit import settle
    from kcfg.errors import KcfgError
    from kcfg.git.guard import require_private
    from kcfg.lock import remove_left_over
    from kcfg.printing import printable

    if event is not None and not event.isdigit():
        raise KcfgError(f"{event!r} is no number of an event", hint="`kcfg history` lists them")
    path = target_path(kubeconfig)
    if not dry_run:
        settle([path], break_lock=break_lock)
        remove_left_over(path)
    live = open_live(path)
    planned = plan_undo(live, None if event is None else int(event))
    tell_lines(plan_text(planned.plan, color=wants_color("auto", sys.stderr)), colored=True, wrap=True)
    if not planned.exact:
        tell("kcfg: note: others wrote the file anew since: its entries come back, their former style does not")
    if planned.stays:
        tell(f"kcfg: note: current-context stays {printable(planned.stays)}")
    if planned.secrets:
        names = printable(", ".join(planned.secrets))
        tell(f"kcfg: warning: this writes secrets in plain text into {live.path}: {names}")
        require_private(live.path)
    if dry_run:
        return 0
    require_consent("Take this back, with these secrets?" if planned.secrets else "Take this back?", yes=yes)
    undo(planned, live, break_lock=break_lock)
    words = {"create": "restored", "update": "restored", "delete": "removed"}
    for change in planned.plan.writes:
        say(f"{printable(change.title)} {words[change.action]}")
    return 0
