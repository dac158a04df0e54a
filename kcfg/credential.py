"""The exec plugin: a reference in argv → one ExecCredential on stdout. kubectl starts it on every call.

stdout is one JSON object or empty; a failure is one line on stderr that says what to do. It never prompts.
"""

import sys

from kcfg.coredump import forbid_core_dumps
from kcfg.errors import KcfgError, SecretError
from kcfg.expiry import certificate_expiry, now, token_expiry
from kcfg.plainjson import parse_json, quote_json
from kcfg.secrets import find_placed, flag_of, forms_at, leads, provider_at
from kcfg.secrets.secret import Secret, pick_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TextIO

_GROUP = "client.authentication.k8s.io/"
_AROUND = ("--kind", "--property", "--certificate-data")  # what does not say where the secret is


def main() -> int:
    """Run the plugin with the process's arguments."""
    from os import _exit, environ

    try:
        code = handle(sys.argv[1:], environ, sys.stdout, sys.stderr)
        sys.stderr.flush()
    except KeyboardInterrupt:
        code = 130
    # Python's orderly end takes longer than the question to the keyring, and has nothing to do here.
    _exit(code)


def handle(argv: list[str], env: "Mapping[str, str]", out: "TextIO", err: "TextIO") -> int:
    """Answer one request; return the exit code. The only thing written to `out` is the credential."""
    if argv in (["-h"], ["--help"]):
        out.write(
            "usage: kcfg-credential --kind token|client-certificate --keyring SERVICE | --env NAME | --file PATH\n"
            "       kcfg-credential --spec NAME [--environment NAME] --user USER [-- COMMAND ...]\n"
        )
        out.flush()
        return 0
    if argv[:1] == ["--spec"]:
        return answer(lambda: _become(argv, env), out, err)
    return answer(lambda: _respond(argv, env), out, err)


def answer(give: "Callable[[], str | int]", out: "TextIO", err: "TextIO") -> int:
    """Write what `give` returns, or one line that says why there is nothing; return the exit code, or its own."""
    try:
        if out.isatty():
            raise SecretError("refusing to print a secret to a terminal: this command is for kubectl")
        given = give()
        if isinstance(given, int):
            return given
        out.write(given)
        out.flush()
    except KcfgError as error:
        hint = error.hint or error.problems[0].hint
        from kcfg.printing import printable

        err.write(printable(" ".join(f"kcfg: {error.message}{'; ' + hint if hint else ''}".split())) + "\n")
        return 1
    except Exception as error:
        # A traceback has many lines, and an exception's text could be the secret's.
        err.write(f"kcfg: cannot answer kubectl ({type(error).__name__}); this is a bug in kcfg, please report it\n")
        return 1
    return 0


def give_status(argv: list[str], env: "Mapping[str, str]") -> dict[str, str]:
    """Return the status of an ExecCredential for a stanza's arguments. Raises SecretError."""
    options, secret = give_secret(argv, env)
    status = _token(secret) if options["--kind"] == "token" else _pair(secret, options)
    _note(options, env)
    return status


def give_secret(argv: list[str], env: "Mapping[str, str]") -> tuple[dict[str, str], Secret]:
    """Return what a stanza's arguments say, and the stored value that they lead to. Raises SecretError."""
    options = _parse(argv)
    forbid_core_dumps()
    return options, _picked(options, env)


def give_vendor(argv: list[str], env: "Mapping[str, str]") -> "tuple[dict[str, Any], dict[str, str]]":
    """Return another tool's plugin, as the trust record has it, and its secret variables. Raises SecretError."""
    from kcfg.vendor import plugin_of

    forbid_core_dumps()

    def read(place: list[str]) -> Secret:
        options = _options(place)
        secret = _picked(options, env)
        _note(options, env)
        return secret

    return plugin_of(argv, env, read)


def _note(options: dict[str, str], env: "Mapping[str, str]") -> None:
    """Note in the user's log what is handed out. Where there is none, this is one look at the disk, and no import.

    The place is `state_path("log", env)`: that module costs more than the look.
    """
    from os import path

    base = env.get("XDG_STATE_HOME") or ""
    if not path.isabs(base):
        base = path.join(env.get("HOME") or path.expanduser("~"), ".local", "state")
    if path.lexists(path.join(base, "kcfg", "log.json")):
        from kcfg.log import add_placed

        add_placed(options, env)


def _become(argv: list[str], env: "Mapping[str, str]") -> "str | int":
    """Become another tool's plugin, or return what it gave a short while ago where the user wants that kept."""
    from kcfg.vendor import answer_vendor, become_vendor, hint_of

    plugin, secrets = give_vendor(argv, env)
    kept = answer_vendor(argv, plugin, secrets, env)
    if kept is None:
        return become_vendor(([plugin["path"], *plugin["args"]], {**env, **secrets}), hint=hint_of(plugin))
    return kept.code or kept.text


def _vendors_answer(argv: list[str], env: "Mapping[str, str]") -> str:
    from kcfg.vendor import answer_vendor, ask_vendor, failed, hint_of

    plugin, secrets = give_vendor(argv, env)
    kept = answer_vendor(argv, plugin, secrets, env)
    if kept is None:
        return ask_vendor(([plugin["path"], *plugin["args"]], {**env, **secrets}), hint=hint_of(plugin))
    if kept.code:
        raise failed(plugin["path"], kept.code)
    return kept.text


def _respond(argv: list[str], env: "Mapping[str, str]") -> str:
    if argv[:1] == ["--spec"]:
        return _vendors_answer(argv, env)
    version = version_asked(env.get("KUBERNETES_EXEC_INFO") or "{}")
    if argv[:1] != ["--session"]:
        return show_status(version, give_status(argv, env))
    from kcfg.session import session_status

    if len(argv) != 2:
        raise SecretError("arguments are missing", hint="kcfg shell writes them")
    forbid_core_dumps()
    return show_status(version, session_status(argv[1], env, _respond))


def _options(argv: list[str]) -> dict[str, str]:
    lead = _lead(argv[::2])
    known = {*_AROUND, *(flag for form in forms_at(lead) for flag in form)}
    options: dict[str, str] = {}
    for flag, value in zip(argv[::2], argv[1::2], strict=False):
        if flag not in known or flag in options:
            raise SecretError(f"unknown or repeated argument {flag!r}", hint="kcfg render writes the arguments")
        options[flag] = value
    return options


def _lead(flags: "Iterable[str]") -> str:
    """Return the flag that leads to the secret."""
    return next((flag for flag in flags if leads(flag)), "")


def _parse(argv: list[str]) -> dict[str, str]:
    options = _options(argv)
    if len(argv) % 2 or options.get("--kind") not in ("token", "client-certificate"):
        raise SecretError("arguments are missing", hint="kcfg render writes them; see kcfg-credential --help")
    return options


def show_status(version: str, status: dict[str, str]) -> str:
    """Return an ExecCredential as text."""
    fields = ",".join(f'"{name}":{quote_json(value)}' for name, value in status.items())
    return f'{{"apiVersion":"{version}","kind":"ExecCredential","status":{{{fields}}}}}\n'


def version_asked(exec_info: str) -> str:
    """Return the API that kubectl asks in. Raises SecretError."""
    try:
        found = parse_json(exec_info)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SecretError("KUBERNETES_EXEC_INFO is not the JSON object that kubectl sets")
    asked = found.get("apiVersion", _GROUP + "v1")
    if asked not in (_GROUP + "v1", _GROUP + "v1beta1"):
        raise SecretError(f"unknown ExecCredential version {asked!r}", hint="kcfg speaks v1 and v1beta1")
    return str(asked)


def _picked(options: dict[str, str], env: "Mapping[str, str]") -> Secret:
    lead = _lead(options)
    if not lead:
        raise SecretError("no place of the secret is named", hint="kcfg render writes the arguments")
    provider = find_placed(provider_at(lead))
    if provider is None:
        return _ask_store(lead, options, env)
    secret = provider.read_at(options, env)
    return pick_property(secret, options["--property"]) if "--property" in options else secret


def _ask_store(lead: str, options: dict[str, str], env: "Mapping[str, str]") -> Secret:
    """Return a secret of a store whose settings are those that the user trusted."""
    from kcfg.secrets import open_store, picks_property
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Settings
    from kcfg.trust.record import declared_store, find_command

    spec_name, _, name = options[lead].rpartition("/")
    found = find_command(spec_name, name, env)
    declaration = declared_store(name, found)
    if flag_of(declaration["provider"]) != lead:
        message = f"{spec_name}/{name} is another kind of store by now"
        raise SecretError(message, hint="kcfg render writes the arguments")
    settings = Settings(declaration, directory=found["directory"], environ=env, trusted=True, show=_shown_argv)
    ref = SecretRef(options.get("--key", ""), property=options.get("--property", ""))
    store = open_store(settings)

    def pick(secret: Secret) -> Secret:
        return pick_property(secret, ref.property) if ref.property and not picks_property(declaration) else secret

    if declaration["provider"] == "command":
        from kcfg.cache.setting import read_setting

        if read_setting(env) is not None:
            from kcfg.kept import read_once

            return read_once(store, ref, found, env, pick)  # type: ignore[arg-type]
    return pick(store.read(ref))


def _shown_argv(argv: list[str], filled: "Callable[[str], str]") -> str:
    from kcfg.kubeconfig.plugins import shown_store

    return shown_store(argv, filled)


def _token(secret: Secret) -> dict[str, str]:
    token = secret.reveal().strip()
    if not token or not token.isprintable():
        raise SecretError("the stored token is empty or holds control characters", hint="store it again")
    return {"token": token, **_expiry("token", token_expiry(token))}


def _expiry(what: str, ends: str) -> dict[str, str]:
    if not ends:
        return {}
    if ends <= now():
        # kubectl would ask again with every request, and then say no more than "Unauthorized".
        raise SecretError(f"the stored {what} expired at {ends}", hint="get a new one: kcfg secret set stores it")
    return {"expirationTimestamp": ends}


def _pair(secret: Secret, options: dict[str, str]) -> dict[str, str]:
    certificate, key = _split(secret.reveal())
    if "--certificate-data" in options:
        from binascii import a2b_base64

        try:
            certificate = a2b_base64(options["--certificate-data"]).decode()
        except ValueError:
            raise SecretError("--certificate-data is not base64 of PEM", hint="kcfg render writes it") from None
    from kcfg.pem import chain_only, private_key_only

    certificate, pem = chain_only(certificate.encode()).decode(), private_key_only(key.encode())
    if not certificate or pem is None:
        raise SecretError(
            "the stored item does not hold certificate and key in PEM as kubectl reads it",
            hint="`kcfg secret check` says what is wrong",
        )
    expiry = _expiry("certificate", certificate_expiry(certificate))
    return {"clientCertificateData": certificate, "clientKeyData": pem.decode(), **expiry}


def _split(value: str) -> tuple[str, str]:
    if value.lstrip().startswith("{"):
        try:
            found = parse_json(value)
        except ValueError:
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("clientKeyData"), str):
            raise SecretError("the stored item is JSON, but holds no clientKeyData", hint="store it again")
        return str(found.get("clientCertificateData") or ""), found["clientKeyData"]
    return value, value
