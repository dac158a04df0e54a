"""What `kcfg shell` leaves for the plugin: where the credential of its session is, and until when it is given out.

The record is in memory of that kcfg, or in a private file, and is gone with it. At its end it is overwritten.
"""

from kcfg.errors import FileError, KcfgError, SecretError
from kcfg.expiry import certificate_expiry, now, token_expiry
from kcfg.plainjson import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Ask = Callable[[list[str], Mapping[str, str]], str]

FLAG = "--session"
PLUGIN = "kcfg-credential"
_FIELDS = ("token", "clientCertificateData", "clientKeyData", "expirationTimestamp")


def read_session(path: str) -> "dict[str, Any]":
    """Return the record of a session. Raises SecretError when it has ended."""
    from kcfg.files import read_bytes

    try:
        record = parse_json(read_bytes(path).decode())
    except (FileError, ValueError):
        record = None
    if not isinstance(record, dict):
        raise SecretError("the session is over: its kcfg shell is gone", hint="start another one: kcfg shell")
    ends = record.get("ends") or ""
    if record.get("over") or (ends and ends <= now()):
        context = record.get("context", "")
        raise SecretError(f"the session of {context} ended at {ends}", hint="leave this shell and start another one")
    return record


def session_status(path: str, env: "Mapping[str, str]", ask: "Ask") -> dict[str, str]:
    """Return an ExecCredential's status that ends with the session, if not before; `ask` answers for our own plugin."""
    record = read_session(path)
    status = _from_plugin(record["plugin"], env, ask) if "plugin" in record else _known(record)
    ends = _first(status.get("expirationTimestamp", ""), record.get("ends") or "")
    return {**status, "expirationTimestamp": ends} if ends else status


def _known(record: "dict[str, Any]") -> dict[str, str]:
    status: dict[str, str] = dict(record["status"])
    if file := record.get("tokenFile"):
        from kcfg.files import read_bytes

        status["token"] = read_bytes(file).decode("utf-8", "replace").strip()
        if not status["token"]:
            raise SecretError(f"{file}: the token file is empty")
    ends = [token_expiry(status.get("token", "")), certificate_expiry(status.get("clientCertificateData", ""))]
    if first := min(filter(None, ends), default=""):
        status["expirationTimestamp"] = first
    return status


def _from_plugin(plugin: "dict[str, Any]", env: "Mapping[str, str]", ask: "Ask") -> dict[str, str]:
    own = {each["name"]: each["value"] for each in plugin["env"]}
    # Python's own os.path would do, but is one more import.
    if plugin["command"].rpartition("/")[2] == PLUGIN:
        text = ask(plugin["args"], {**env, **own})
    else:
        from kcfg.vendor import ask_vendor

        words = [plugin["command"], *plugin["args"]]
        text = ask_vendor((words, {**env, **own}), hint=plugin.get("installHint") or "")
    status = parse_answer(text, plugin["command"]).get("status")
    if not isinstance(status, dict):
        raise SecretError(f"{plugin['command']} gave no credential")
    return {name: status[name] for name in _FIELDS if isinstance(status.get(name), str)}


def parse_answer(text: str, command: str) -> "dict[str, Any]":
    """Return the object that a plugin printed, JSON or YAML. Raises SecretError."""
    try:
        found = parse_json(text)
    except ValueError:
        found = None
    if found is None:
        # kubectl takes YAML as well; hardly a plugin gives it.
        from kcfg.yaml.parse import parse_yaml

        try:
            found = parse_yaml(text.encode(), command).value
        except KcfgError:
            raise SecretError(f"{command} gave neither JSON nor YAML") from None
    return found if isinstance(found, dict) else {}


def _first(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    from datetime import datetime

    try:
        return min(one, other, key=datetime.fromisoformat)
    except (ValueError, TypeError):
        return other
