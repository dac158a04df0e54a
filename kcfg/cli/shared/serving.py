"""Which users of a spec kcfg's plugin serves: it knows what `kcfg trust` remembers, and no `--trust` of a run."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.spec import Spec
    from kcfg.trust.gate import Permit


def why_unserved(spec: Spec, user: str) -> KcfgError | None:
    """Return what the plugin would refuse a user with; None where it gives that user's credential, or has none to."""
    from kcfg.delivery import wraps
    from kcfg.secrets import is_recorded
    from kcfg.spec.accounts import account_of
    from kcfg.spec.references import references_of
    from kcfg.spec.secrets import store_declaration
    from kcfg.trust.record import find_command, find_plugin

    declared = spec.users.get(user)
    if declared is None:
        return None
    account = account_of(declared.entry)
    try:
        if account is not None or wraps(declared.entry):
            find_plugin(spec.name, spec.environment or "", user, os.environ)
        for ref in references_of(declared.entry):
            store = store_declaration(spec, ref.store)
            if not ref.service and is_recorded(str(store["provider"])):
                find_command(spec.name, str(store["name"]), os.environ)
    except KcfgError as error:
        return error
    return why_unserved(spec, account.via) if account is not None else None


def _refused(spec: Spec, contexts: Iterable[str]) -> Iterator[tuple[str, KcfgError]]:
    """Yield the contexts whose user is a service account that the plugin would refuse a token, with the reason."""
    from kcfg.delivery import is_account

    for name in contexts:
        error = why_unserved(spec, spec.contexts[name].entry.user or "") if is_account(spec, name) else None
        if error is not None:
            yield (
                name,
                KcfgError(
                    f"kcfg-credential asks for its tokens, and {error.message}",
                    hint="run `kcfg trust` first: --trust and --trust-from are for this run, "
                    "the plugin does not know them",
                ),
            )


def require_served(spec: Spec, contexts: Iterable[str]) -> None:
    """Raise KcfgError for a context whose user is a service account that the plugin would refuse a token."""
    for name, error in _refused(spec, contexts):
        raise KcfgError(f"{name}: {error.message}", hint=error.hint)


def serve(config: Kubeconfig, spec: Spec, contexts: Iterable[str], permit: Permit) -> dict[str, KcfgError]:
    """Put credentials into a rendered kubeconfig, in memory, where the plugin would refuse them.

    Return the contexts that cannot be served so, with the reason: service accounts, whose tokens it asks for.
    """
    from kcfg.cli.shared.stores import Stores
    from kcfg.delivery import is_account
    from kcfg.rendering import RenderOptions, render

    names = [name for name in contexts if name in spec.contexts]
    refused = dict(_refused(spec, names))
    some = [
        name
        for name in names
        if not is_account(spec, name) and why_unserved(spec, spec.contexts[name].entry.user or "") is not None
    ]
    if some:
        read = Stores(spec, permit).hand_out(some)
        config.users |= render(spec, RenderOptions("inline"), contexts=some, read_secret=read).users
    return refused
