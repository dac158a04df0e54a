"""`kcfg rename` and `kcfg rename-context`: a new name, and references that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kcfg.errors import KcfgError, KubeconfigError

if TYPE_CHECKING:
    from kcfg.kubeconfig.change import Changes

KINDS = {"context": "contexts", "cluster": "clusters", "user": "users"}


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
    edit(kubeconfig, lambda changes: rename(changes, kind, old, new), break_lock=break_lock)
    print(f"{kind.capitalize()} {quoted(old)} renamed to {quoted(new)}.")
    return 0


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
    if new == old:
        return
    if new in entries:
        raise KubeconfigError(f"cannot rename the {kind} {old!r}: {new!r} exists already", hint="choose another name")
    if not new:
        raise KubeconfigError(f"cannot rename the {kind} {old!r} to nothing")
    if section == "contexts" and changes.config.current_context == old:
        changes.set_current_context(new)
    if section != "contexts":
        for path, context in changes.references(section, old):
            changes.refer(path, context, section, new)
    changes.rename(section, old, new)
