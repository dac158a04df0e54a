"""Redact: what may be shown of a kubeconfig. kubectl's texts, and the secrets that kubectl shows in clear.

kubectl hides token, password and the *-data fields. kcfg also hides userinfo in URLs, secret-looking values in
`exec.env`, `exec.args`, `auth-provider.config` and extension bodies, and tokens of well-known kinds in any other field.
The names of entries stay: who refers to them needs them.
"""

from __future__ import annotations

from kcfg.kubeconfig.fields import BYTES, CERTIFICATES, CLUSTERS, LISTS, SECRETS, URL, USERS, by_section, names
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig, Text
from kcfg.kubeconfig.plugins import redact_args, shown_setting, shown_value, shown_variable
from kcfg.kubeconfig.secret_patterns import HIDDEN, OMITTED, hide_tokens, hide_url, is_secret_name
from kcfg.kubeconfig.tokens import BYTE_MARKS, is_marked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_DATA = (*names(CLUSTERS, BYTES), *names(USERS, BYTES))
_SECRETS = tuple(field for field in SECRETS if field not in _DATA)
_URLS = names(CLUSTERS, URL)
# What another tool invented the keys of is judged by them.
_PLAIN = {field for section in by_section().values() for field in section if field not in names(USERS, LISTS)}


def redact(config: Kubeconfig) -> Kubeconfig:
    """Return a copy in which every secret field says REDACTED or DATA+OMITTED; nothing else differs."""
    result = config.copy()
    for section in SECTIONS:
        for entry in result.section(section).values():
            redact_entry(entry)
    result.preferences = _open(result.preferences)
    result.extensions = [_extension(each) for each in result.extensions]
    result.unknown = _open(result.unknown)
    return result


def redact_entry(entry: Entry) -> None:
    """Hide the secrets of one entry in place."""
    if entry.text is not None and (text := _redacted_text(entry.text)) is not None:
        entry.set_text(text)
        return
    entry.body = {field: _field(field, value) for field, value in entry.body.items()}
    entry.beside = _open(entry.beside)


# What stands behind these keys of kubectl's own form is replaced, or may stay if nothing in it gives a secret away.
_REPLACED = {f"    {field}".encode(): OMITTED.encode() for field in _DATA} | {
    f"    {field}".encode(): HIDDEN.encode() for field in _SECRETS
}
_LOOKED_AT = frozenset(f"    {field}".encode() for field in _URLS)


def _redacted_text(text: Text) -> Text | None:
    """Return an entry in kubectl's form with its secrets hidden; None where that takes a closer look."""
    raw = bytes(text)
    if text.section == "contexts" and b"\n    extensions:" not in raw:
        return None if _has_mark(raw) else text
    lines = raw.split(b"\n")
    args: list[str] = []
    command = ""
    variable = b""
    for number, line in enumerate(lines):
        lead = line[:8]
        if lead == b"      - ":
            if line.startswith(b"name: ", 8):
                variable = line[14:]
            else:
                args.append(line[8:].decode())
        elif lead == b"        ":  # a variable's value; a label
            name, colon, value = line.strip().partition(b": ")
            shown = value.decode()
            judge = shown_variable if name == b"value" else shown_value
            if colon and judge((variable if name == b"value" else name).decode(), shown) != shown:
                return None
        else:
            key, _, value = line.partition(b": ")
            if key in _REPLACED:
                lines[number] = key + b": " + _REPLACED[key]
            elif key in _LOOKED_AT and (b"@" in value or b"?" in value or b"#" in value):
                return None
            elif key == b"      command":
                command = value.decode()
            elif key == b"    auth-provider:":
                return None
    hidden = b"\n".join(lines)
    if _has_mark(hidden) or (args and redact_args(args, command) != args):
        return None
    return Text(hidden, text.section, 0, len(hidden))


def _has_mark(raw: bytes) -> bool:
    for mark in BYTE_MARKS:  # noqa: SIM110 - a generator is a call for every mark
        if mark in raw:
            return True
    return False


def _field(field: str, value: object) -> object:
    # kubectl shows an empty client key as omitted data, and leaves every other empty field out.
    if field in _DATA:
        return OMITTED if value or field == "client-key-data" else value
    if field in _SECRETS:
        return HIDDEN if value else value
    if field in _URLS and isinstance(value, str):
        return hide_url(value)
    if field == "exec" and isinstance(value, dict):
        return _exec(value)
    if field == "auth-provider" and isinstance(value, dict):
        return _provider(value)
    if field == "extensions" and isinstance(value, list):
        return [_extension(each) for each in value]
    if field in _PLAIN:
        return _without_tokens(value)
    return _named(field, value)


def _without_tokens(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_tokens(each) for each in value]
    return hide_tokens(value) if isinstance(value, str) and is_marked(value) else value


def _all_hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _all_hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_all_hidden(item) for item in value]
    return HIDDEN if isinstance(value, str) and value else value


def _exec(body: Body) -> Body:
    shown = dict(body)
    if isinstance(body.get("env"), list):
        shown["env"] = [_variable(each) if isinstance(each, dict) else _open(each) for each in body["env"]]
    if isinstance(body.get("args"), list) and all(isinstance(each, str) for each in body["args"]):
        shown["args"] = redact_args(body["args"], str(body.get("command") or ""))
    return shown


def _variable(each: Body) -> Body:
    name, value = str(each.get("name", "")), each.get("value")
    return {**each, "value": shown_variable(name, value) if isinstance(value, str) else _named(name, value)}


def _provider(body: Body) -> Body:
    config = body.get("config")
    if not isinstance(config, dict):
        return {**body, "config": _open(config)}
    name = str(body.get("name"))
    shown = {
        key: shown_setting(name, key, value) if isinstance(value, str) else _named(key, value)
        for key, value in config.items()
    }
    return {**body, "config": shown}


def _extension(each: Body) -> Body:
    return {key: item if key == "name" else _named(key, item) for key, item in each.items()}


def _open(value: Any) -> Any:
    """Redact foreign data by the names of its keys."""
    if isinstance(value, dict):
        return {key: _named(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_open(item) for item in value]
    return _named("", value) if isinstance(value, str) else value


def _named(name: str, value: object) -> object:
    if isinstance(value, str):
        return shown_value(name, value)
    if value is not None and is_secret_name(name) and isinstance(value, (dict, list)):
        return _all_hidden(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and is_secret_name(name):
        return HIDDEN
    return _open(value)


def holds_secret(config: Kubeconfig) -> bool:
    """Return whether a kubeconfig has a value that redaction hides; public certificates are none."""
    entries = (entry for section in SECTIONS for entry in config.section(section).values())
    if any(next(secret_values(e.body), None) is not None or _open(e.beside) != e.beside for e in entries):
        return True
    rest: list[Any] = [config.preferences, config.extensions, config.unknown]
    shown = [_open(config.preferences), [_extension(each) for each in config.extensions], _open(config.unknown)]
    return rest != shown


def hides_beside(value: object) -> bool:
    """Return whether redaction hides anything of a value that is no entry's body."""
    return bool(_open(value) != value)


def secret_values(body: Body) -> Iterator[str]:
    """Yield the texts of an entry that redaction hides or shortens; public certificates are none."""
    from kcfg.pem import data_holds_private_key

    public = [each for each in CERTIFICATES if each in body and not data_holds_private_key(str(body[each]))]
    rest = {field: value for field, value in body.items() if field not in public}
    entry = Entry("", rest)
    redact_entry(entry)
    yield from _hidden(rest, entry.body)


def _hidden(value: Any, shown: Any) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(shown, dict):
        for key in value:
            yield from _hidden(value[key], shown.get(key))
    elif isinstance(value, list) and isinstance(shown, list):
        for one, other in zip(value, shown, strict=False):
            yield from _hidden(one, other)
    elif value != shown:
        yield str(value)
