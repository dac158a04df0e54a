"""`kcfg status` and `kcfg verify`: is a kubeconfig what the spec says, and who changed it."""

from __future__ import annotations

from kcfg.cli.shared.planning import Job, Wish, make_job, tell_held, tell_unread, unread_users
from kcfg.errors import listed
from kcfg.kubeconfig.plan import PASSED
from kcfg.looks import CYAN, GREEN, MAGENTA, RED
from kcfg.printing import put_json, say_spans, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kcfg.cli.shared.trusting import Trust
    from kcfg.kubeconfig.plan import Change, Plan

_NEXT = {"create": "A", "update": "M", "delete": "D", "adopt": "M"}
_COLORS = {"A": GREEN, "M": MAGENTA, "D": RED, "?": CYAN}
_MOST = 3


def run(
    *,
    kubeconfig: str | None,
    prune: bool,
    adopt: bool,
    on_conflict: str,
    quiet: bool,
    output: str,
    file: str | None,
    environment: str | None,
    values: list[str],
    contexts: list[str],
    selector: str | None,
    exclude: list[str],
    credentials: str | None,
    credential_command: str,
    no_embed: bool,
    read_secrets: bool,
    allow_plaintext: bool,
    strict: bool,
    trust: Trust,
) -> int:
    """Print a line for each entry that differs, or answer by the exit code."""
    from kcfg.kubeconfig.plan import Options

    wish = Wish(
        file, environment, values, credentials, credential_command, allow_plaintext, trust, read_secrets, strict,
        not no_embed, contexts, selector, exclude,
    )  # fmt: skip
    job = make_job(wish, kubeconfig, Options(prune, adopt, on_conflict))
    if not quiet:
        return _list(job, output)
    if not job.plan.differs:
        return 0
    given = {
        "file": file, "environment": environment, "values": values, "kubeconfig": kubeconfig, "prune": prune,
        "adopt": adopt, "on_conflict": on_conflict, "credentials": credentials, "no_embed": no_embed,
        "credential_command": credential_command, "allow_plaintext": allow_plaintext, "strict": strict,
        "read_secrets": read_secrets or bool(unread_users(job.plan)),
        "contexts": contexts, "selector": selector, "exclude": exclude,
        "trust": trust is True, "trust_from": trust if isinstance(trust, str) else None,
    }  # fmt: skip
    _tell_why(job, given)
    return 1


def _tell_why(job: Job, given: Mapping[str, object]) -> None:
    """Say in one line why the answer is no, and which command shows it."""
    from kcfg.cli.shared.again import command_line

    plan = job.plan
    found = {
        "differs": [each.title for each in (*plan.writes, *plan.open)],
        "not delivered": [f"user/{name}" for name in sorted(plan.options.undelivered)],
        "secret not compared": [f"user/{name}" for name in unread_users(plan)],
    }
    why = "; ".join(f"{words}: {listed(names, _MOST)}" for words, names in found.items() if names)
    tell(f"kcfg: {job.title}: {why}; `{command_line('diff', given)}` shows it")


def _list(job: Job, output: str) -> int:
    plan = job.plan
    tell_held(job.left)
    tell_unread(plan)
    rows = list(_rows(plan))
    if output == "json":
        names = {"A": "added", "M": "modified", "D": "deleted", " ": None}
        put_json(
            {
                "differs": plan.differs,
                "entries": [
                    {
                        "kind": change.kind,
                        "name": change.name or None,
                        "drift": names[was],
                        "next": change.action,
                        "notCompared": change.unread(),
                    }
                    for was, _, change in rows
                ],
            }
        )
        return 0
    for was, then, change in rows:
        say_spans([(was, _COLORS.get(was, 0)), (then, _COLORS.get(then, 0)), (f" {change.title}", 0)], wrap=False)
    return 0


def _rows(plan: Plan) -> Iterator[tuple[str, str, Change]]:
    """Yield what others did to an entry, and what applying would, where either did something or nobody knows."""
    unread = {each.name for each in plan.unread}  # users
    for change in plan.changes:
        then = "?" if change.section == "users" and change.name in unread else _next(change)
        if then == "?" or (change.action not in PASSED and (change.drift, then) != (" ", " ")):
            yield change.drift, then, change


def _next(change: Change) -> str:
    """Return what applying the spec would do to an entry."""
    if change.action in ("conflict", "held"):
        return "A" if change.before is None else "D" if change.after is None else "M"
    if change.action == "adopt" and not change.fields():
        return " "
    return _NEXT.get(change.action, " ")
