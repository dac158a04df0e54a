"""`kcfg rename` and `kcfg rename-context`: a new name, and references that follow."""

from __future__ import annotations

from kcfg.cli.shared.entries import KINDS, choose_renaming, lacks_name, parse_renaming
from kcfg.errors import KubeconfigError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.changes import Changes

SINGULAR = {section: kind for kind, section in KINDS.items()}


def run(
    *,
    kubeconfig: str | None,
    break_lock: bool,
    words: list[str] | None = None,
    old: str | None = None,
    new: str | None = None,
) -> int:
    """Rename one entry in the file that gives it; what is not named is asked for on a terminal."""
    from kcfg.cli.shared.editing import edit, quoted

    as_kubectl = words is None
    what = "kcfg rename-context" if as_kubectl else "kcfg rename"
    named = ["context", *(each for each in (old, new) if each is not None)] if words is None else words
    for changes in edit(kubeconfig, break_lock=break_lock):
        if lacks_name(named, changes.config.contexts):
            named = choose_renaming(named, changes.config.section, what)
        kind, before, after = parse_renaming(named, changes.config.contexts, what)
        path = changes.owner(KINDS[kind], before)
        notes = rename(changes, kind, before, after, as_kubectl=as_kubectl)
        notes += still_there(changes, KINDS[kind], before, path)
    say(f"{kind.capitalize()} {quoted(before)} renamed to {quoted(after)}.")
    for line in notes:
        tell(line)
    return 0


def still_there(changes: Changes, section: str, name: str, path: str) -> list[str]:
    """Return a warning if another file's entry of this name counts now."""
    from kcfg.cli.shared.editing import quoted

    others = changes.others(section, name, path) if changes.counts(section, name, path) else []
    return [f"warning: {other} has another {SINGULAR[section]} {quoted(name)}: it counts now" for other in others[:1]]


def rename(changes: Changes, kind: str, old: str, new: str, *, as_kubectl: bool = False) -> list[str]:
    """Rename an entry; references follow it, and what does not is returned as warnings.

    A reference in the entry's own file follows. One in another file follows if it counts in the list, and means this
    entry: not where its own file has another of the name, which it means there.
    """
    section = KINDS[kind]
    entries = changes.config.section(section)
    if old not in entries:
        from kcfg.closest import suggest

        raise KubeconfigError(f"cannot rename the {kind} {old!r}: there is none", hint=suggest(old, entries))
    if new in entries:
        raise KubeconfigError(f"cannot rename the {kind} {old!r}: {new!r} exists already", hint="choose another name")
    if not new:
        raise KubeconfigError(f"cannot rename the {kind} {old!r} to nothing")
    if section != "contexts":
        notes = _rename_in_contexts(changes, section, old, new)
    elif as_kubectl:
        notes = []
        if changes.config.current_context == old:
            changes.set_current_context(new)
    else:
        notes = _rename_current(changes, old, new)
    changes.rename(section, old, new)
    return notes


def _rename_in_contexts(changes: Changes, section: str, old: str, new: str) -> list[str]:
    from kcfg.cli.shared.editing import quoted

    references = changes.references(section, old)
    why = [
        _why_not(changes, section, old, path, counts=changes.counts("contexts", context, path))
        for path, context in references
    ]
    moving = [each for each, reason in zip(references, why, strict=True) if not reason]
    for path, context in moving:
        changes.refer(path, context, section, new)
    return [
        f"warning: context {quoted(context)} in {path} still names {SINGULAR[section]} {quoted(old)}: {reason}"
        for (path, context), reason in zip(references, why, strict=True)
        if reason
    ] + [
        f"warning: context {quoted(context)} in {path} named {SINGULAR[section]} {quoted(new)}: now there is one"
        for path, context in changes.references(section, new)
    ]


def _rename_current(changes: Changes, old: str, new: str) -> list[str]:
    from kcfg.cli.shared.editing import quoted

    notes = []
    currents = changes.current_contexts()
    for path, current in currents:
        if current != old:
            continue
        reason = _why_not(changes, "contexts", old, path, counts=path == currents[0][0])
        if reason:
            notes.append(f"warning: current-context in {path} still is {quoted(old)}: {reason}")
        else:
            changes.rename_current_context(path, new)
    return notes


def _why_not(changes: Changes, section: str, name: str, path: str, *, counts: bool) -> str:
    """Return why what a file refers to does not follow an entry, or nothing."""
    if path == changes.owner(section, name):
        return ""
    if changes.holds(section, name, path):
        return f"this file has its own {SINGULAR[section]} {name!r}"
    return "" if counts else "it does not count in this list"
