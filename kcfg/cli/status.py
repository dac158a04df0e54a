"""`kcfg status` and `kcfg verify`: is a kubeconfig what the spec says, and who changed it."""

from __future__ import annotations

from kcfg.cli.planning import Wish, make_job, tell_held
from kcfg.printing import say_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.plan import Change

_NEXT = {"create": "A", "update": "M", "delete": "D", "adopt": "M"}


def run(
    *,
    kubeconfig: str | None,
    prune: bool,
    quiet: bool,
    output: str,
    file: str | None,
    environment: str | None,
    values: list[str],
    credentials: str | None,
    credential_command: str,
    no_embed: bool,
    allow_plaintext: bool,
) -> int:
    """Print a line for each entry that differs, or nothing and answer by the exit code."""
    from kcfg.kubeconfig.plan import Options

    wish = Wish(file, environment, values, credentials, credential_command, allow_plaintext, embed=not no_embed)
    job = make_job(wish, kubeconfig, Options(prune=prune))
    plan = job.plan
    if quiet:
        return 1 if plan.differs or any(each.drift != " " and each.action == "kept" for each in plan.changes) else 0
    tell_held(job.left)
    rows = [(change.drift, _next(change), change) for change in plan.changes if change.action != "unmanaged"]
    rows = [row for row in rows if (row[0], row[1]) != (" ", " ")]
    if output == "json":
        from kcfg.printing import put_json

        names = {"A": "added", "M": "modified", "D": "deleted", " ": None}
        put_json(
            {
                "entries": [
                    {"kind": change.kind, "name": change.name or None, "drift": names[was], "next": change.action}
                    for was, _, change in rows
                ]
            }
        )
        return 0
    from kcfg.printing import printable

    for was, then, change in rows:
        say_lines(f"{was}{then} {printable(change.title)}\n")
    return 0


def _next(change: Change) -> str:
    """Return what applying the spec would do to an entry."""
    if change.action in ("conflict", "held"):
        return "A" if change.before is None else "D" if change.after is None else "M"
    if change.action == "adopt" and not change.fields():
        return " "
    return _NEXT.get(change.action, " ")
