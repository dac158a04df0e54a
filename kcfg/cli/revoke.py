"""`kcfg revoke`: the end of tokens that `kcfg issue` handed out, before their time."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError, count
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.accounts.account import Account
    from kcfg.accounts.issued import Entry
    from kcfg.accounts.server import Server
    from kcfg.cli.shared.trusting import Trust


def run(
    *,
    context: str | None,
    named: str | None,
    account: str | None,
    delete: bool,
    list_only: bool,
    yes: bool,
    kubeconfig: str | None,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
    yes_protected: bool,
) -> int:
    """End the tokens of an account; exit 1 where one lives on."""
    from kcfg.accounts.account import parse_account
    from kcfg.accounts.issued import read_issued
    from kcfg.cli.shared.borrowing import address, lender
    from kcfg.cli.shared.consent import require_consent
    from kcfg.cli.shared.reaching import Source, open_context

    if list_only:
        _list(read_issued(os.environ))
        return 0
    if account is None:
        raise KcfgError("no service account is named", hint="--service-account NAMESPACE/NAME; --list shows which")
    wanted = parse_account(account)
    source = Source(context, named, kubeconfig, file, environment, values, False, True, yes_protected)
    config, name = open_context(source, with_user=True, trust=trust)
    with lender(config, name) as server:
        mine = [each for each in read_issued(os.environ) if _is_of(each, address(server), wanted)]
        if delete:
            what = f"Delete what `kcfg issue` made for {wanted} in {name}, and with the account every token of it?"
            require_consent(what, yes=yes, refused="nothing was deleted")
            return _delete(server, wanted, mine)
        return _end(server, wanted, mine)


def _is_of(entry: Entry, server: str, account: Account) -> bool:
    return (entry.server, entry.namespace, entry.account) == (server, account.namespace, account.name)


def _end(server: Server, account: Account, mine: list[Entry]) -> int:
    """Delete the Secrets that tokens are bound to; tell which tokens live on."""
    from kcfg.accounts.issued import forget
    from kcfg.accounts.objects import delete_anchor

    ended = [each for each in mine if each.secret]
    for each in ended:
        delete_anchor(server, account, each.secret)
        say(f"token of {account} until {each.ends} revoked")
    forget(lambda entry: entry in ended, os.environ)
    left = [each for each in mine if not each.secret]
    if left:
        last = max(each.ends for each in left)
        tell(f"kcfg: error: {count(len(left), 'token')} of {account} cannot be revoked alone, the last ends at {last}")
        tell("kcfg: hint: --delete ends all tokens with the account; issue with --revocable to end one alone")
        return 1
    if not ended:
        say(f"no token of {account} on {server.context} that kcfg issued here lives")
    return 0


def _delete(server: Server, account: Account, mine: list[Entry]) -> int:
    from kcfg.accounts.issued import forget
    from kcfg.accounts.objects import delete_anchor, delete_made

    gone = delete_made(server, account)
    for each in mine:
        if each.secret and delete_anchor(server, account, each.secret):
            gone.append(f"secret/{each.secret}")
    for name in gone:
        say(f"{name} deleted")
    if f"serviceaccount/{account.name}" not in gone and server.find(account.path) is not None:
        tell(f"kcfg: error: the account {account} was not made by kcfg: it stays, and so do tokens that are not bound")
        tell("kcfg: hint: kubectl delete serviceaccount ends all of its tokens")
        forget(lambda entry: entry in mine and bool(entry.secret), os.environ)
        return 1
    forget(lambda entry: entry in mine, os.environ)
    return 0


def _list(entries: list[Entry]) -> None:
    from kcfg.cli.shared.tables import show_table

    rows = [
        [each.context, f"{each.namespace}/{each.account}", each.ends, "yes" if each.secret else "with the account"]
        for each in entries
    ]
    if rows:
        show_table(("CONTEXT", "SERVICE ACCOUNT", "ENDS", "REVOCABLE"), rows)
    else:
        tell("kcfg: no token that kcfg issued here lives")
