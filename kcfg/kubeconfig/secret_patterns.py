"""What gives a secret away in a text: the name beside it, the form of a token, a setting, header, flag or URL inside.

A name that means a secret condemns its value whatever that looks like. What a known plugin means by its flags and
variables is in `plugins`; this is for every other name. Regular expressions are loaded where they are needed.
"""

from __future__ import annotations

from kcfg.kubeconfig.tokens import is_marked, is_secret_text, token_spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

__all__ = ["HIDDEN", "OMITTED", "PLACEHOLDERS", "hide_in_text", "hide_url", "is_secret_name", "is_secret_text"]

HIDDEN = "REDACTED"
OMITTED = "DATA+OMITTED"
PLACEHOLDERS = (HIDDEN, OMITTED)  # what kubectl shows where a secret or a certificate stands
# A word of a name: somewhere in it, as the last one, as the end of the last one.
_INSIDE = (
    "token", "secret", "passwd", "password", "passphrase", "passcode", "pwd", "credential", "apikey", "accesskey",
    "privatekey", "assertion",
)  # fmt: skip
_LAST = frozenset((
    "auth", "jwt", "bearer", "cookie", "pat", "authorization", "private", "pw", "creds", "cred", "pin", "otp", "sig",
    "signature", "sas",
))  # fmt: skip
_LAST_ENDS = ("key", "pass", "auth")
# The last word of a name that only speaks of a secret: where it is, how long it lives, of what kind it is.
_HARMLESS = frozenset((
    "file", "path", "dir", "directory", "folder", "url", "uri", "endpoint", "host", "port", "server", "name", "id",
    "type", "kind", "format", "method", "mode", "algorithm", "alg", "ttl", "timeout", "duration", "lifetime", "expiry",
    "expires", "expiration", "age", "length", "size", "limit", "cache", "audience", "issuer", "store", "storage",
    "profile", "provider", "region", "scope", "version", "domain", "process", "helper", "backend", "enabled",
))  # fmt: skip
_HARMLESS_ENDS = ("file", "path", "dir", "url", "uri", "name", "endpoint")
# No text without one of these holds a name that means a secret, or a header's scheme.
_ROOTS = (
    "token", "secret", "pass", "pw", "cred", "key", "auth", "bearer", "basic", "jwt", "cookie", "pat", "private",
    "pin", "otp", "sig", "sas", "assertion", "session", "-p", "-u",
)  # fmt: skip
_NAME = r"(?<![\w.-])([A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*(?=[^\s&#])"
_FLAG = r"(?<!\S)(-{1,2}[A-Za-z][\w-]*)(?:\s+|=)(\"[^\"]*\"|'[^']*'|[^\s\"']+)"
_SCHEME = r"(?i)\b(bearer|basic)\s+\S+"
_IN_TEXT = r"(?<=://)[^/?#\s@]*@"
_BARE_USERINFO = r"^[^/@\s]+:[^/@\s]+@"
_USERINFO = r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@"


def hide_url(url: str) -> str:
    """Return a URL with `REDACTED` for `user:password`, for secrets in its query and for tokens anywhere."""
    if "@" not in url and "?" not in url and "#" not in url and not is_marked(url):
        return url
    import re

    found = re.match(_USERINFO, url)
    url = f"{found[1] or ''}//{HIDDEN}@{url[found.end() :]}" if found else url
    at = min((at for mark in "?#" if (at := url.find(mark)) >= 0), default=len(url))
    return hide_tokens(url[:at]) + hide_tokens(_hide_settings(url[at:]))


def hide_tokens(text: str) -> str:
    """Return a text with `REDACTED` for every token of a well-known kind."""
    for start, end in sorted(token_spans(text), reverse=True):
        text = text[:start] + HIDDEN + text[end:]
    return text


def is_secret_name(name: str) -> bool:
    """Return whether a variable, flag or key of this name holds a secret, as far as a name can say."""
    words = _words(name)
    if not words:
        return False
    last, whole = words[-1], "".join(words)
    if whole.endswith(("secretid", "secretids")):
        return True
    for each in (last, last.removesuffix("s")):
        if each in _HARMLESS or each.endswith(_HARMLESS_ENDS) or (each == "data" and "authority" in words):
            return False
    last = last if last.endswith("ss") else last.removesuffix("s")
    if last.endswith("key") and ("public" in whole or "pub" in words):
        return False
    for word in _INSIDE:
        if word in whole:
            return True
    return last in _LAST or last.endswith(_LAST_ENDS) or "session" in words or whole.endswith("authcode")


def _words(name: str) -> list[str]:
    """Return the words of a name: `apiKey`, `API_KEY` and `api-key` are the same two."""
    name = name.strip().replace("_", "-").replace(".", "-").replace(" ", "-").replace("/", "-")
    if not (name.islower() or name.isupper()):
        parts = [
            f"-{each}" if each.isupper() and before.islower() else each
            for before, each in zip(" " + name, name, strict=False)
        ]
        name = "".join(parts)
    return [word for word in name.casefold().split("-") if word]


def hide_in_text(value: str) -> str:
    """Return a text without the secrets that its own words announce: headers, settings, flags, URLs, JSON, tokens."""
    if not may_announce(value):
        return value
    if value.lstrip()[:1] in ("{", "[") and _json_holds_secret(value):
        return HIDDEN
    import re

    value = re.sub(_IN_TEXT, f"{HIDDEN}@", value)
    value = re.sub(_BARE_USERINFO, f"{HIDDEN}@", value)
    value = re.sub(_FLAG, _hidden_flag, value)
    return hide_tokens(re.sub(_SCHEME, rf"\1 {HIDDEN}", _hide_settings(value)))


def may_announce(value: str) -> bool:
    """Return whether a text can hold a secret at all: cheap, and right when it says no."""
    if "@" in value or is_marked(value):
        return True
    if "=" in value or ":" in value or " " in value:
        low = value.casefold()
        for root in _ROOTS:
            if root in low:
                return True
    return False


def _hide_settings(text: str) -> str:
    """Hide what follows `name=` or `name:` to the end, or to a query's next part, where the name means a secret."""
    import re

    shown, at = "", 0
    for found in re.finditer(_NAME, text):
        if found.start() >= at and is_secret_name(found[1]):
            end = min((end for mark in "&#" if (end := text.find(mark, found.end())) >= 0), default=len(text))
            shown, at = f"{shown}{text[at : found.end()]}{HIDDEN}", end
    return shown + text[at:]


def _hidden_flag(found: re.Match[str]) -> str:
    flag, value = found[1], found[2]
    if value.startswith("-") or not flag_hides(flag, value):
        return found[0]
    return f"{found[0][: found.start(2) - found.start()]}{HIDDEN}"


def flag_hides(flag: str, value: str) -> bool:
    """Return whether an unknown program's flag makes its value a secret."""
    name = flag.lstrip("-")
    if name in ("u", "user", "basic-auth", "userpass"):
        return ":" in value.strip("\"'")[1:] and "://" not in value
    return name == "p" or is_secret_name(name) or (len(name) == 1 and _looks_random(value))


def _looks_random(value: str) -> bool:
    if len(value) < 20 or not value.replace("-", "").replace("_", "").isalnum():
        return False
    return not value.isupper() and not value.islower() and any(each.isdigit() for each in value)


def _json_holds_secret(text: str) -> bool:
    from kcfg.plainjson import parse_json

    try:
        return _holds_secret(parse_json(text))
    except ValueError:
        return False


def _holds_secret(value: object, name: str = "") -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(each, str(key)) for key, each in value.items())
    if isinstance(value, list):
        return any(_holds_secret(each, name) for each in value)
    if isinstance(value, bool) or value in (None, ""):
        return False
    return is_secret_name(name) or (isinstance(value, str) and hide_in_text(value) != value)
