"""The exec stanza that kcfg writes, and back: it names where a credential is, and holds no secret."""

from base64 import b64encode
from typing import Any

from kcfg.kubeconfig.lines import INSTALL_HINT
from kcfg.kubeconfig.plugins import own_start
from kcfg.secrets.env import variable_name
from kcfg.secrets.ref import SecretRef, is_ref

API_VERSION = "client.authentication.k8s.io/v1"
COMMAND = "kcfg-credential"


def make_stanza(
    ref: SecretRef,
    *,
    kind: str,
    spec_name: str,
    store: dict[str, Any],
    certificate_pem: str | None = None,
    command: str = COMMAND,
) -> dict[str, Any]:
    """Return `user.exec` for a reference; `kind` is `token` or `client-certificate`.

    Everything the plugin needs is in args: at use time it reads no spec and no kubeconfig.
    """
    args = ["--kind", kind, *place_args(ref, spec_name, store)]
    if certificate_pem is not None:
        args += ["--certificate-data", b64encode(certificate_pem.encode()).decode()]
    return {
        "apiVersion": API_VERSION,
        "command": command,
        "args": args,
        "env": None,
        "installHint": INSTALL_HINT,
        "interactiveMode": "Never",
        "provideClusterInfo": False,
    }


def make_vendor_stanza(
    stanza: dict[str, Any], *, spec_name: str, environment: str, user: str, command: str = COMMAND
) -> dict[str, Any]:
    """Return another tool's `user.exec` as one that runs it with its secrets: its variables without them stay.

    What is run, and which variable gets which secret, is in the trust record alone: whoever writes a kubeconfig chooses
    neither, so an allowlist that names `kcfg-credential` (kuberc) allows no more than what the user trusted.
    """
    args = ["--spec", spec_name, *(["--environment", environment] if environment else []), "--user", user]
    env = [each for each in stanza.get("env") or [] if isinstance(each.get("value"), str) and not is_ref(each["value"])]
    return {**stanza, "command": command, "args": args, "env": env or None, "installHint": INSTALL_HINT}


def place_args(ref: SecretRef, spec_name: str, store: dict[str, Any]) -> list[str]:
    """Return the plugin's arguments that lead to a secret: its store's, and the property of its item."""
    return [*_place(ref, spec_name, store), *(["--property", ref.property] if ref.property else [])]


def _place(ref: SecretRef, spec_name: str, store: dict[str, Any]) -> list[str]:
    if ref.service:
        return ["--keyring", ref.service, "--username", ref.username]
    provider = store["provider"]
    if provider == "env":
        return ["--env", variable_name((store.get("env") or {}).get("prefix", ""), ref.key)]
    if provider == "file":
        return ["--file", f"{store['file']['directory']}/{ref.key}"]
    if provider == "command":
        return ["--command", f"{spec_name}/{store['name']}", "--key", ref.key]
    return ["--keyring", f"kcfg/{spec_name}/{ref.key}"]


def own_options(stanza: object) -> dict[str, tuple[int, str]]:
    """Return the options of a stanza that kcfg wrote, each with where its value stands in args; nothing of others."""
    args = stanza.get("args") if isinstance(stanza, dict) else None
    if not isinstance(stanza, dict) or not isinstance(args, list) or not all(isinstance(each, str) for each in args):
        return {}
    start = own_start(str(stanza.get("command") or ""), args)
    if start is None:
        return {}
    return {args[at]: (at + 1, args[at + 1]) for at in range(start, len(args) - 1, 2)}
