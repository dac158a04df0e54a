"""`kcfg issue`: a kubeconfig, or the bare credential, of a service account or of a certificate's name."""

from __future__ import annotations

import sys

from kcfg.dataclass import replace
from kcfg.errors import KcfgError
from kcfg.printing import put, put_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.accounts.objects import Grant
    from kcfg.cli.shared.borrowing import Loan
    from kcfg.cli.shared.trusting import Trust


def run(
    *,
    context: str | None,
    named: str | None,
    account: str | None,
    certificate: str | None,
    groups: list[str],
    wait: str | None,
    ttl: str,
    audiences: list[str],
    bound_object: str | None,
    revocable: bool,
    deny: list[str],
    create: bool,
    allow: list[str],
    roles: list[str],
    namespace: str | None,
    output: str,
    out: str | None,
    raw: bool,
    yes: bool,
    kubeconfig: str | None,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
    yes_protected: bool,
) -> int:
    """Ask for a token or a certificate and hand it out; what it is and may do is told on standard error."""
    from kcfg.accounts.account import parse_bound
    from kcfg.cli.shared.borrowing import borrow, borrow_certificate, certificate_wish, wish_of
    from kcfg.cli.shared.reaching import Source, open_context

    source = Source(context, named, kubeconfig, file, environment, values, False, True, yes_protected)
    if certificate is not None:
        signed = certificate_wish(certificate, groups, ttl, wait or "1m", deny)
        _require_place(output, out, raw=raw, gives="certificate")
        config, name = open_context(source, with_user=True, trust=trust)
        _hand_out(borrow_certificate(config, name, signed, namespace), output, out, raw=raw)
        return 0
    wish = replace(
        wish_of(account, ttl, deny),
        audiences=audiences,
        bound=parse_bound(bound_object) if bound_object is not None else None,
        revocable=revocable,
        grant=_grant(allow, roles, create=create),
        yes=yes,
    )
    _require_place(output, out, raw=raw, gives="token")
    config, name = open_context(source, with_user=True, trust=trust)
    _hand_out(borrow(config, name, wish, namespace), output, out, raw=raw)
    return 0


def _grant(allow: Sequence[str], roles: Sequence[str], *, create: bool) -> Grant | None:
    from kcfg.accounts.objects import parse_grant

    if not create and (allow or roles):
        raise KcfgError("--allow and --role say what --create makes", hint="add --create")
    return parse_grant(allow, roles) if create else None


def _require_place(output: str, out: str | None, *, raw: bool, gives: str) -> None:
    """Raise KcfgError before anything is asked for that could not be handed out."""
    if output != gives and output in ("token", "certificate"):
        raise KcfgError(f"-o {output}: this is a {gives}", hint=f"-o {gives} prints it")
    if out is not None and out != "-":
        if output not in ("yaml", "json"):
            raise KcfgError("--out writes a kubeconfig", hint="leave -o out")
        from kcfg.cli.shared.output import require_unread
        from kcfg.git.guard import require_private

        require_unread(out)
        require_private(out)
    elif sys.stdout.isatty() and not raw:
        raise KcfgError("refusing to print a secret to a terminal", hint="--out FILE writes it; --raw shows it")


def _hand_out(loan: Loan, output: str, out: str | None, *, raw: bool) -> None:
    from kcfg.cli.shared.output import show

    if output == "token":
        put([f"{loan.status['token']}\n".encode()])
    elif output == "certificate":
        put([f"{loan.status['clientCertificateData']}{loan.status['clientKeyData']}".encode()])
    elif output == "exec-credential":
        version, spec = "client.authentication.k8s.io/v1", {"interactive": False}
        put_json({"apiVersion": version, "kind": "ExecCredential", "spec": spec, "status": loan.status})
    else:
        show(loan.config, output, out=out, raw=raw)
