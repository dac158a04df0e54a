"""`kcfg import --unmanaged`: what a kubeconfig has and the spec does not know goes into the files it belongs in.

Known is what has a name in the spec. Secrets are stored first; the spec's files change together.
"""

from __future__ import annotations

import os

from kcfg.cli.shared.progress import watched
from kcfg.dataclass import replace
from kcfg.errors import SpecError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.importing.draft import Draft
    from kcfg.importing.read import Gathered
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret
    from kcfg.spec.edit import SpecEdit
    from kcfg.spec.spec import Spec


def run(files: list[str], file: str | None, *, as_files: bool, allow_plaintext: bool, dry_run: bool) -> int:
    """Add to the spec; exit 1 when something was left out or came back different."""
    from kcfg.cli.shared.importing import tell_draft
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.spec.editing import open_spec
    from kcfg.files import read_bytes
    from kcfg.importing.draft import make_draft, say_besides

    edit = open_spec(file)
    gathered = _unknown(files, edit.spec)
    draft = make_draft(gathered.config, read_bytes, allow_plaintext=allow_plaintext)
    say_besides(draft, gathered.more)
    stores = Stores(edit.spec)
    _place(draft, edit, stores, as_files=as_files)
    changed = _fit(draft, edit.spec, allow_plaintext=allow_plaintext)
    if not dry_run:
        _keep(draft, edit.spec, stores)
    _write(draft, edit.spec, changed, dry_run=dry_run)
    tell_draft(draft, gathered)
    _tell_unstored(draft, stores)
    proved = _prove(draft, gathered, edit.spec, changed, stores, dry_run=dry_run)
    return 0 if proved and not draft.left and not gathered.lost else 1


def _unknown(files: list[str], spec: Spec) -> Gathered:
    """Return the entries whose names the spec has not, neither as written nor with its variables filled in."""
    from kcfg.cli.shared.importing import paths_of
    from kcfg.importing.read import gather
    from kcfg.kubeconfig.model import SECTIONS
    from kcfg.spec.environments import resolve

    whole, _ = resolve(spec, None, lenient=True)
    found = paths_of(files, in_cluster=False)
    gathered = gather(found, in_cluster=False, environ=os.environ, first_wins=not files, watch=watched)
    for section in SECTIONS:
        known = {*getattr(spec, section), *getattr(whole, section)}
        entries = gathered.config.section(section)
        setattr(gathered.config, section, {name: each for name, each in entries.items() if name not in known})
    gathered.aside.clear()  # a spec that exists has said what it wants
    return gathered


def _place(draft: Draft, edit: SpecEdit, stores: Stores, *, as_files: bool) -> None:
    """Give certificates and secrets their places, as the file sees them that the entry goes to."""
    from kcfg.cli.shared.importing import taken_in
    from kcfg.importing.draft import assign_keys, place_certificates
    from kcfg.importing.own import refer, unwrap
    from kcfg.importing.store_secrets import free_in
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.secrets import declared_secrets, store_declaration
    from kcfg.trust.record import find_plugin

    root = edit.spec.root.directory
    declared = [store_declaration(edit.spec, name) for name in edit.spec.secret_stores]
    refer(draft, edit.spec.name, declared)
    unwrap(draft, edit.spec.name, declared, lambda user: find_plugin(edit.spec.name, "", user, os.environ))
    place_certificates(draft, as_files=as_files, taken=taken_in(root))
    for section, found in draft.entries.items():
        home = edit.home(section).directory
        for each in found.values():
            for name in each.pem:
                if name in each.value:
                    each.value[name] = os.path.relpath(os.path.join(root, each.value[name]), home or ".")
    used = {each.ref.key for each in declared_secrets(edit.spec)}
    ref = SecretRef("x")
    needed = any(each.secrets for each in draft.entries["users"].values())
    free = free_in(stores.of(ref) if needed and stores.is_writable(ref) else None)
    assign_keys(draft, lambda key, secret: key not in used and free(key, secret), seed=edit.spec.name)


def _fit(draft: Draft, spec: Spec, *, allow_plaintext: bool) -> dict[str, bytes]:
    """Return the changed files of the spec, without the entries that would make it invalid."""
    from collections import Counter

    from kcfg.files import read_bytes
    from kcfg.importing.overlay import Overlay
    from kcfg.importing.plan import checked_in
    from kcfg.spec.edit import SpecEdit
    from kcfg.spec.files import DISK

    _, before = checked_in(DISK, spec.root.file, allow_plaintext=allow_plaintext)
    known = Counter((each.rule, each.message) for each in before)
    while True:
        edit = SpecEdit(spec)
        at = {}
        for section, found in draft.entries.items():
            for name, each in found.items():
                source = edit.add(section, each.value)
                at[source.file, f"{section}[{len(edit.value(source)[section]) - 1}]"] = (section, name)
        files = edit.files(read_bytes)
        tree = Overlay(files | _certificates(draft, spec))
        _, after = checked_in(tree, spec.root.file, allow_plaintext=allow_plaintext)
        new = [each for each in after if (each.rule, each.message) not in known]
        if not new:
            return files
        for problem in new:
            head, _, field = problem.path.partition(".")
            entry = at.get((problem.location.file if problem.location else "", head))
            if entry is None:
                raise SpecError("the spec would not be valid any more: nothing was written", problems=new)
            if entry not in draft.left:
                draft.leave_out(*entry, f"{field}: {problem.message}" if field else problem.message)


def _certificates(draft: Draft, spec: Spec) -> dict[str, bytes]:
    """Return the new certificate files that entries of the draft still refer to."""
    used = {content for found in draft.entries.values() for each in found.values() for content in each.pem.values()}
    return {
        os.path.join(spec.root.directory, path): content for path, content in draft.files.items() if content in used
    }


def _keep(draft: Draft, spec: Spec, stores: Stores) -> None:
    from kcfg.importing.store_secrets import keep
    from kcfg.trust.gate import remember_secret

    stored = [each for each in draft.stored if stores.is_writable(each.ref)]
    if not stored:
        return
    ref = stored[0].ref  # all go to the default store
    for each in stored:
        remember_secret(spec, each.ref, os.environ)
    written = keep(stored, stores.of(ref), spec_name=spec.name, provider=stores.provider(ref), environ=os.environ)
    for each in stored:
        say(f'secret "{each.ref.key}" {"created" if each in written else "unchanged"}')


def _write(draft: Draft, spec: Spec, changed: dict[str, bytes], *, dry_run: bool) -> None:
    from kcfg.cli.spec.editing import write
    from kcfg.spec.edit import WRAPPERS, SpecEdit

    edit = SpecEdit(spec)
    if not dry_run:
        write(spec, changed, _certificates(draft, spec))
    suffix = " (dry run)" if dry_run else ""
    for section, found in draft.entries.items():
        for name in found:
            say(f'{WRAPPERS[section]} "{name}" created in {edit.home(section).file}{suffix}')
    if not changed:
        say(f"{spec.root.file} unchanged{suffix}")


def _tell_unstored(draft: Draft, stores: Stores) -> None:
    for each in draft.stored:
        if not stores.is_writable(each.ref):
            place = stores.of(each.ref).describe(each.ref)
            tell(f"users.{each.user}: not stored: give its {each.found.name} to {place}")


def _prove(
    draft: Draft, gathered: Gathered, spec: Spec, changed: dict[str, bytes], stores: Stores, *, dry_run: bool
) -> bool:
    """Compare the new entries alone: nobody needs the secrets of the others."""
    from kcfg.cli.shared.importing import from_memory, prove_draft
    from kcfg.importing.overlay import Overlay
    from kcfg.importing.plan import checked_in
    from kcfg.spec.files import DISK
    from kcfg.spec.load import read_spec

    if not changed:
        return True
    tree = Overlay(changed | _certificates(draft, spec)) if dry_run else DISK
    whole, _ = checked_in(tree, spec.root.file)
    if whole is None:
        raise SpecError("the spec cannot be read back", problems=read_spec(spec.root.file, tree)[1])
    new = replace(
        whole,
        clusters={name: each for name, each in whole.clusters.items() if name in draft.entries["clusters"]},
        users={name: each for name, each in whole.users.items() if name in draft.entries["users"]},
        contexts={name: each for name, each in whole.contexts.items() if name in draft.entries["contexts"]},
    )
    remembered = from_memory(draft)

    def read_secret(ref: SecretRef) -> Secret:
        return stores.of(ref).read(ref) if not dry_run and stores.is_writable(ref) else remembered(ref)

    return prove_draft(draft, gathered, new, read_secret, tree.read)
