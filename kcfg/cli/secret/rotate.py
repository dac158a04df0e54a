"""`kcfg secret rotate`: a new value is stored beside the old, tried on the servers, and only then takes its place."""

from __future__ import annotations

import os
from contextlib import suppress

from kcfg.errors import ConflictError, KcfgError, SecretError, SecretNotFound, count, listed
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.shared.trusting import Trust
    from kcfg.connect.probe import Report
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Spec

_BESIDE = ".next"  # of the key, while the new value is tried
_SECONDS = 15.0
_MOST = 20  # servers that are asked


def run(
    *,
    key: str,
    no_try: bool,
    yes: bool,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
    command: list[str],
) -> int:
    """Rotate one secret; exit 1 where no server knows the new value: the old one is still the secret then."""
    from kcfg.cache.cache import clear_cache
    from kcfg.cli.secret.given import check_value, read_value, value_of
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.run.output import output_of
    from kcfg.secrets.secret import MAX_BYTES
    from kcfg.spec.secrets import declared_secrets, find_secret

    spec = load_valid(file, environment, values)
    secret = find_secret(declared_secrets(spec), key)
    stores = Stores(spec, require_permit(spec, trust))
    old = _old(stores, secret)
    new = value_of(output_of(command, MAX_BYTES), secret) if command else read_value(secret)
    if new.reveal() == old.reveal():
        raise ConflictError(f"{secret.name}: the new value is the old one: nothing was rotated")
    validity = check_value(stores, secret, new)
    store, beside = stores.of(secret.ref), _beside(secret.ref)
    store.write(beside, new)
    try:
        if not no_try:
            _try(spec, stores, secret, old, store.read(beside), yes=yes)
        store.write(secret.ref, new)
        if store.read(secret.ref).reveal() != new.reveal():
            raise SecretError(f"{store.describe(secret.ref)} does not read back as it was stored", hint="try again")
    finally:
        with suppress(SecretError):
            store.delete(beside)
    clear_cache(os.environ)
    say(f'secret "{secret.name}" rotated')
    stores.remember(secret.ref, secret.kind, validity)
    if inlined := _inlined(spec, secret):
        tell(f"kcfg: note: {listed(inlined, 3)} had it inlined: `kcfg apply` writes the new value there")
    return 0


def _old(stores: Stores, secret: DeclaredSecret) -> Secret:
    if not stores.is_writable(secret.ref):
        what = f"{secret.name} is in a {stores.provider(secret.ref)} store, where kcfg stores nothing"
        raise SecretError(what, hint="rotate it where it lives")
    old = stores.stored(secret.ref)
    if old is None:
        raise SecretNotFound(f"{secret.name} is not stored", hint=f"kcfg secret set {secret.name}")
    return old


def _beside(ref: SecretRef) -> SecretRef:
    """Return the place of the new value while it is tried."""
    from kcfg.secrets.ref import SecretRef

    if ref.service:
        return SecretRef(store=ref.store, service=f"{ref.service}{_BESIDE}", username=ref.username)
    return SecretRef(f"{ref.key}{_BESIDE}", store=ref.store)


def _try(spec: Spec, stores: Stores, secret: DeclaredSecret, old: Secret, new: Secret, *, yes: bool) -> None:
    """Sign in with the new value wherever the spec sends it. Raises KcfgError where a server does not know it.

    One that knew the old value as somebody else is asked about.
    """
    from kcfg.cli.shared.consent import require_consent

    names = _contexts(spec, secret)
    if not names:
        raise KcfgError(f"no context uses {secret.name}: it cannot be tried", hint="--no-try rotates it untried")
    if len(names) > _MOST:
        tell(f"kcfg: note: the first {_MOST} of {count(len(names), 'context')} are asked")
    reports = _ask(spec, stores, secret, new, names[:_MOST])
    if failed := [each for each in reports if each.trouble]:
        told = failed[0].trouble
        assert told is not None
        raise ConflictError(
            f"{failed[0].context}: with the new value: {told.message}; {secret.name} is as it was",
            hint=told.hint or "--no-try rotates it untried",
        )
    before = {each.context: each.identity for each in _ask(spec, stores, secret, old, names[:_MOST])}
    for each in reports:
        was, now = before.get(each.context), each.identity
        if was is not None and now is not None and was.username != now.username:
            question = f"{each.context}: the new value is {now.username!r}, the old one {was.username!r}. Rotate?"
            require_consent(question, yes=yes, refused=f"{secret.name} is as it was")
    tell(f"kcfg: {listed([each.context for each in reports], 3)}: the new value works")


def _contexts(spec: Spec, secret: DeclaredSecret) -> list[str]:
    users = {each.rpartition("/")[0] for each in secret.used_by}
    return [name for name, declared in spec.contexts.items() if declared.entry.user in users]


def _ask(spec: Spec, stores: Stores, secret: DeclaredSecret, value: Secret, names: list[str]) -> list[Report]:
    from kcfg.cli.shared.asking import ask
    from kcfg.rendering import RenderOptions, render

    def read(ref: SecretRef) -> Secret:
        return value if _item(ref) == _item(secret.ref) else stores.read(ref)

    config = render(spec, RenderOptions("inline"), contexts=names, read_secret=read)
    return ask(config, names, seconds=_SECONDS, at_once=len(names), with_credentials=True)


def _item(ref: SecretRef) -> tuple[str, str, str, str]:
    return ref.store, ref.key, ref.service, ref.username


def _inlined(spec: Spec, secret: DeclaredSecret) -> list[str]:
    from kcfg.delivery import inlined_user

    return [
        name for name in dict.fromkeys(each.rpartition("/")[0] for each in secret.used_by) if inlined_user(spec, name)
    ]
