"""Users whose credentials kcfg's plugin gives → users that hold them: the way back from `kcfg secret migrate`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from kcfg.credential import give_status, give_vendor
from kcfg.errors import SecretError
from kcfg.exec_stanza import direct_stanza, own_options, plugin_args
from kcfg.kubeconfig.model import Body
from kcfg.secrets import noun_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_VENDOR = "--spec"


def place_of(body: Body) -> str:
    """Return where a user's credential is, in words; "" for users that kcfg's plugin does not serve."""
    options = own_options(body.get("exec"))
    found = next((flag for flag in options if flag == _VENDOR or noun_at(flag)), "")
    if not found:
        return ""
    value = options[found][1]
    if found != _VENDOR:
        return f"{noun_at(found)} {value}"
    user = f" of {options['--user'][1]}" if "--user" in options else ""
    what = "the plugin" if direct_stanza(body["exec"]) is not body["exec"] else "the plugin and secrets"
    return f"{what} of {value}{user}"


def restored(body: Body, environ: Mapping[str, str]) -> Body:
    """Return a user with its credential in place of kcfg's stanza: a token, a pair, another tool's plugin with its
    variables. Raises SecretError when the plugin could not give it either."""
    stanza: dict[str, Any] = body["exec"]
    kept = {name: value for name, value in body.items() if name != "exec"}
    if (direct := direct_stanza(stanza)) is not stanza:
        return {**kept, "exec": direct}
    args, env = plugin_args(stanza), stanza.get("env") or []
    given = {**environ, **{str(each.get("name")): str(each.get("value") or "") for each in env}}
    if _VENDOR in own_options(stanza):
        plugin, secrets = give_vendor(args, given)
        if "account" in plugin:
            raise SecretError("its tokens are asked for at each use: there is none to restore")
        variables = [*env, *({"name": name, "value": value} for name, value in secrets.items())]
        return {**kept, "exec": {**stanza, "command": plugin["command"], "args": plugin["args"], "env": variables}}
    status = give_status(args, given)
    if "token" in status:
        return {**kept, "token": status["token"]}
    pair = {"client-certificate-data": "clientCertificateData", "client-key-data": "clientKeyData"}
    return {**kept, **{field: b64encode(status[name].encode()).decode() for field, name in pair.items()}}
