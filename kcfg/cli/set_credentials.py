"""`kcfg set-credentials`: kubectl's flags and meaning, but no secret from the command line."""

from __future__ import annotations

from kcfg.cli.set_cluster import put_file, read_certificates, read_file, warn_of_paths
from kcfg.cli.shared.editing import edit, put, quoted, secret_input
from kcfg.cli.shared.output import note
from kcfg.errors import KcfgError
from kcfg.printing import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FILES = (("client-certificate", "client_certificate"), ("client-key", "client_key"))
_SAFER = "let the plugin read its own store or a file, or keep a reference in a spec: kcfg spec set-credentials"
_MODES = ("Never", "IfAvailable", "Always")


def run(*, name: str, kubeconfig: str | None, break_lock: bool, **given: Any) -> int:
    """Create or change a user."""
    if not name:
        raise KcfgError("you must specify a non-empty user name")
    check(given)
    refuse_secrets(given, in_spec=False)
    for flag, what in (("token", "Token"), ("password", "Password")):
        given[flag] = secret_input(given[flag], f"--{flag}", what)
    files = _files(given)
    warn_of_paths(given, *(flag for field, flag in _FILES if field not in files))

    for changes in edit(kubeconfig, break_lock=break_lock):
        body = changes.body("users", name) or {}
        change(body, given, files)
        changes.put("users", name, body)
    say(f"User {quoted(name)} set.")
    return 0


def _files(given: dict[str, Any]) -> dict[str, bytes]:
    """Return the content of the files to embed."""
    files: dict[str, bytes] = {}
    if given["embed_certs"] and given["client_certificate"]:
        files["client-certificate"] = read_certificates(given["client_certificate"], "client-certificate", note)
    if given["embed_certs"] and given["client_key"]:
        files["client-key"] = read_file(given["client_key"])
    return files


def check(given: dict[str, Any]) -> None:
    """Refuse flags that contradict one another, before anybody types a secret."""
    if given["token"] and (given["username"] or given["password"]):
        raise KcfgError("you cannot specify more than one authentication method at the same time: [token basicAuth]")
    if [given["token"], given["password"]].count("-") == 2:
        raise KcfgError("only one secret can be read from standard input")
    if given["embed_certs"] and not (given["client_certificate"] or given["client_key"]):
        raise KcfgError("you must specify a --client-certificate or --client-key to embed")
    mode = given["exec_interactive_mode"]
    if mode is not None and mode not in _MODES:
        raise KcfgError(f"invalid interactive mode type: {mode}", hint=f"one of {', '.join(_MODES)}")
    for flag in ("auth_provider_arg", "exec_env"):
        pairs(given[flag], f"--{flag.replace('_', '-')}")


def refuse_secrets(given: dict[str, Any], *, in_spec: bool) -> None:
    """Refuse what is a secret by its name or form: every process of the machine can see a command line."""
    from kcfg.kubeconfig.plugins import redact_args, shown_setting, shown_variable
    from kcfg.secrets.ref import is_ref

    shown = {
        "auth_provider_arg": lambda key, value: shown_setting(given["auth_provider"] or "", key, value),
        "exec_env": shown_variable,
    }
    for flag, judge in shown.items():
        told = f"--{flag.replace('_', '-')}"
        for key, value in pairs(given[flag], told)[0].items():
            if judge(key, value) != value and not (in_spec and is_ref(value)):
                raise KcfgError(
                    f"{told} {key}: a secret may not stand on the command line"
                    + (", nor in a spec" if in_spec else ""),
                    hint=f"{key}=ref+default://KEY, and `kcfg secret set KEY`" if in_spec else _SAFER,
                )
    args = [word for text in given["exec_arg"] for word in split_commas(text)]
    if redact_args(args, given["exec_command"] or "") != args:
        raise KcfgError("--exec-arg: a secret may not stand among a plugin's arguments", hint=_SAFER)


def change(body: dict[str, Any], given: dict[str, Any], files: dict[str, bytes]) -> None:
    """Change a user's fields as kubectl's create_authinfo does."""
    for field, flag in _FILES:
        if given[flag] is not None:
            put_file(body, field, given[flag], files.get(field))
    for field in ("token", "username", "password"):
        put(body, field, given[field])
    _auth_provider(body, given)
    _exec(body, given)
    if given["username"] or given["password"]:
        body.pop("token", None)
    elif given["token"]:
        body.pop("username", None)
        body.pop("password", None)


def _auth_provider(body: dict[str, Any], given: dict[str, Any]) -> None:
    name = given["auth_provider"]
    provider = dict(body.get("auth-provider") or {})
    if name is not None and provider.get("name") != name:
        provider = {"name": name, "config": None}
    if not provider:
        return
    values, removed = pairs(given["auth_provider_arg"], "--auth-provider-arg")
    if name is not None or values or removed:
        config = {key: value for key, value in (provider.get("config") or {}).items() if key not in removed}
        body["auth-provider"] = {**provider, "config": config | values}


def _exec(body: dict[str, Any], given: dict[str, Any]) -> None:
    command = given["exec_command"]
    found = body.get("exec")
    settings: dict[str, Any] = dict(found or {})
    if command is not None:
        settings |= {"command": command, "args": None}
        settings.setdefault("env", None)
        settings.setdefault("provideClusterInfo", False)
    elif found is None:
        return  # as kubectl: the other flags mean nothing without a plugin
    for flag, field in (("exec_api_version", "apiVersion"), ("exec_interactive_mode", "interactiveMode")):
        put(settings, field, given[flag])
    if args := [word for text in given["exec_arg"] for word in split_commas(text)]:
        settings["args"] = args  # an empty --exec-arg says nothing
    if given["exec_provide_cluster_info"] is not None:
        settings["provideClusterInfo"] = given["exec_provide_cluster_info"]
    values, removed = pairs(given["exec_env"], "--exec-env")
    if removed:
        settings["env"] = [each for each in settings.get("env") or [] if each.get("name") not in removed]
    if values:
        settings["env"] = _upsert(settings.get("env") or [], values)
    if found is None or settings != found:
        body["exec"] = settings


def _upsert(variables: list[dict[str, Any]], values: dict[str, str]) -> list[dict[str, Any]]:
    known = {each.get("name") for each in variables}
    changed = [{**each, "value": values.get(each.get("name") or "", each.get("value"))} for each in variables]
    return changed + [{"name": name, "value": value} for name, value in values.items() if name not in known]


def pairs(words: list[str], flag: str) -> tuple[dict[str, str], set[str]]:
    """Parse KEY=VALUE (set) and KEY- (remove)."""
    values: dict[str, str] = {}
    removed: set[str] = set()
    for word in (each for text in words for each in split_commas(text)):
        key, joined, value = word.partition("=")
        if joined and key:
            values[key] = value
        elif word.endswith("-") and len(word) > 1:
            removed.add(word[:-1])
        else:
            raise KcfgError(f"{flag}: expected NAME=VALUE, or NAME- to remove it")
    return values, removed


def split_commas(text: str) -> list[str]:
    """Split at commas as kubectl's list flags do: CSV, with double quotes."""
    import csv
    import io
    import re

    field = r'(?:"(?:[^"]|"")*"|[^",]*)'
    if not re.fullmatch(f"{field}(?:,{field})*", text):
        raise KcfgError("a list with a double quote that quotes no whole item", hint='write "" for a quote inside "…"')
    return next(csv.reader(io.StringIO(text, newline="")), [])
