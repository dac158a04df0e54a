"""One entry of a kubeconfig → what a spec says for it, the secrets on their way into a store, and what is to be told.

Pure: files come through a function. What a spec cannot say is never dropped in silence: it is moved, noted, or the
entry is `Unfit`.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

from kcfg.dataclass import dataclass, field
from kcfg.errors import FileError, KcfgError
from kcfg.exec_stanza import Own, direct_stanza, read_stanza, vendor_spec
from kcfg.importing.unknown import UNKNOWN, with_unknown
from kcfg.kubeconfig.kcfg_marker import marker_of
from kcfg.kubeconfig.model import SECTIONS, Body, Entry
from kcfg.kubeconfig.plugins import redact_args, shown_setting, shown_variable
from kcfg.kubeconfig.redact import redact_entry
from kcfg.kubeconfig.secret_patterns import hide_tokens, hide_url
from kcfg.pem import certificates_only, holds_private_key
from kcfg.repair import explain, repair
from kcfg.secrets.pair import split_pair
from kcfg.secrets.ref import is_ref
from kcfg.secrets.secret import Secret
from kcfg.secrets.value import check_kind, mend_key
from kcfg.spec.recognize import recognize
from kcfg.spec.variables import KEYED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ReadFile = Callable[[str], bytes]
Step = tuple[str | int, ...]
_PEM_FIELDS = {"clusters": ("certificate-authority",), "users": ("client-certificate",), "contexts": ()}
_URLS = ("server", "proxy-url")
# What was looked at for secrets of its own, or is the name by which others know the entry.
_JUDGED = frozenset(
    ("name", "token", "password", "client-key", "client-key-data", "exec", "auth", "auth-provider", "extensions")
) | {"client-certificate-data", "certificate-authority-data"}  # of which only the certificates are taken
# Beside these kubectl would not run a plugin, or send a certificate of its own along.
_BESIDE = frozenset(
    ("token", "tokenFile", "username", "password", "auth-provider", "client-key", "client-key-data")
) | {
    "client-certificate",
    "client-certificate-data",
}
# Empty means absent to kubectl, but these are always written.
_KEPT_EMPTY = ("server", "cluster")


class Unfit(KcfgError):
    """An entry that a spec cannot hold: the message says why."""


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """A secret of a user: the field it stands in, what its key is called, and what it must look like."""

    path: Step
    name: str
    kind: str
    secret: Secret
    certificate: str | None = None


@dataclass(slots=True, repr=False)
class Fit:
    """An entry as a spec will say it."""

    section: str
    name: str
    value: Body
    secrets: list[Found] = field(default_factory=list)
    pem: dict[str, bytes] = field(default_factory=dict)  # public: field → content
    notes: list[str] = field(default_factory=list)
    own: Own | None = None  # what kcfg's own stanza says, which stands in `exec` until a reference is there


def fit(section: str, entry: Entry, read_file: ReadFile, *, allow_plaintext: bool = False) -> Fit:
    """Return an entry in the spec's words. Raises Unfit with the reason."""
    known = {key: each for key, each in with_unknown(section, entry).items() if not _is_empty(key, each)}
    found = Fit(section, entry.name, {"name": entry.name})
    if section == "contexts":
        _labels(found, entry.body)
    for key in _KEPT_EMPTY:
        if key in SECTIONS[section][1]:
            known.setdefault(key, "")
    found.value |= known
    try:
        _certificates(found, read_file)
        if section == "users":
            _user(found, read_file, allow_plaintext=allow_plaintext)
    except Unfit:
        raise
    except KcfgError as error:
        raise Unfit(f"{error.message}; {error.hint}" if error.hint else error.message) from None
    _urls(found)
    if not allow_plaintext:
        _extensions(found)
        _plain(found)
    found.value = escaped(found.value)
    return found


def _is_empty(key: str, value: object) -> bool:
    # An `exec: {}` is an exec stanza without a command: no spec may have it, and it must not vanish.
    return value is None if key in ("exec", "auth-provider") else value in ("", None, [], {}, False)


def _labels(found: Fit, body: Body) -> None:
    """Take back what `apply` wrote into a context: its labels, and whether it is protected."""
    hint = marker_of(body)
    labels = hint.get("labels")
    if isinstance(labels, dict) and labels:
        found.value["labels"] = {str(key): str(each) for key, each in labels.items()}
    if hint.get("protected") is True:
        found.value["protected"] = True


def _certificates(found: Fit, read_file: ReadFile) -> None:
    for name in _PEM_FIELDS[found.section]:
        path, data = found.value.get(name), found.value.get(f"{name}-data")
        if path and data:
            raise Unfit(f"{name} and {name}-data stand side by side: remove one")
        if path:
            try:
                content = read_file(path)
            except FileError as error:
                raise Unfit(f"{name}: {path} cannot be read: {error.message}") from None
        elif data:
            content = _decoded(name, data)
        else:
            continue
        kept = certificates_only(content)
        if not kept:
            mended, wrong = repair(content)
            kept = certificates_only(mended)
            found.notes.append(f"{name} was repaired: {', '.join(wrong)}")
        if not kept:
            raise Unfit("; ".join(explain(content, name if path else f"{name}-data")))
        found.pem[name] = kept
        if holds_private_key(content):
            found.notes.append(f"{name} holds a private key too: only its certificates were taken")


def _decoded(name: str, data: str) -> bytes:
    try:
        return b64decode(data, validate=True)
    except ValueError:
        raise Unfit(f"{name}-data is not base64") from None


def _user(found: Fit, read_file: ReadFile, *, allow_plaintext: bool) -> None:
    body = found.value
    for name in ("token", "password"):
        if body.get(name):
            _take(found, (name,), name, name, str(body[name]).rstrip("\r\n"))
    _client_key(found, read_file)
    if "auth-provider" in body:
        _provider(found)
    if "exec" in body:
        _exec(found, allow_plaintext=allow_plaintext)


def _take(found: Fit, path: Step, name: str, kind: str, value: str, certificate: str | None = None) -> None:
    secret = Secret(value)
    check_kind(secret, kind, certificate=certificate)
    found.secrets.append(Found(path, name, kind, secret, certificate))


def _client_key(found: Fit, read_file: ReadFile) -> None:
    body = found.value
    path, data = body.get("client-key"), body.get("client-key-data")
    if path and data:
        raise Unfit("client-key and client-key-data stand side by side: remove one")
    if not path and not data:
        return
    if path:
        try:
            raw = read_file(path)
        except FileError as error:
            raise Unfit(f"client-key: {path} cannot be read: {error.message}") from None
        found.notes.append(f"{path} still holds its key: delete it if nothing else uses it")
    else:
        raw = _decoded("client-key", str(data))
    key, note = mend_key(raw)
    if note:
        found.notes.append(note)
    certificate = found.pem.get("client-certificate")
    pem = certificate.decode() if certificate else None
    _take(found, ("client-key-data",), "client-key", "client-key", split_pair(key)[1], pem)
    body.pop("client-key", None)
    body["client-key-data"] = ""  # the reference comes here


def _provider(found: Fit) -> None:
    provider = found.value["auth-provider"]
    for key, value in (provider.get("config") or {}).items():
        if value and (shown_setting(str(provider.get("name")), key, value) != value or is_ref(value)):
            _take(found, ("auth-provider", "config", key), f"auth-provider-{key}", "other", value)


def _exec(found: Fit, *, allow_plaintext: bool) -> None:
    direct = direct_stanza(found.value["exec"])
    stanza: Body = {key: each for key, each in direct.items() if each not in ("", None, False) or key == "command"}
    args = [str(each) for each in stanza.get("args") or []]
    if not allow_plaintext and redact_args(args, str(stanza.get("command") or "")) != args:
        raise Unfit(
            "exec.args hold what looks like a secret, and a spec has no reference there: "
            "give it to the plugin by exec.env, or import with --allow-plaintext"
        )
    found.value["exec"] = stanza
    if not _BESIDE & found.value.keys():
        found.own = read_stanza(stanza)
    if found.own is not None:
        return
    command = stanza.get("command", "")
    if (auth := recognize(stanza)) is not None:
        del found.value["exec"]
        found.value["auth"] = auth
        found.notes.append(f"runs {command!r}, which kubectl will execute: recognized as {next(iter(auth))}")
        return
    if spec := vendor_spec(stanza):
        found.notes.append(f"kept as it is: it runs what you allowed the spec {spec!r}, which says it (`kcfg trust`)")
    else:
        found.notes.append(f"runs {command!r}, which kubectl will execute: look at it before you commit it")
    for index, each in enumerate(stanza.get("env") or []):
        name, value = each["name"], each["value"]
        if value and (shown_variable(name, value) != value or is_ref(value)):
            _take(found, ("exec", "env", index, "value"), f"exec-env-{name}", "other", value)


def _urls(found: Fit) -> None:
    """Drop secrets from URLs: a spec lies in git, and kubectl takes user and password from nowhere else."""
    for name in _URLS:
        url = found.value.get(name)
        if not isinstance(url, str) or hide_url(url) == url:
            continue
        try:
            parts = urlsplit(url)
        except ValueError:
            raise Unfit(f"{name} is not a valid URL") from None
        if "@" in parts.netloc:
            parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
            found.notes.append(f"{name}: its user and password were left out: a spec has no place for them")
        if hide_url(urlunsplit(parts)) != urlunsplit(parts):
            parts = parts._replace(query="", fragment="")
            found.notes.append(f"{name}: its query was left out: it holds a secret, and no server sees it")
        if hide_url(urlunsplit(parts)) != urlunsplit(parts):
            raise Unfit(f"a token stands in the path of {name}")
        found.value[name] = urlunsplit(parts)


def _plain(found: Fit) -> None:
    """Refuse a token in a field that holds none, such as `as` or a namespace: a spec lies in git."""
    for name, value in found.value.items():
        if name not in _JUDGED and any(hide_tokens(text) != text for text in _texts(value)):
            raise Unfit(f"what looks like a token stands in {name}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


def _extensions(found: Fit) -> None:
    kept = []
    for each in found.value.get("extensions") or []:
        entry = Entry("", {"extensions": [each]})
        redact_entry(entry)
        if entry.body["extensions"] != [each]:
            found.notes.append(f"extension {each['name']!r} was left out: it holds what looks like a secret")
        else:
            kept.append(each)
            if each["name"] == UNKNOWN:
                fields = ", ".join(each["extension"])
                found.notes.append(f"unknown to kubectl, kept as extension {UNKNOWN!r}: {fields}")
    if "extensions" in found.value:
        found.value["extensions"] = kept
        if not kept:
            del found.value["extensions"]


_UNTOUCHED = ("extensions", "token", "password", "client-key-data")


def escaped(value: Any, *, keys: bool = False) -> Any:
    """Return a value whose `${` a spec takes for what it is, not for a variable."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {
            key.replace("${", "$${") if keys else key: each if key in _UNTOUCHED else escaped(each, keys=key in KEYED)
            for key, each in value.items()
        }
    return [escaped(each) for each in value] if isinstance(value, list) else value
