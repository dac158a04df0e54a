"""`kcfg spec delete`: entries of a spec go, and nothing that is still needed goes with them."""

from __future__ import annotations

from kcfg.cli.shared.entries import choose_entry, lacks_name, parse_names
from kcfg.cli.spec.editing import open_spec, plan, write
from kcfg.errors import ConflictError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.edit import SpecEdit

Deleted = list[tuple[str, str, str]]  # section, name, file


def run(*, words: list[str], cascade: bool, file: str | None) -> int:
    """Delete and say what went, and from which file."""
    from kcfg.spec.edit import WRAPPERS

    edit = open_spec(file)
    if chosen := lacks_name(words, edit.spec.contexts):
        words = choose_entry(words, lambda section: getattr(edit.spec, section), "kcfg spec delete")
    section, names = parse_names(words, edit.spec.contexts, "kcfg spec delete")
    deleted = _delete(edit, section, list(dict.fromkeys(names)), cascade=cascade)
    uncovered = [line for where, name, _ in deleted for line in others(edit, where, name)]
    secrets = _secrets(edit, [name for where, name, _ in deleted if where == "users"])
    files = plan(edit)
    if chosen:
        from kcfg.cli.shared.consent import require_consent

        entries = ", ".join(f"{WRAPPERS[where]} {name!r}" for where, name, _ in deleted)
        require_consent(f"Delete {entries} from the spec?", yes=False, refused="nothing was deleted")
    write(edit.spec, files)
    for where, name, path in deleted:
        say(f'{WRAPPERS[where]} "{name}" deleted from {path}')
    for line in (*uncovered, *secrets):
        tell(line)
    return 0


def _delete(edit: SpecEdit, section: str, names: list[str], *, cascade: bool) -> Deleted:
    deleted: Deleted = []
    contexts = {name: each.entry for name, each in edit.spec.contexts.items()}
    for name in names:
        declared = edit.find(section, name)
        if section != "contexts":
            _require_unused(section, name, list(contexts.values()))
            _require_no_via(edit, section, name, names)
        edit.remove(declared)
        deleted.append((section, name, declared.source.file))
        if section == "contexts":
            gone = contexts.pop(name)
            for where, kind, other in (("clusters", "cluster", gone.cluster), ("users", "user", gone.user or "")):
                used = any(getattr(each, kind) == other for each in contexts.values())
                used = used or (where == "users" and bool(_accounts_via(edit, other, [name for _, name, _ in deleted])))
                entries = getattr(edit.spec, where)
                if cascade and not used and other in entries and entries[other].path[0] == where:
                    edit.remove(entries[other])
                    deleted.append((where, other, entries[other].source.file))
    return deleted


def _require_unused(section: str, name: str, contexts: list[object]) -> None:
    kind = section[:-1]
    users = [getattr(each, "name", "") for each in contexts if getattr(each, kind) == name]
    if users:
        raise ConflictError(
            f"{kind} {name!r} is still used by {', '.join(users)}: nothing was deleted",
            hint="delete the contexts too: kcfg spec delete CONTEXT --cascade",
        )


def _require_no_via(edit: SpecEdit, section: str, name: str, gone: list[str]) -> None:
    if section == "users" and (users := _accounts_via(edit, name, gone)):
        raise ConflictError(
            f"user {name!r} asks for the tokens of {', '.join(users)}: nothing was deleted",
            hint=f"delete those first: kcfg spec delete user {users[0]}",
        )


def _accounts_via(edit: SpecEdit, name: str, gone: list[str]) -> list[str]:
    """Return the users that are service accounts by the credential of a user, besides those that go as well."""
    from kcfg.spec.accounts import account_of

    found = ((each, account_of(declared.entry)) for each, declared in edit.spec.users.items() if each not in gone)
    return [each for each, account in found if account is not None and account.via == name]


def others(edit: SpecEdit, section: str, name: str) -> list[str]:
    """Return a warning where another file declares an entry of this name, which was overridden and counts now."""
    mine = getattr(edit.spec, section)[name].source
    return [
        f'warning: {source.file} has another {section[:-1]} "{name}": it counts now'
        for source in edit.spec.sources
        if source is not mine and any(each.name == name for each in getattr(source.model, section))
    ]


def _secrets(edit: SpecEdit, users: list[str]) -> list[str]:
    """Say which secrets nothing refers to any more: deleting them is another decision."""
    from kcfg.spec.secrets import declared_secrets

    return [
        f"secret {each.name!r} is in its store still: `kcfg secret ls` lists what is undeclared"
        for each in declared_secrets(edit.spec)
        if {used.rpartition("/")[0] for used in each.used_by} <= set(users)
    ]
