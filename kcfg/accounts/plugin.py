"""A token of the service account that a user of a spec is: what `kcfg-credential --spec NAME --user USER` runs for it.

Which account, as whom and at which servers is what the user trusted (`trust/record`). Of the client comes only which of
those servers it talks to, in KUBERNETES_EXEC_INFO; the credential of the user that asks goes nowhere else.
"""

from __future__ import annotations

import json
import os
import sys

from kcfg.accounts.account import Account, parse_bound
from kcfg.accounts.server import Server
from kcfg.accounts.token import request_token
from kcfg.connect.endpoint import make_endpoint
from kcfg.connect.plugin import CONFIG, sign_in
from kcfg.connect.trouble import Trouble
from kcfg.coredump import forbid_core_dumps
from kcfg.credential import answer, give_vendor, show_status, version_asked
from kcfg.errors import SecretError
from kcfg.exec_stanza import own_options, plugin_args
from kcfg.files import read_bytes
from kcfg.kubeconfig.model import Entry, Kubeconfig
from kcfg.restore import restored
from kcfg.spec.accounts import parse_duration
from kcfg.trust.endpoint import Endpoint as Listed
from kcfg.trust.program import asked_endpoint
from kcfg.trust.record import find_plugin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.connect.endpoint import Endpoint

_SIGN_IN = 60.0  # seconds that a plugin may take


def main() -> int:
    """Answer kubectl with the process's arguments."""
    environ = dict(os.environ)
    return answer(lambda: respond(sys.argv[1:], environ), sys.stdout, sys.stderr)


def respond(argv: list[str], environ: Mapping[str, str]) -> str:
    """Return an ExecCredential with a new token. Raises KcfgError."""
    forbid_core_dumps()
    said = dict(zip(argv[::2], argv[1::2], strict=False))
    name = said.get("--user", "")
    found = find_plugin(said.get("--spec", ""), said.get("--environment", ""), name, environ)
    info = environ.get("KUBERNETES_EXEC_INFO") or "{}"
    version = version_asked(info)
    cluster = _cluster(info, found, name)
    endpoint = _signed_in(cluster, found, environ)
    asked = found["account"]
    bound = parse_bound(asked["bound"]) if asked["bound"] else None
    account = Account(asked["namespace"], asked["name"])
    with Server(endpoint, found["via"]) as server:
        seconds = parse_duration(asked["ttl"])
        issued = request_token(server, account, seconds=seconds, audiences=asked["audiences"], bound=bound)
    return show_status(version, {"token": issued.token.reveal(), "expirationTimestamp": issued.ends})


def _cluster(info: str, found: Mapping[str, Any], user: str) -> dict[str, Any]:
    """Return the cluster that the client talks to, where the record lists it."""
    spec = json.loads(info).get("spec")
    cluster = spec.get("cluster") if isinstance(spec, dict) else None
    if not isinstance(cluster, dict) or not cluster.get("server"):
        message = "the client does not say which cluster it asks"
        raise SecretError(message, hint="its stanza needs provideClusterInfo: true; not every client reads that")
    try:
        asked = asked_endpoint(cluster)
    except ValueError:
        raise SecretError("the client's certificate-authority-data is not base64") from None
    if not any(Listed(*each).covers(asked) for each in found["servers"]):
        way = f"{asked.server} {asked.shown()}".rstrip()
        message = f"{way} is no server that you allowed for user {user!r}"
        raise SecretError(message, hint="look at the kubeconfig; if the spec says so, run `kcfg trust`")
    if not asked.server.lower().startswith("https://"):
        raise SecretError("no credential goes over http", hint="write https:// into the cluster's server")
    if "config" in cluster:
        extension = {"name": CONFIG, "extension": cluster["config"]}
        cluster = {**cluster, "extensions": [extension]} if cluster["config"] is not None else dict(cluster)
        del cluster["config"]
    return cluster


def _signed_in(cluster: dict[str, Any], found: Mapping[str, Any], environ: Mapping[str, str]) -> Endpoint:
    """Return the server, to be asked with the credential of the user that asks."""
    via = found["via"]
    config = Kubeconfig()
    config.clusters["it"] = Entry("it", cluster)
    config.users[via] = Entry(via, _given(found["user"], environ))
    config.contexts["it"] = Entry("it", {"cluster": "it", "user": via})
    passed = {name: each for name, each in environ.items() if name != "KUBERNETES_EXEC_INFO"}
    try:
        endpoint = make_endpoint(config, "it", environ, read_bytes)
        sign_in(endpoint, passed, _SIGN_IN)
    except Trouble as trouble:
        raise SecretError(f"{via}: {trouble.message}", hint=trouble.hint) from None
    return endpoint


def _given(body: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return a user of the record with what kcfg's own stanza leads to in its place: no other program finds it."""
    stanza = body.get("exec")
    options = own_options(stanza)
    if not stanza or not options:
        return body
    if "--spec" not in options:
        return restored(body, environ)
    plugin, secrets = give_vendor(plugin_args(stanza), environ)
    variables = [*(stanza.get("env") or []), *({"name": name, "value": each} for name, each in secrets.items())]
    return {**body, "exec": {**stanza, "command": plugin["path"], "args": plugin["args"], "env": variables}}


if __name__ == "__main__":
    sys.exit(main())
