"""The kubeconfig of a borrowed identity: the cluster as it was, a user that is the token, nothing else. Pure."""

from __future__ import annotations

from kcfg.kubeconfig.model import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.accounts.account import Account
    from kcfg.accounts.token import Issued
    from kcfg.kubeconfig.model import Kubeconfig


def lend(
    config: Kubeconfig, context: str, account: Account, issued: Issued, namespace: str | None = None
) -> Kubeconfig:
    """Return a kubeconfig of one context, whose files are in it already, with the token as its only user.

    The namespace is the account's, where no other is wanted.
    """
    result = config.copy()
    entry = result.contexts[context]
    result.users = {account.user: Entry(account.user, {"token": issued.token.reveal()})}
    entry.body = {**entry.body, "user": account.user, "namespace": namespace or account.namespace}
    return result
