"""`kcfg spec set-credentials`: kubectl's flags, on a spec; a secret goes into the store, the spec gets a reference.

The secret is stored, read back and compared before the spec changes.
"""

from __future__ import annotations

import os

from kcfg.errors import KcfgError
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.importing.entries import Found
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.edit import SpecEdit

_FIELDS = {"token": "token", "password": "password", "client-key-data": "client_key"}


def run(*, name: str, file: str | None, **given: Any) -> int:
    """Create or change a user."""
    from kcfg.cli.set_credentials import check, refuse_secrets
    from kcfg.cli.spec.editing import open_spec, plan, tell_edit, write
    from kcfg.cli.spec.set_cluster import change_entry

    if not name:
        raise KcfgError("you must specify a non-empty user name")
    check({**given, "client_key": given["client_key"]})
    refuse_secrets(given, in_spec=True)
    edit = open_spec(file)
    found = _secrets(given, _certificate(edit, name, given))
    refs = {each.path[0]: _reference(edit, name, each) for each in found}

    def work(body: dict[str, Any], directory: str) -> None:
        _change(body, given, {str(field): str(ref) for field, ref in refs.items()}, directory)

    source, existed = change_entry(edit, "users", name, work)
    files = plan(edit)
    changed = _keep(edit, name, [(each, refs[each.path[0]]) for each in found])
    write(edit.spec, files)
    tell_edit("user", name, source, existed=existed, wrote=bool(files) or changed)
    return 0


def _certificate(edit: SpecEdit, name: str, given: dict[str, Any]) -> str | None:
    """Return the PEM text of the certificate that the user will have, to be compared with the key."""
    from kcfg.cli.set_cluster import read_certificates
    from kcfg.spec.secrets import DeclaredSecret

    if given["client_certificate"]:
        return read_certificates(given["client_certificate"], "client-certificate", None).decode()
    if given["client_certificate"] is not None or name not in edit.spec.users:
        return None
    from kcfg.secrets.ref import SecretRef

    return DeclaredSecret(SecretRef(), "client-key", users=[edit.spec.users[name]]).certificates(edit.spec.read)[0]


def _secrets(given: dict[str, Any], certificate: str | None) -> list[Found]:
    """Read and check the secrets that are given."""
    from kcfg.cli.set_cluster import read_file
    from kcfg.cli.shared.editing import secret_input
    from kcfg.importing.entries import Found
    from kcfg.secrets.pair import split_pair
    from kcfg.secrets.secret import Secret
    from kcfg.secrets.value import check_kind, mend_key

    found = []
    for flag, what in (("token", "Token"), ("password", "Password")):
        value = secret_input(given[flag], f"--{flag}", what)
        if value:
            found.append(Found((flag,), flag, flag, Secret(value)))
    if given["client_key"]:
        value, note = mend_key(read_file(given["client_key"]))
        if note:
            tell(f"kcfg: note: {note}")
        key = split_pair(value)[1]
        found.append(Found(("client-key-data",), "client-key", "client-key", Secret(key), certificate))
    for each in found:
        check_kind(each.secret, each.kind, certificate=each.certificate)
    return found


def _reference(edit: SpecEdit, name: str, found: Found) -> SecretRef:
    """Return the reference that the field has already, or a new one whose key nothing else has."""
    from kcfg.cli.shared.stores import Stores
    from kcfg.importing.draft import choose_key
    from kcfg.importing.store_secrets import free_in
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.references import reference, secret_fields
    from kcfg.spec.secrets import declared_secrets

    if name in edit.spec.users:
        entry = edit.spec.users[name].entry
        for path, value in secret_fields(entry):
            if path == found.path and not (isinstance(value, str) and not value.startswith("ref+")):
                return _plain(reference(value), found)
    used = {each.ref.key: found.secret for each in declared_secrets(edit.spec)}
    store = Stores(edit.spec).of(SecretRef("x"))
    free = free_in(store)
    key = choose_key(name, found, used, lambda key, secret: key not in used and free(key, secret), edit.spec.name)
    return SecretRef(key)


def _plain(ref: SecretRef, found: Found) -> SecretRef:
    if ref.property:
        raise KcfgError(
            f"the {found.name} is a field of the JSON secret {ref.key!r}", hint=f"kcfg secret set {ref.key} < FILE"
        )
    return ref


def _keep(edit: SpecEdit, name: str, secrets: list[tuple[Found, SecretRef]]) -> bool:
    """Store secrets, read back and compare; return whether one changed."""
    from kcfg.cli.shared.stores import Stores
    from kcfg.importing.draft import Stored
    from kcfg.importing.store_secrets import keep

    changed = False
    stores = Stores(edit.spec)
    for found, ref in secrets:
        wrote = keep(
            [Stored(name, found, ref)],
            stores.of(ref),
            spec_name=edit.spec.name,
            provider=stores.provider(ref),
            environ=os.environ,
            replace=True,
        )
        say(f'secret "{ref.key}" {"configured" if wrote else "unchanged"}')
        changed = changed or bool(wrote)
    return changed


def _change(body: dict[str, Any], given: dict[str, Any], refs: dict[str, str], directory: str) -> None:
    """Change a user's fields as kubectl does, references in the place of secrets."""
    from kcfg.cli.set_cluster import read_certificates
    from kcfg.cli.set_credentials import change
    from kcfg.cli.spec.editing import relative

    before = {field: body.get(field) for field in refs}
    changed = dict(given)
    for flag in ("token", "password"):
        changed[flag] = refs.get(flag, given[flag])
    if given["client_key"]:
        changed["client_key"] = None
    field, path = "client-certificate", given["client_certificate"]
    embed = given["embed_certs"] and path
    change(body, changed, {field: read_certificates(path, field, None)} if embed else {})
    if given["client_certificate"] and not embed:
        body["client-certificate"] = relative(given["client_certificate"], directory)
    if "client-key-data" in refs:
        body.pop("client-key", None)
        body["client-key-data"] = refs["client-key-data"]
    # The long form of a reference stays as it was written.
    body.update({field: each for field, each in before.items() if each is not None and _names(each) == refs[field]})
    if isinstance(body.get("exec"), dict):
        body["exec"] = {field: each for field, each in body["exec"].items() if each not in (None, False)}


def _names(value: Any) -> str:
    from kcfg.secrets.ref import ref_from_mapping

    return str(ref_from_mapping(value["secretRef"])) if isinstance(value, dict) else str(value)
