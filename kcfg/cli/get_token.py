"""`kcfg get-token`: print what a context's user signs in with."""

from __future__ import annotations

import os
import sys

from kcfg.printing import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.reaching import Source
    from kcfg.cli.shared.trusting import Trust

_ASKED = "KCFG_GET_TOKEN"  # contexts that are being asked: one whose plugin is this command would ask for ever


def run(
    *,
    context: str | None,
    named: str | None,
    output: str,
    reveal: bool,
    kubeconfig: str | None,
    in_cluster: bool,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
) -> int:
    """Print an ExecCredential or a token; onto a terminal only with --reveal."""
    from kcfg.cli.shared.reaching import Source
    from kcfg.connect.exec_credential import version_asked
    from kcfg.errors import SecretError

    source = Source(context, named, kubeconfig, file, environment, values, in_cluster)
    if sys.stdout.isatty() and not reveal:
        raise SecretError("refusing to print a secret to a terminal", hint="kcfg get-token --reveal")
    version = version_asked(os.environ.get("KUBERNETES_EXEC_INFO", ""))
    status = read(source, trust=trust)
    if output == "token":
        if "token" not in status:
            raise SecretError("the context's user has a certificate, no token", hint="leave -o token out")
        put([f"{status['token']}\n".encode()])
        return 0
    from kcfg.printing import put_json

    put_json({"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}, "status": status})
    return 0


def read(source: Source, *, trust: Trust) -> dict[str, str]:
    """Return an ExecCredential's status, from a store, a kubeconfig or a plugin."""
    from kcfg.cli.shared.reaching import open_context, reach, sign_in
    from kcfg.connect.exec_credential import make_status
    from kcfg.errors import KcfgError

    config, name = open_context(source, with_user=True, trust=trust)
    asked = os.environ.get(_ASKED, "").split("\n")
    if name in asked:
        raise KcfgError(f"{name}: its plugin asks for itself", hint="get-token of a context needs another plugin")
    endpoint = reach(config, name, with_user=True)
    credential = sign_in(endpoint, name, {**os.environ, _ASKED: "\n".join([*asked, name])})
    return make_status(endpoint, credential.ends if credential else "")
