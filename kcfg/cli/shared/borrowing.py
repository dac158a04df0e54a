"""What `issue`, `revoke` and `exec --as-service-account` share: a token, and what it may do, told or refused."""

from __future__ import annotations

import os
from base64 import b64encode

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError, count
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kcfg.accounts.account import Account, Bound
    from kcfg.accounts.objects import Grant
    from kcfg.accounts.rights import Rights
    from kcfg.accounts.server import Server
    from kcfg.kubeconfig.model import Body, Kubeconfig

_SHOWN = 12  # rules
# What programs need and what grants nothing: no keyring's bus, no agent's socket, no cloud's variables.
_TERMINAL = ("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "LANG", "LANGUAGE", "TZ")
_PLACES = ("HOME", "USER", "LOGNAME", "SHELL", "PATH", "PWD", "TMPDIR", "EDITOR", "VISUAL", "PAGER", "CI")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_KEPT = {*_TERMINAL, *_PLACES, *_PROXIES, *(each.lower() for each in _PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR"}


@dataclass(frozen=True, slots=True)
class Wish:
    """Which account, for how long, and what it must not be allowed; a grant is what to make where it is missing."""

    account: Account
    seconds: int
    audiences: Sequence[str] = ()
    bound: Bound | None = None
    revocable: bool = False
    deny: Sequence[str] = ()
    grant: Grant | None = None
    yes: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Loan:
    """What was handed out: a kubeconfig of one context with its own user, and that user's ExecCredential status."""

    config: Kubeconfig
    status: dict[str, str]


@dataclass(frozen=True, slots=True)
class CertificateWish:
    """Whose certificate, in which groups, for how long; how many seconds may pass until somebody approves it."""

    name: str
    groups: Sequence[str]
    seconds: int
    wait: float
    deny: Sequence[str] = ()


def certificate_wish(name: str, groups: Sequence[str], ttl: str, wait: str, deny: Sequence[str]) -> CertificateWish:
    """Return what the options mean. Raises KcfgError, also for names that the cluster keeps to itself."""
    from kcfg.accounts.token import require_seconds
    from kcfg.cli.shared.times import parse_time

    if not name or not name.isprintable() or not all(each and each.isprintable() for each in groups):
        raise KcfgError("--certificate and --group take names", hint="--certificate jane --group developers")
    if any(each == "system:masters" for each in groups):
        # CertificateSubjectRestriction, on by default, refuses it as well.
        raise KcfgError("no cluster signs a certificate for system:masters", hint="bind cluster-admin to another group")
    _require_words(deny)
    return CertificateWish(name, groups, require_seconds(parse_time("--ttl", ttl)), parse_time("--wait", wait), deny)


def wish_of(account: str | None, ttl: str, deny: Sequence[str]) -> Wish:
    """Return what the options of every borrowing command mean. Raises KcfgError."""
    from kcfg.accounts.account import parse_account
    from kcfg.accounts.token import require_seconds
    from kcfg.cli.shared.times import parse_time

    if account is None:
        raise KcfgError("no service account is named", hint="--service-account NAMESPACE/NAME")
    _require_words(deny)
    return Wish(parse_account(account), require_seconds(parse_time("--ttl", ttl)), deny=deny)


def _require_words(deny: Sequence[str]) -> None:
    from kcfg.accounts.rights import DENIABLE

    if not {*deny} <= DENIABLE.keys():
        raise KcfgError("--deny: an unknown word", hint=f"one of {', '.join(DENIABLE)}")


def borrow(config: Kubeconfig, context: str, wish: Wish, namespace: str | None = None) -> Loan:
    """Ask for a token as the context's user, tell what it may do, and return it. Raises KcfgError.

    What may more than it should is not handed out, and its token ends where it can be ended.
    """
    from kcfg.accounts.issued import Entry, remember
    from kcfg.accounts.objects import delete_anchor
    from kcfg.accounts.token import request_token

    account = wish.account
    with lender(config, context) as server:
        _make(server, wish)
        bound = _anchor(server, account) if wish.revocable else wish.bound
        try:
            issued = request_token(server, account, seconds=wish.seconds, audiences=wish.audiences, bound=bound)
            token = issued.token.reveal()
            lent = _lent(config, context, account.user, {"token": token}, namespace or account.namespace)
            _look(server, lent, wish.deny, account.namespace, str(account), issued.ends)
        except KcfgError:
            if wish.revocable and bound is not None:
                delete_anchor(server, account, bound.name)
            raise
        secret = bound.name if wish.revocable and bound is not None else ""
        remember(Entry(address(server), context, account.namespace, account.name, issued.ends, secret), os.environ)
    return Loan(lent, {"token": token, "expirationTimestamp": issued.ends})


def borrow_certificate(config: Kubeconfig, context: str, wish: CertificateWish, namespace: str | None = None) -> Loan:
    """Have the cluster sign a certificate for a key made here, tell what it may do, return both. Raises KcfgError."""
    from kcfg.accounts.certificate import request_certificate

    def waiting(called: str) -> None:
        tell(f"kcfg: waiting for somebody who may: kubectl certificate approve {called}")

    with lender(config, context) as server:
        signed = request_certificate(
            server, wish.name, wish.groups, seconds=wish.seconds, wait=wish.wait, tell_waiting=waiting
        )
        key = signed.key.reveal()
        pair = {"client-certificate-data": signed.certificate, "client-key-data": key}
        body = {field: b64encode(text.encode()).decode() for field, text in pair.items()}
        lent = _lent(config, context, wish.name, body, namespace)
        where = namespace or lent.contexts[context].get("namespace") or "default"
        _look(server, lent, wish.deny, where, wish.name, f"{signed.ends}, which nothing ends sooner")
    status = {"clientCertificateData": signed.certificate, "clientKeyData": key, "expirationTimestamp": signed.ends}
    return Loan(lent, status)


def _lent(config: Kubeconfig, context: str, user: str, body: Body, namespace: str | None) -> Kubeconfig:
    """Return the kubeconfig of a borrowed identity, with the content of the cluster's files."""
    from kcfg.accounts.config import lend
    from kcfg.files import read_bytes
    from kcfg.kubeconfig.flatten import flatten
    from kcfg.run.config import single

    return flatten(lend(single(config, context), context, user, body, namespace), read_bytes)


def _look(lending: Server, lent: Kubeconfig, deny: Sequence[str], namespace: str, who: str, ends: str) -> None:
    """Tell who it is, until when, and what it may do; raise KcfgError where that is more than it should."""
    from kcfg.accounts.server import Server
    from kcfg.cli.shared.reaching import reach

    with Server(reach(lent, lending.context, with_user=True), lending.context) as borrowed:
        _require_less(lending, borrowed, deny, namespace, who)
        tell(f"kcfg: {who} on {lending.context}, until {ends}")
        _tell_rights(borrowed, namespace)


def lender(config: Kubeconfig, context: str) -> Server:
    """Return the server of a context, asked as its own user, whose plugin runs for it."""
    from kcfg.accounts.server import Server
    from kcfg.cli.shared.reaching import reach, sign_in

    endpoint = reach(config, context, with_user=True)
    sign_in(endpoint, context)
    return Server(endpoint, context)


def address(server: Server) -> str:
    """Return the URL by which a server is remembered."""
    from kcfg.gourl import bracketed

    endpoint = server.endpoint
    return f"{endpoint.scheme}://{bracketed(endpoint.host)}:{endpoint.port}{endpoint.prefix}"


def kept(environ: Mapping[str, str], names: Sequence[str] = ()) -> dict[str, str]:
    """Return the part of an environment that a program gets which is to have the token and nothing more."""
    return {name: value for name, value in environ.items() if name in _KEPT or name in names or name.startswith("LC_")}


def _make(server: Server, wish: Wish) -> None:
    """Show and create what is missing, with consent."""
    if wish.grant is None:
        return
    from kcfg.accounts.objects import create, missing
    from kcfg.cli.shared.consent import require_consent
    from kcfg.kubeconfig.printed import printed_yaml

    manifests = missing(server, wish.account, wish.grant)
    if not manifests:
        return
    for manifest in manifests:
        tell("---")
        for line in printed_yaml(manifest).splitlines():
            tell(line)
    require_consent(
        f"Create {count(len(manifests), 'object')} in {server.context}?", yes=wish.yes, refused="nothing was created"
    )
    for manifest in manifests:
        create(server, manifest)
        tell(f"{manifest['kind'].lower()}/{manifest['metadata']['name']} created")


def _anchor(server: Server, account: Account) -> Bound:
    from secrets import token_hex

    from kcfg.accounts.objects import anchor

    return anchor(server, account, token_hex(4))


def _require_less(server: Server, borrowed: Server, deny: Sequence[str], namespace: str, who: str) -> None:
    """Raise KcfgError where the identity may do what was denied."""
    if not deny:
        return
    from kcfg.accounts.rights import denied, namespaces_of

    namespaces, is_all = namespaces_of(server, namespace)
    found = [f"{act} {f'in {where}' if where else 'everywhere'}" for act, where in denied(borrowed, deny, namespaces)]
    if found:
        more = f", and {len(found) - 3} more" if len(found) > 3 else ""
        raise KcfgError(
            f"{who} may {'; '.join(found[:3])}{more}: nothing was handed out",
            hint=f"--deny {' --deny '.join(deny)} refuses it: take the right away, or use another account",
        )
    if not is_all:
        tell("kcfg: note: --deny was asked for its own namespace and for everywhere: not all others can be listed")


def _tell_rights(borrowed: Server, namespace: str) -> None:
    from kcfg.accounts.rights import ask_rights, risks, summary

    try:
        rights = ask_rights(borrowed, namespace)
    except KcfgError as error:  # a token for another audience is not for this server
        tell(f"kcfg: note: what it may do is not known: {error.message}")
        return
    _tell_rules(rights, summary(rights))
    for risk in risks(rights):
        tell(f"kcfg: warning: it {risk}")


def _tell_rules(rights: Rights, rules: list[str]) -> None:
    whole = "" if rights.is_whole else " (the server does not know all of it)"
    tell(f"in {rights.namespace} it may{whole}:" if rules else f"in {rights.namespace} it may do nothing yet{whole}")
    for line in rules[:_SHOWN]:
        tell(f"  {line}")
    if len(rules) > _SHOWN:
        tell(f"  … {len(rules) - _SHOWN} more rules")
