"""`kcfg rename` and `kcfg rename-context`: a new name, and references that follow."""

from __future__ import annotations

from kcfg.errors import KcfgError, KubeconfigError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.change import Changes

KINDS = {"context": "contexts", "cluster": "clusters", "user": "users"}
SINGULAR = {section: kind for kind, section in KINDS.items()}


def run(
    *,
    kubeconfig: str | None,
    break_lock: bool,
    words: list[str] | None = None,
    old: str = "",
    new: str = "",
) -> int:
    """Rename one entry in the file that gives it."""
    from kcfg.cli.editing import edit, quoted

    kind = "context"
    if words is not None:
        kind, old, new = _parse(words)
    uncovered: list[str] = []

    def work(changes: Changes) -> None:
        path = changes.owner(KINDS[kind], old)
        rename(changes, kind, old, new)
        uncovered[:] = still_there(changes, KINDS[kind], old, path)

    edit(kubeconfig, work, break_lock=break_lock)
    say(f"{kind.capitalize()} {quoted(old)} renamed to {quoted(new)}.")
    for line in uncovered:
        tell(line)
    return 0


def still_there(changes: Changes, section: str, name: str, path: str) -> list[str]:
    """Return a warning for each other file whose entry of this name is visible now."""
    from kcfg.cli.editing import quoted

    others = changes.others(section, name, path)
    return [f"warning: {other} has another {SINGULAR[section]} {quoted(name)}: it counts now" for other in others[:1]]


def _parse(words: list[str]) -> tuple[str, str, str]:
    if len(words) == 2:
        return "context", words[0], words[1]
    if len(words) == 3 and words[0] in KINDS:
        return words[0], words[1], words[2]
    raise KcfgError("expected context|cluster|user OLD NEW", hint="kcfg rename user admin ops")


def rename(changes: Changes, kind: str, old: str, new: str) -> None:
    """Rename an entry; contexts in every file of the search path, and current-context, follow."""
    from kcfg.kubeconfig.minify import suggest

    section = KINDS[kind]
    entries = changes.config.section(section)
    if old not in entries:
        raise KubeconfigError(f"cannot rename the {kind} {old!r}: there is none", hint=suggest(old, entries))
    if new in entries:
        raise KubeconfigError(f"cannot rename the {kind} {old!r}: {new!r} exists already", hint="choose another name")
    if not new:
        raise KubeconfigError(f"cannot rename the {kind} {old!r} to nothing")
    if section == "contexts" and changes.config.current_context == old:
        changes.set_current_context(new)
    if section != "contexts":
        references = changes.references(section, old)
        changes.take((path, "contexts", context) for path, context in references)
        for path, context in references:
            changes.refer(path, context, section, new)
    changes.rename(section, old, new)
