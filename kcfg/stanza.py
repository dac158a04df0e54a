"""The exec stanza that kcfg writes: it names where a credential is, and holds no secret."""

from base64 import b64encode
from typing import Any

from kcfg.kubeconfig.lines import INSTALL_HINT
from kcfg.secrets.env import variable_name
from kcfg.secrets.ref import SecretRef

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
    args = ["--kind", kind, *_place(ref, spec_name, store)]
    if ref.property:
        args += ["--property", ref.property]
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
