"""The exec plugin: a reference in argv → one ExecCredential on stdout. kubectl starts it on every call.

stdout is one JSON object or empty; a failure is one line on stderr that says what to do. It never prompts.
"""

import sys

from kcfg.errors import KcfgError, SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from kcfg.secrets.secret import Secret

_GROUP = "client.authentication.k8s.io/"
_FLAGS = (
    "--kind",
    "--keyring",
    "--username",
    "--env",
    "--file",
    "--command",
    "--key",
    "--property",
    "--certificate-data",
)


def main() -> int:
    """Run the plugin with the process's arguments."""
    from os import environ

    return handle(sys.argv[1:], environ, sys.stdout, sys.stderr)


def handle(argv: list[str], env: "Mapping[str, str]", out: "TextIO", err: "TextIO") -> int:
    """Answer one request; return the exit code. The only thing written to `out` is the credential."""
    if argv in (["-h"], ["--help"]):
        out.write(
            "usage: kcfg-credential --kind token|client-certificate --keyring SERVICE | --env NAME | --file PATH\n"
        )
        return 0
    try:
        if out.isatty():
            raise SecretError("refusing to print a secret to a terminal: this command is for kubectl")
        answer = _answer(_parse(argv), env)
    except KcfgError as error:
        hint = error.hint or error.problems[0].hint
        err.write(" ".join(f"kcfg: {error.message}{'; ' + hint if hint else ''}".split()) + "\n")
        return 1
    out.write(answer)
    out.flush()
    return 0


def _parse(argv: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for flag, value in zip(argv[::2], argv[1::2], strict=False):
        if flag not in _FLAGS or flag in options:
            raise SecretError(f"unknown or repeated argument {flag!r}", hint="kcfg render writes the arguments")
        options[flag] = value
    if len(argv) % 2 or options.get("--kind") not in ("token", "client-certificate"):
        raise SecretError("arguments are missing", hint="kcfg render writes them; see kcfg-credential --help")
    return options


def _answer(options: dict[str, str], env: "Mapping[str, str]") -> str:
    import json

    version = _version(env)
    secret = _read(options, env)
    if "--property" in options:
        from kcfg.secrets.secret import pick_property

        secret = pick_property(secret, options["--property"])
    status = _token(secret) if options["--kind"] == "token" else _pair(secret, options)
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}) + "\n"


def _version(env: "Mapping[str, str]") -> str:
    import json

    try:
        asked = json.loads(env.get("KUBERNETES_EXEC_INFO") or "{}").get("apiVersion", _GROUP + "v1")
    except (ValueError, AttributeError):
        raise SecretError("KUBERNETES_EXEC_INFO is not the JSON object that kubectl sets") from None
    if asked not in (_GROUP + "v1", _GROUP + "v1beta1"):
        raise SecretError(f"unknown ExecCredential version {asked!r}", hint="kcfg speaks v1 and v1beta1")
    return str(asked)


def _read(options: dict[str, str], env: "Mapping[str, str]") -> "Secret":
    if "--env" in options:
        from kcfg.secrets.secret import Secret

        value = env.get(options["--env"])
        if not value:
            raise SecretError(f"environment variable {options['--env']} is not set")
        return Secret(value)
    if "--file" in options:
        from kcfg.secrets.file import read_secret_file

        return read_secret_file(options["--file"])
    if "--keyring" in options:
        from kcfg.secrets.keyring import USERNAME, read_item

        return read_item(options["--keyring"], options.get("--username", USERNAME), env)
    if "--command" in options:
        return _run_command(options, env)
    raise SecretError("no place of the secret is named", hint="kcfg render writes the arguments")


def _run_command(options: dict[str, str], env: "Mapping[str, str]") -> "Secret":
    from kcfg.secrets.command import CommandStore
    from kcfg.secrets.ref import SecretRef
    from kcfg.trust import find_command

    spec_name, _, name = options["--command"].rpartition("/")
    command = find_command(spec_name, name, env)
    store = CommandStore(command["argv"], float(command["timeout"]), env, command["directory"])
    store.trusted, store.name = True, name
    return store.read(SecretRef(options.get("--key", ""), property=options.get("--property", "")))


def _token(secret: "Secret") -> dict[str, str]:
    token = secret.reveal().strip()
    if not token or not token.isprintable():
        raise SecretError("the stored token is empty or holds control characters", hint="store it again")
    status = {"token": token}
    if expires := _jwt_expiry(token):
        status["expirationTimestamp"] = expires
    return status


def _jwt_expiry(token: str) -> str:
    parts = token.split(".")
    if len(parts) != 3 or not token.startswith("eyJ"):
        return ""
    import binascii
    import json
    import time

    body = parts[1].replace("-", "+").replace("_", "/")
    try:
        expires = json.loads(binascii.a2b_base64(body + "=" * (-len(body) % 4)))["exp"]
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(expires)))
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return ""


def _pair(secret: "Secret", options: dict[str, str]) -> dict[str, str]:
    value = secret.reveal()
    certificate, key = _split(value)
    if "--certificate-data" in options:
        import binascii

        certificate = binascii.a2b_base64(options["--certificate-data"]).decode()
    if not certificate or "-----BEGIN" not in key:
        raise SecretError("the stored item does not hold certificate and key in PEM", hint="store it again")
    return {"clientCertificateData": certificate, "clientKeyData": key}


def _split(value: str) -> tuple[str, str]:
    if value.lstrip().startswith("{"):
        import json

        try:
            found = json.loads(value)
            return str(found.get("clientCertificateData") or ""), str(found["clientKeyData"])
        except (ValueError, KeyError):
            raise SecretError("the stored item is JSON, but holds no clientKeyData", hint="store it again") from None
    end = "-----END CERTIFICATE-----"
    at = value.rfind(end) + len(end) if end in value else 0
    return value[:at], value[at:].lstrip()
