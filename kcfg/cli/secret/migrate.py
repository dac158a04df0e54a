"""`kcfg secret migrate`: credentials go from a kubeconfig into the keyring.

Every item is stored, read back and compared before the file changes, and the file changes in one step: killed anywhere,
a credential is in the file or in the keyring. An item with another value is never overwritten.
"""

from __future__ import annotations

import os

from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.document import KubeconfigFile
    from kcfg.kubeconfig.model import Body, Kubeconfig
    from kcfg.migrate import Left, Move, ReadFile
    from kcfg.secrets.keyring import KeyringStore

    Keys = list[tuple[Move, str]]
_MAX_CLASHES = 100


def run(
    *,
    kubeconfig: str,
    name: str | None,
    credential_command: str,
    dry_run: bool,
    keep_backup: bool,
    delete_key_files: bool,
    break_lock: bool,
) -> int:
    """Move what can be moved; exit 1 when a secret stays in the file."""
    from kcfg.cli.secret.users import replace_users
    from kcfg.git.guard import require_private
    from kcfg.kubeconfig.file import load_file
    from kcfg.lock import remove_left_over
    from kcfg.migrate import left_secrets, make_migration
    from kcfg.secrets.keyring import service_name

    _require(kubeconfig)
    spec_name = _spec_name(name, kubeconfig)
    file = load_file(kubeconfig)
    migration = make_migration(file.config, _reader(kubeconfig))
    keys = _keys(migration.moves, spec_name, kubeconfig)
    bodies = _bodies(file, keys, spec_name, credential_command)
    if keys and not dry_run:
        if keep_backup:
            require_private(f"{os.path.realpath(file.path)}.kcfg-backup")
        _store(keys, spec_name)
        if keep_backup:
            _back_up(file)
        replace_users(file, bodies, break_lock=break_lock)
        _remember_where(file, keys, spec_name, kubeconfig)
    for move, key in keys:
        say(f'user "{move.user}" {"would move" if dry_run else "moved"} to {service_name(spec_name, key)}')
    if not keys:
        if not dry_run:
            remove_left_over(kubeconfig)
        say(f"{kubeconfig} unchanged")
    _tell_files([move for move, _ in keys], file, delete=delete_key_files and not dry_run)
    _tell_command(credential_command if keys else "")
    left = left_secrets(_after(file, bodies), migration.reasons)
    _tell_left(left, [move for move, _ in keys], kubeconfig if not dry_run else "")
    return 1 if left else 0


def _require(kubeconfig: str) -> None:
    from kcfg.errors import FileError, Location

    if not os.path.isfile(kubeconfig):
        raise FileError("no such file", location=Location(kubeconfig), hint="name the kubeconfig to migrate")


def _spec_name(name: str | None, kubeconfig: str) -> str:
    from kcfg.errors import KcfgError
    from kcfg.secrets.ref import key_fault, slug_key

    if name is None:
        stem = os.path.basename(kubeconfig).partition(".")[0]
        return "kubeconfig" if stem in ("", "config") else slug_key(stem)
    if key_fault(name) or "/" in name:
        raise KcfgError("--name: expected [a-z0-9][a-z0-9._-]*", hint=f"--name {slug_key(name)}")
    return name


def _reader(kubeconfig: str) -> ReadFile:
    from kcfg.files import read_bytes

    directory = os.path.dirname(os.path.abspath(kubeconfig))
    return lambda path: read_bytes(os.path.join(directory, path))


def _keys(moves: list[Move], spec_name: str, kubeconfig: str) -> Keys:
    """Choose each item's key: the user's name as a slug, with a hash where it is taken by something else."""
    if not moves:
        return []
    store = _open(spec_name)
    chosen: dict[str, Move] = {}
    for move in moves:
        for key in _candidates(move.user, kubeconfig):
            if key not in chosen and _is_free(store, key, move):
                chosen[key] = move
                break
        else:
            from kcfg.errors import SecretError

            raise SecretError(f"no free item name for user {move.user!r}", hint="choose another --name")
    return [(move, key) for key, move in chosen.items()]


def _candidates(user: str, kubeconfig: str) -> list[str]:
    from hashlib import sha256

    from kcfg.secrets.ref import slug_key

    slug = slug_key(user)
    seed = f"{os.path.realpath(kubeconfig)}\0{user}"
    marks = (
        sha256(f"{seed}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:8] for number in range(_MAX_CLASHES)
    )
    return [slug, *(f"{slug}-{mark}" for mark in marks)]


def _is_free(store: KeyringStore, key: str, move: Move) -> bool:
    from kcfg.errors import SecretNotFound
    from kcfg.secrets.ref import SecretRef

    try:
        return store.read(SecretRef(key)).reveal() == move.secret.reveal()
    except SecretNotFound:
        return True


def _open(spec_name: str) -> KeyringStore:
    from kcfg.secrets.keyring import KeyringStore

    return KeyringStore(spec_name, os.environ)


def _store(keys: Keys, spec_name: str) -> None:
    from kcfg.errors import SecretError
    from kcfg.expiry import now
    from kcfg.secrets.index import record_item
    from kcfg.secrets.keyring import service_name
    from kcfg.secrets.library import backend_name
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.value import validity_of

    store = _open(spec_name)
    for move, key in keys:
        ref = SecretRef(key)
        if not _is_free(store, key, move):
            raise SecretError(f"{store.describe(ref)} was just stored by someone else", hint="try again")
        store.write(ref, move.secret)
        if store.read(ref).reveal() != move.secret.reveal():
            raise SecretError(f"{store.describe(ref)} does not read back as it was stored", hint="nothing was removed")
        kind = "other" if move.property else move.kind
        validity = validity_of(move.secret, kind)
        name = service_name(spec_name, key)
        record_item(name, backend=backend_name(), kind=kind, now=now(), environ=os.environ, validity=validity)


def _remember_where(file: KubeconfigFile, keys: Keys, spec_name: str, kubeconfig: str) -> None:
    """Remember for the trust gate that these secrets went to these servers: a spec of that name may send them there."""
    from kcfg.trust.reach import endpoints_of, keyring_credential
    from kcfg.trust.record import add_to_record

    credentials = {move.user: keyring_credential(spec_name, key) for move, key in keys}
    endpoints = endpoints_of(file.config, credentials, _reader(kubeconfig))
    add_to_record(spec_name, "", os.environ, endpoints=endpoints)


def _back_up(file: KubeconfigFile) -> None:
    from kcfg.errors import FileError, Location
    from kcfg.files import write_atomic

    path = f"{os.path.realpath(file.path)}.kcfg-backup"
    if os.path.lexists(path):
        raise FileError("a backup is there already", location=Location(path), hint="move it away first")
    write_atomic(path, file.raw or b"", secret=True)
    tell(f"{path} holds the credentials in plain text: delete it when kubectl works")


def _bodies(file: KubeconfigFile, keys: Keys, spec_name: str, command: str) -> dict[str, Body]:
    """Return the users that move, with the stanza in place of their credential."""
    from kcfg.cli.shared.own import wants_clusters
    from kcfg.exec_stanza import with_cluster
    from kcfg.migrate import rewritten

    users = file.config.users
    found = {
        move.user: rewritten(users[move.user].body, move, key, spec_name=spec_name, command=command)
        for move, key in keys
    }
    if wants_clusters(file.path):
        found = {user: {**body, "exec": with_cluster(body["exec"])} for user, body in found.items()}
    return found


def _after(file: KubeconfigFile, bodies: dict[str, Body]) -> Kubeconfig:
    """Return what the file says once everything has moved."""
    import copy

    config = copy.deepcopy(file.config)
    for user, body in bodies.items():
        config.users[user].body = body
    return config


def _tell_files(moves: list[Move], file: KubeconfigFile, *, delete: bool) -> None:
    """Key files may serve others: they go only when asked, and not while another user of this file has them."""
    directory = os.path.dirname(os.path.abspath(file.path))
    moved = {move.user for move in moves}
    used = {
        os.path.realpath(os.path.join(directory, entry.body["client-key"]))
        for name, entry in file.config.users.items()
        if name not in moved and entry.body.get("client-key")
    }
    for path in sorted({os.path.realpath(os.path.join(directory, move.key_file)) for move in moves if move.key_file}):
        if delete and path not in used:
            os.unlink(path)
            say(f"{path} deleted")
        else:
            tell(f"{path} still holds its key: delete it if nothing else uses it")


def _tell_command(command: str) -> None:
    from shutil import which

    if command and which(command) is None:
        tell(f"kcfg: warning: kubectl will not find {command!r} on PATH")


def _tell_left(left: list[Left], moves: list[Move], kubeconfig: str) -> None:
    for move in moves:
        if move.note:
            tell(f"users.{move.user}: {move.note}")
    for each in left:
        tell(f"{each.where}: not moved: {each.reason}")
    if kubeconfig and moves:
        from kcfg.files import read_bytes

        text = read_bytes(kubeconfig)
        for move in moves:
            if move.kind == "token" and not move.property and move.secret.reveal().encode() in text:
                tell(f"users.{move.user}: the token is also in a comment or elsewhere in the file")
