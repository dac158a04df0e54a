"""`kcfg delete` and kubectl's `delete-*`: entries go, and nothing that is still needed goes with them."""

from __future__ import annotations

from kcfg.cli.rename import KINDS, still_there
from kcfg.errors import ConflictError, KcfgError, KubeconfigError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.kubeconfig.change import Changes

_WORDS = {section: kind for kind, section in KINDS.items()}
Deleted = list[tuple[str, str, str]]  # kind, name, file


def run(
    *,
    kubeconfig: str | None,
    break_lock: bool,
    words: list[str] | None = None,
    section: str = "contexts",
    name: str = "",
    cascade: bool = False,
    force: bool = False,
) -> int:
    """Delete and say what went, and from which file."""
    from kcfg.cli.editing import edit, quoted

    names, checked = [name], False
    if words is not None:
        section, names = _parse(words)
        checked = not force
    deleted: Deleted = []
    current: list[str] = []  # current-context as it was, and as it is
    uncovered: list[str] = []

    def work(changes: Changes) -> None:
        deleted[:] = delete(changes, section, names, cascade=cascade, checked=checked)
        if words is not None:  # kubectl's delete-context leaves it
            changes.clear_current_context([each for kind, each, _ in deleted if kind == "context"])
        current[:] = changes.config.current_context, changes.current_context()
        uncovered[:] = [line for kind, each, path in deleted for line in still_there(changes, KINDS[kind], each, path)]

    edit(kubeconfig, work, break_lock=break_lock)
    _tell_current({each for kind, each, _ in deleted if kind == "context"}, *current)
    for kind, each, path in deleted:
        say(f"deleted {kind} {each if each.isprintable() else quoted(each)} from {path}")
    for line in uncovered:
        tell(line)
    return 0


def _tell_current(deleted: set[str], before: str, after: str) -> None:
    from kcfg.cli.editing import quoted

    if before not in deleted:
        return
    what = "still names it" if before == after else f"is {quoted(after)} now" if after else "is cleared"
    tell(f"warning: this removed your active context, current-context {what}; `kcfg use-context` selects another")


def _parse(words: list[str]) -> tuple[str, list[str]]:
    if words[0] in KINDS and len(words) > 1:
        return KINDS[words[0]], words[1:]
    if words[0] in KINDS:
        raise KcfgError(f"which {words[0]}?", hint=f"kcfg delete {words[0]} NAME")
    return "contexts", words


def delete(changes: Changes, section: str, names: list[str], *, cascade: bool, checked: bool) -> Deleted:
    """Delete entries; with `cascade`, what only the deleted contexts referred to. Returns what went."""
    deleted: Deleted = []
    left: dict[tuple[str, str], set[tuple[str, str]]] = {}  # the contexts that still refer to a cluster or user
    with_them = cascade and section == "contexts"
    changes.take(_affected(changes, section, names, cascade=with_them))
    for name in dict.fromkeys(names):
        _require(changes, section, name, checked=checked)
        referred = _references(changes, name) if with_them else []
        path = changes.remove(section, name)
        deleted.append((_WORDS[section], name, path))
        for other, target in referred:
            if (other, target) not in left:
                left[other, target] = {*changes.references(other, target)}
            left[other, target].discard((path, name))
            if not left[other, target] and target in changes.config.section(other):
                deleted.append((_WORDS[other], target, changes.remove(other, target)))
    return deleted


def _affected(changes: Changes, section: str, names: list[str], *, cascade: bool) -> Iterator[tuple[str, str, str]]:
    """Yield file, section and name of what is deleted, or may be with it."""
    for name in names:
        if name in changes.config.section(section):
            yield changes.owner(section, name), section, name
            for other, target in _references(changes, name) if cascade else ():
                if target in changes.config.section(other):
                    yield changes.owner(other, target), other, target


def _require(changes: Changes, section: str, name: str, *, checked: bool) -> None:
    from kcfg.kubeconfig.minify import suggest

    kind, entries = _WORDS[section], changes.config.section(section)
    if name not in entries:
        raise KubeconfigError(f"cannot delete {kind} {name}: there is none", hint=suggest(name, entries))
    users = changes.references(section, name) if checked and section != "contexts" else []
    if users:
        listed = ", ".join(dict.fromkeys(context for _, context in users))
        raise ConflictError(
            f"{kind} {name!r} is still used by {listed}: nothing was deleted",
            hint=f"delete the contexts with --cascade, or {kind} {name!r} alone with --force",
        )


def _references(changes: Changes, context: str) -> list[tuple[str, str]]:
    entry = changes.config.contexts[context]
    return [(section, entry.get(kind)) for kind, section in KINDS.items() if kind != "context" and entry.get(kind)]
