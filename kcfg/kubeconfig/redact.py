"""Redact: what may be shown of a kubeconfig. kubectl's texts, and the secrets that kubectl shows in clear.

kubectl hides token, password and the *-data fields. kcfg also hides userinfo in URLs, secret-looking values in
`exec.env`, `exec.args`, `auth-provider.config` and extension bodies.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import Any

from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig

HIDDEN = "REDACTED"
OMITTED = "DATA+OMITTED"
_DATA = ("client-certificate-data", "client-key-data", "certificate-authority-data")
_SECRETS = ("token", "password")
_URLS = ("server", "proxy-url")
_PLAIN = frozenset(field for _, fields in SECTIONS.values() for field in fields if field != "as-user-extra")
_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@")
_IN_TEXT = re.compile(r"(?<=://)[^/?#\s@]*@")
_SECRET_WORDS = r"token|secret|passw(or)?d|passphrase|pwd|credential|api[-_]?key|access[-_]?key|private[-_]?key"  # noqa: S105
_NAME = re.compile(
    rf"({_SECRET_WORDS}|(^|[-_.])(key|auth|jwt|bearer|cookie|pat|authorization)$|pass$|(^|[-_.])session([-_.]|$))",
    re.IGNORECASE,
)
_SECRET_ID = re.compile(r"secret[-_]?id$", re.IGNORECASE)
# A secret inside a text: a header, a setting, JSON, a URL's query.
_SETTING = re.compile(
    r"(?i)((?:authorization|passw(?:or)?d|passphrase|token|secret|api[-_]?key|access[-_]?key)[\"']?\s*[:=]\s*)[^&#]+"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+\S+")
_BARE_USERINFO = re.compile(r"^[^/@\s]+:[^/@\s]+@")
# Names that only speak of a secret: where it is, how long it lives, of what kind it is.
_HARMLESS = re.compile(
    r"(file|path|dir|url|uri|endpoint|name|id|type|ttl|timeout|cache|audience|issuer|store)s?$", re.I
)
_LOOKS_SECRET = re.compile(
    r"^(eyJ[\w-]{8,}\.[\w-]+\.|gh[pousr]_\w{20,}|glpat-|xox[abprs]-|AKIA[A-Z0-9]{12,}|sha256~|k8s-aws-v1\.|kubeconfig-u-)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


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
    body = entry.body
    for field in list(body):
        body[field] = _field(field, body[field])
    entry.beside = _open(entry.beside)


def _field(field: str, value: object) -> object:
    # kubectl shows an empty client key as omitted data, and leaves every other empty field out.
    if field in _DATA:
        return OMITTED if value or field == "client-key-data" else value
    if field in _SECRETS:
        return HIDDEN if value else value
    if field in _URLS and isinstance(value, str):
        return hide_userinfo(value)
    if field == "exec" and isinstance(value, dict):
        return _exec(value)
    if field == "auth-provider" and isinstance(value, dict):
        return {**value, "config": _open(value.get("config"))}
    if field == "extensions" and isinstance(value, list):
        return [_extension(each) for each in value]
    if field in _PLAIN:
        return value
    return _named(field, value)


def _all_hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _all_hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_all_hidden(item) for item in value]
    return HIDDEN if isinstance(value, str) and value else value


def hide_userinfo(url: str) -> str:
    """Return a URL with `REDACTED` for `user:password`, and for secrets in its query."""
    found = _USERINFO.match(url)
    url = f"{found[1] or ''}//{HIDDEN}@{url[found.end() :]}" if found else url
    path, mark, query = url.partition("?")
    return path + mark + _SETTING.sub(rf"\1{HIDDEN}", query)


def is_secret_name(name: str) -> bool:
    """Return whether a variable, flag or key of this name usually holds a secret."""
    return bool(_SECRET_ID.search(name)) or (bool(_NAME.search(name)) and not _HARMLESS.search(name))


def is_secret_text(value: str) -> bool:
    """Return whether a text has the form of a well-known kind of token or private key."""
    return bool(_LOOKS_SECRET.search(value)) or (value.startswith("LS0tLS1CRUdJTi") and _is_key(value))


def _is_key(value: str) -> bool:
    try:
        return b"PRIVATE KEY" in a2b_base64(value[:64])
    except ValueError:
        return False


def hide_in_text(value: str) -> str:
    """Return a text without the secrets that its own words announce: headers, settings, URLs."""
    value = _IN_TEXT.sub(f"{HIDDEN}@", value)
    value = _BARE_USERINFO.sub(f"{HIDDEN}@", value)
    return _SCHEME.sub(rf"\1 {HIDDEN}", _SETTING.sub(rf"\1{HIDDEN}", value))


def _exec(body: Body) -> Body:
    shown = dict(body)
    if isinstance(body.get("env"), list):
        shown["env"] = [_variable(each) if isinstance(each, dict) else _open(each) for each in body["env"]]
    if isinstance(body.get("args"), list) and all(isinstance(each, str) for each in body["args"]):
        shown["args"] = redact_args(body["args"])
    return shown


def _variable(each: Body) -> Body:
    return {**each, "value": _named(str(each.get("name", "")), each.get("value"))}


def redact_args(args: list[str]) -> list[str]:
    """Hide the value of `--secret VALUE`, `--token=VALUE`, `password=VALUE`, and what looks like a token."""
    shown: list[str] = []
    hide_next = False
    for word in args:
        name, joined, value = word.partition("=")
        if hide_next and not word.startswith("--"):
            shown.append(HIDDEN)
        elif joined and value and is_secret_name(name.lstrip("-")):
            shown.append(f"{name}={HIDDEN}")
        else:
            shown.append(HIDDEN if is_secret_text(word) or is_secret_text(value) else hide_in_text(word))
        hide_next = not joined and word.startswith("-") and is_secret_name(word.lstrip("-"))
    return shown


def _extension(each: Body) -> Body:
    return {**each, "extension": _open(each.get("extension"))}


def _open(value: Any) -> Any:
    """Redact foreign data by the names of its keys."""
    if isinstance(value, dict):
        return {key: _named(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_open(item) for item in value]
    return _named("", value) if isinstance(value, str) else value


def _named(name: str, value: object) -> object:
    if isinstance(value, str):
        if value and (is_secret_name(name) or is_secret_text(value)):
            return HIDDEN
        return hide_in_text(value)
    if value is not None and is_secret_name(name) and isinstance(value, (dict, list)):
        return _all_hidden(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and is_secret_name(name):
        return HIDDEN
    return _open(value)
