"""`kcfg import`: kubeconfigs become a spec, their secrets go into a store, and the round trip is proved.

Secrets are stored, read back and compared first; then come the files, the root last. The kubeconfigs are only read:
killed anywhere, every credential is where it was.
"""

from __future__ import annotations

import os

from kcfg.cli.shared.importing import from_memory, paths_of, prove_draft, taken_in, tell_all, tell_draft
from kcfg.cli.shared.progress import watched
from kcfg.errors import KcfgError
from kcfg.printing import say, tell
from kcfg.secrets import find_placed, find_provider, new_stores, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kcfg.importing.draft import Draft
    from kcfg.importing.plan import Place
    from kcfg.importing.read import Gathered
    from kcfg.secrets.secret import Secret
    from kcfg.secrets.stores import Store

    IsFree = Callable[[str, Secret], bool]

_NOWHERE = "keep-out"  # the one choice of `--secrets` that is no provider


def run(
    *,
    files: list[str],
    into: str,
    name: str | None,
    layout: str,
    secrets: str,
    certificates: str,
    in_cluster: bool,
    unmanaged: bool,
    secrets_only: bool,
    file: str | None,
    environment: str | None,
    guess_labels: bool,
    allow_plaintext: bool,
    force: bool,
    dry_run: bool,
) -> int:
    """Import; exit 1 when something was left out or came back different."""
    from kcfg.importing.read import gather
    from kcfg.importing.write import require_free
    from kcfg.spec.find import spec_name

    if secrets_only:
        from kcfg.cli.secrets_only import run as run_secrets_only

        if unmanaged or in_cluster:
            raise KcfgError("--secrets-only changes no spec", hint="leave --unmanaged and --in-cluster out")
        return run_secrets_only(files, file, environment, force=force, dry_run=dry_run)
    if environment is not None:
        raise KcfgError("-e names the environment for --secrets-only", hint="an import makes the whole spec")
    if unmanaged:
        from kcfg.cli.unmanaged import run as run_unmanaged

        return run_unmanaged(
            files, file, as_files=certificates == "files", allow_plaintext=allow_plaintext, dry_run=dry_run
        )
    if file is not None:
        raise KcfgError(
            "-f names the spec that --unmanaged adds to, or --secrets-only fills",
            hint="--into names the folder of a new one",
        )
    require_free(into, force=force)
    found = paths_of(files, in_cluster=in_cluster)
    gathered = gather(found, in_cluster=in_cluster, environ=os.environ, watch=watched)
    place = _place(into, spec_name(name, into), layout, secrets)
    store = _store(place) if _is_stored(secrets) else None
    draft = _draft(
        gathered,
        place,
        _asking(store, dry_run=dry_run),
        as_files=certificates == "files",
        allow_plaintext=allow_plaintext,
    )
    if guess_labels:
        from kcfg.importing.labels import guess_labels as guess

        tell_all(guess(draft))
    return _finish(draft, gathered, place, store, secrets, dry_run=dry_run)


def _finish(draft: Draft, gathered: Gathered, place: Place, store: Store | None, secrets: str, *, dry_run: bool) -> int:
    """Store, write, tell, prove."""
    written = _write(draft, place, store, secrets, dry_run=dry_run)
    tell_draft(draft, gathered)
    _tell_unstored(draft, place, secrets)
    proved = _prove(draft, gathered, place, written, stored=store is not None, dry_run=dry_run)
    if not dry_run:
        into = place.directory
        tell(f"kcfg: next: kcfg validate -f {into} && kcfg diff -f {into}")
    return 0 if proved and not draft.left and not gathered.lost else 1


def _place(into: str, name: str, layout: str, secrets: str) -> Place:
    from kcfg.importing.plan import Place

    provider = find_placed(secrets) if secrets != _NOWHERE else None
    settings = provider.new_settings(name) if provider else {}
    stores: list[dict[str, Any]] = [{"name": "default", "provider": secrets, secrets: settings}] if settings else []
    return Place(into, name, layout, stores)


def _is_stored(secrets: str) -> bool:
    """Return whether kcfg stores the secrets, and not somebody else."""
    return secrets != _NOWHERE and find_provider(secrets).WRITABLE


def _store(place: Place) -> Store:
    from kcfg.secrets import open_store
    from kcfg.secrets.stores import Settings

    declaration = place.stores[0] if place.stores else {"name": "default", "provider": "keyring"}
    return open_store(Settings(declaration, spec_name=place.name, directory=place.directory, environ=os.environ))


def _draft(gathered: Gathered, place: Place, is_free: IsFree, *, as_files: bool, allow_plaintext: bool) -> Draft:
    from kcfg.files import read_bytes
    from kcfg.importing.draft import assign_keys, make_draft, place_certificates, say_besides
    from kcfg.importing.own import refer, unwrap
    from kcfg.importing.plan import leave_out_invalid

    draft = make_draft(gathered.config, read_bytes, allow_plaintext=allow_plaintext)
    say_besides(draft, gathered.more)
    refer(draft, place.name, place.stores, _commands(place))
    unwrap(draft, place.name, [*place.stores, *draft.stores], _plugin_of(place))
    place_certificates(draft, as_files=as_files, taken=taken_in(place.directory))
    assign_keys(draft, is_free, seed=place.name)
    leave_out_invalid(draft, place, allow_plaintext=allow_plaintext)
    return draft


def _commands(place: Place) -> Callable[[str], Mapping[str, Any]]:
    """Return what finds the command that the user trusts a store of this very spec to run: it comes from no file."""
    from kcfg.errors import SecretError
    from kcfg.trust.record import find_command

    def find(store: str) -> Mapping[str, Any]:
        found = find_command(place.name, store, os.environ)
        if found["directory"] != os.path.realpath(place.directory):
            raise SecretError(f"the store {store!r} belongs to {found['directory']}")
        return found

    return find


def _plugin_of(place: Place) -> Callable[[str], Mapping[str, Any]]:
    from kcfg.trust.record import find_plugin

    return lambda user: find_plugin(place.name, "", user, os.environ)


def _asking(store: Store | None, *, dry_run: bool) -> IsFree:
    """Return what says whether a key is free in the store.

    Where the store cannot answer, the error names the other choices; a dry run stores nothing, and goes on without it.
    """
    from kcfg.errors import SecretError
    from kcfg.importing.store_secrets import free_in

    is_free, silent = free_in(store), False

    def asked(key: str, secret: Secret) -> bool:
        nonlocal silent
        try:
            return silent or is_free(key, secret)
        except SecretError as error:
            if dry_run:
                silent = True
                tell(f"kcfg: note: {error.message}: whether keys are taken was not asked, names may differ")
                return True
            hint = error.hint or error.problems[0].hint
            others = ", ".join(each for each in new_stores() if each != "keyring")
            more = f"--secrets {others} or {_NOWHERE} need no keyring"
            raise SecretError(error.message, hint=f"{hint}; {more}" if hint else more) from None

    return asked


def _write(draft: Draft, place: Place, store: Store | None, secrets: str, *, dry_run: bool) -> dict[str, bytes]:
    """Store the secrets, then write the files; return those files."""
    from kcfg.importing.plan import make_files
    from kcfg.importing.store_secrets import keep
    from kcfg.importing.write import write_spec

    files = make_files(draft, place, taken=taken_in(place.directory))
    suffix = " (dry run)" if dry_run else ""
    written = draft.stored
    if store is not None and not dry_run:
        written = keep(
            draft.stored, store, spec_name=place.name, provider=secrets, environ=os.environ,
            watch=lambda stored: watched(stored, [each.ref.key for each in stored]),
        )  # fmt: skip
    fresh = {each.ref for each in written}
    for each in draft.stored if store is not None else ():
        say(f'secret "{each.ref.key}" {"created" if each.ref in fresh else "unchanged"}{suffix}')
    if dry_run:
        for path in sorted(files):
            say(f"{os.path.join(place.directory, path)} created{suffix}")
        return files
    for path, word in write_spec(place.directory, files):
        say(f"{path} {word}")
    return files


def _tell_unstored(draft: Draft, place: Place, secrets: str) -> None:
    provider = find_placed(secrets) if secrets != _NOWHERE else None
    for each in draft.stored if not _is_stored(secrets) else ():
        if provider:
            name = provider.lead(each.ref, place.name, settings_of(place.stores[0])).name
            tell(f"users.{each.user}: not stored: set {name} where kcfg runs")
        else:
            tell(f"users.{each.user}: not stored: kcfg secret set {each.ref.key}")


def _prove(
    draft: Draft, gathered: Gathered, place: Place, files: Mapping[str, bytes], *, stored: bool, dry_run: bool
) -> bool:
    """Render what was written, secrets resolved, and compare it with what was read."""
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.importing.overlay import Overlay
    from kcfg.trust.gate import Permit, check_trust

    planned = {os.path.join(place.directory, path): content for path, content in files.items()} if dry_run else {}
    tree = Overlay(planned)
    spec = load_valid(os.path.join(place.directory, "kcfg.yaml"), None, allow_plaintext=True, tree=tree)
    read_secret = Stores(spec, Permit(spec)).read if stored and not dry_run else from_memory(draft)
    if not dry_run:
        check_trust(spec, os.environ).remember()  # it came from the user's own kubeconfig
    return prove_draft(draft, gathered, spec, read_secret, tree.read)
