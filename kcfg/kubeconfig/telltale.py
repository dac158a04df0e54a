"""What gives a secret away: the name of a field or flag, the form of a token, a setting inside a text.

Regular expressions are loaded where a text has what they look for: most have not, and `re` is half of a short run.
"""

from __future__ import annotations

from binascii import a2b_base64

HIDDEN = "REDACTED"
_APART = ("", "-", "_")
_SECRET_WORDS = (
    "token",
    "secret",
    "passwd",
    "password",
    "passphrase",
    "pwd",
    "credential",
    *tuple(f"{word}{mark}key" for word in ("api", "access", "private") for mark in _APART),
)
_LAST_WORDS = frozenset(("key", "auth", "jwt", "bearer", "cookie", "pat", "authorization"))
# Names that only speak of a secret: where it is, how long it lives, of what kind it is.
_HARMLESS = (
    "file", "path", "dir", "url", "uri", "endpoint", "name", "id", "type", "ttl", "timeout", "cache", "audience",
    "issuer", "store",
)  # fmt: skip
_HARMLESS_ENDS = _HARMLESS + tuple(f"{word}s" for word in _HARMLESS)
_SECRET_IDS = tuple(f"secret{mark}id" for mark in _APART)
# How tokens of well-known kinds begin.
_BEGINNINGS = ("eyJ", "gh", "glpat-", "xox", "AKIA", "sha256~", "k8s-aws-v1.", "kubeconfig-u-")
_FORMS = (
    r"^(eyJ[\w-]{8,}\.[\w-]+\.|gh[pousr]_\w{20,}|glpat-|xox[abprs]-|AKIA[A-Z0-9]{12,}|sha256~|k8s-aws-v1\.|kubeconfig-u-)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
# A secret inside a text: a header, a setting, JSON, a URL's query.
_SETTING_WORDS = (
    "authorization",
    "passwd",
    "password",
    "passphrase",
    "token",
    "secret",
    *tuple(f"{word}{mark}key" for word in ("api", "access") for mark in _APART),
)
_SETTING = (
    r"(?i)((?:authorization|passw(?:or)?d|passphrase|token|secret|api[-_]?key|access[-_]?key)[\"']?\s*[:=]\s*)[^&#]+"
)
_SCHEME = r"(?i)\b(bearer|basic)\s+\S+"
_IN_TEXT = r"(?<=://)[^/?#\s@]*@"
_BARE_USERINFO = r"^[^/@\s]+:[^/@\s]+@"
_USERINFO = r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@"


def hide_userinfo(url: str) -> str:
    """Return a URL with `REDACTED` for `user:password`, and for secrets in its query."""
    if "@" not in url and "?" not in url:
        return url
    import re

    found = re.match(_USERINFO, url)
    url = f"{found[1] or ''}//{HIDDEN}@{url[found.end() :]}" if found else url
    path, mark, query = url.partition("?")
    return path + mark + re.sub(_SETTING, rf"\1{HIDDEN}", query)


def is_secret_name(name: str) -> bool:
    """Return whether a variable, flag or key of this name usually holds a secret."""
    low = name.casefold().rstrip("\n")
    if low.endswith(_SECRET_IDS):
        return True
    if low.endswith(_HARMLESS_ENDS):
        return False
    words = low.replace("_", "-").replace(".", "-").split("-")
    return (
        any(word in low for word in _SECRET_WORDS)
        or words[-1] in _LAST_WORDS
        or low.endswith("pass")
        or "session" in words
    )


def is_secret_text(value: str) -> bool:
    """Return whether a text has the form of a well-known kind of token or private key."""
    if value.startswith("LS0tLS1CRUdJTi") and _is_key(value):
        return True
    if not value.startswith(_BEGINNINGS) and "-----BEGIN" not in value:
        return False
    import re

    return bool(re.search(_FORMS, value))


def _is_key(value: str) -> bool:
    try:
        return b"PRIVATE KEY" in a2b_base64(value[:64])
    except ValueError:
        return False


def hide_in_text(value: str) -> str:
    """Return a text without the secrets that its own words announce: headers, settings, URLs."""
    if "@" not in value and not _has_setting(value):
        return value
    import re

    value = re.sub(_IN_TEXT, f"{HIDDEN}@", value)
    value = re.sub(_BARE_USERINFO, f"{HIDDEN}@", value)
    return re.sub(_SCHEME, rf"\1 {HIDDEN}", re.sub(_SETTING, rf"\1{HIDDEN}", value))


def _has_setting(value: str) -> bool:
    low = value.casefold()
    if ("=" in low or ":" in low) and any(word in low for word in _SETTING_WORDS):
        return True
    return ("bearer" in low or "basic" in low) and len(low.split(None, 1)) > 1


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
