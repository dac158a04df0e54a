"""`kcfg delete` and kubectl's `delete-*`: entries go, and nothing that is still needed goes with them."""

from __future__ import annotations

from kcfg.cli.rename import still_there
from kcfg.cli.shared.entries import KINDS, choose_entry, lacks_name, parse_names
from kcfg.errors import ConflictError, KubeconfigError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.changes import Changes

_WORDS = {section: kind for kind, section in KINDS.items()}
Deleted = list[tuple[str, str, str]]  # kind, name, file


def run(
    *,
    kubeconfig: str | None,
    break_lock: bool,
    words: list[str] | None = None,
    section: str = "contexts",
    name: str | None = None,
    cascade: bool = False,
    force: bool = False,
    yes: bool = False,
) -> int:
    """Delete and say what went, and from which file. What was chosen, and what goes with it, is asked about."""
    from kcfg.cli.shared import editing
    from kcfg.cli.shared.consent import require_consent
    from kcfg.cli.shared.editing import edit, quoted

    as_kubectl, asks = words is None, cascade
    what = f"kcfg delete-{_WORDS[section]}" if as_kubectl else "kcfg delete"
    named = [_WORDS[section], *([] if name is None else [name])] if words is None else words
    shown: Deleted = []
    for changes in edit(kubeconfig, break_lock=break_lock):
        if lacks_name(named, changes.config.contexts):
            named, asks = choose_entry(named, changes.config.section, what), True
        where, names = parse_names(named, changes.config.contexts, what)
        checked = not (as_kubectl or force)
        deleted, notes = delete(changes, where, names, cascade=cascade, checked=checked)
        if asks and deleted != shown and not editing.shows_only():  # under the lock it is the same, or asked anew
            entries = ", ".join(f"{kind} {quoted(each)}" for kind, each, _ in deleted)
            require_consent(f"Delete {entries}?", yes=yes, refused="nothing was deleted")
            shown = deleted
        if not as_kubectl:  # kubectl's delete-context leaves it
            changes.clear_current_context([each for kind, each, _ in deleted if kind == "context"])
        notes += (line for kind, each, path in deleted for line in still_there(changes, KINDS[kind], each, path))
    current, now = changes.config.current_context, changes.current_context()
    _tell_current({each for kind, each, _ in deleted if kind == "context"}, current, now)
    for kind, each, path in deleted:
        say(f"deleted {kind} {each if each.isprintable() else quoted(each)} from {path}")
    for line in notes:
        tell(line)
    return 0


def _tell_current(deleted: set[str], before: str, after: str) -> None:
    from kcfg.cli.shared.editing import quoted

    if before not in deleted:
        return
    what = "still names it" if before == after else f"is {quoted(after)} now" if after else "is cleared"
    tell(f"warning: this removed your active context, current-context {what}; `kcfg use-context` selects another")


def delete(
    changes: Changes, section: str, names: list[str], *, cascade: bool, checked: bool
) -> tuple[Deleted, list[str]]:
    """Delete entries; with `cascade`, what only the deleted contexts meant. Return what went, and why others stay."""
    names = list(dict.fromkeys(names))
    for name in names:
        _require(changes, section, name, checked=checked)
    meant = _meant(changes, names) if cascade and section == "contexts" else []
    deleted = [(_WORDS[section], name, changes.remove(section, name)) for name in names]
    notes: list[str] = []
    for path, other, target in meant:
        if uses := changes.uses(other, target, path):
            notes += _why_kept(changes, other, target, path, uses)
        else:
            deleted.append((_WORDS[other], target, changes.remove(other, target, path)))
    return deleted, notes


def _meant(changes: Changes, contexts: list[str]) -> list[tuple[str, str, str]]:
    """Return file, section and name of the clusters and users that contexts mean, each once."""
    found: dict[tuple[str, str, str], None] = {}
    for context in contexts:
        for section, target in _references(changes, context):
            path = changes.meant(section, target, changes.owner("contexts", context))
            if changes.holds(section, target, path):
                found[path, section, target] = None
    return list(found)


def _why_kept(changes: Changes, section: str, name: str, path: str, uses: list[tuple[str, str]]) -> list[str]:
    """Return a warning for what stays because of how the files of the list are put together alone."""
    from kcfg.cli.shared.editing import quoted

    file, context = uses[0]
    for user, each in uses:
        if user == path or (changes.counts("contexts", each, user) and not changes.holds(section, name, user)):
            return []  # needed, as anybody can see
    return [
        f"warning: {_WORDS[section]} {quoted(name)} stays in {path}: context {quoted(context)} in {file} names it too"
    ]


def _require(changes: Changes, section: str, name: str, *, checked: bool) -> None:
    kind, entries = _WORDS[section], changes.config.section(section)
    if name not in entries:
        from kcfg.closest import suggest

        raise KubeconfigError(f"cannot delete {kind} {name}: there is none", hint=suggest(name, entries))
    users = changes.uses(section, name, changes.owner(section, name)) if checked and section != "contexts" else []
    if users:
        listed = ", ".join(dict.fromkeys(context for _, context in users))
        raise ConflictError(
            f"{kind} {name!r} is still used by {listed}: nothing was deleted",
            hint=f"delete the contexts with --cascade, or {kind} {name!r} alone with --force",
        )


def _references(changes: Changes, context: str) -> list[tuple[str, str]]:
    entry = changes.config.contexts[context]
    return [(section, entry.get(kind)) for kind, section in KINDS.items() if kind != "context" and entry.get(kind)]
