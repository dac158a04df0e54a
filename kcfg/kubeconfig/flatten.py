"""Flatten: the content of certificate files instead of their paths, as `kubectl config view --flatten`."""

from __future__ import annotations

import os
from binascii import b2a_base64

from kcfg.errors import KubeconfigError, Location
from kcfg.kubeconfig.fields import BYTES, CLUSTERS, PATH_FIELDS, USERS, names
from kcfg.kubeconfig.model import SECTIONS, Entry, Kubeconfig
from kcfg.pem import around, certificates_only, is_certificates

# Not embedded, as in kubectl: exec.command; tokenFile only when asked for. Users first: kubectl's order of errors.
_FIELDS = {
    part: [name for name in PATH_FIELDS[part] if f"{name}-data" in names(part, BYTES)] for part in (USERS, CLUSTERS)
}
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Read = Callable[[str], bytes]
    Tell = Callable[[str], None]


def flatten(
    config: Kubeconfig, read: Read, directory: str = "", *, token_files: bool = False, tell: Tell | None = None
) -> Kubeconfig:
    """Return a copy with file contents inlined; relative paths start at `directory`, or at the entry's origin.

    Of a certificate file only the certificates are taken. With `tell`, which hears of what is left out, a file of
    certificates and harmless text is carried byte for byte, as kubectl does. An empty file removes the field, as in
    kubectl. Raises KubeconfigError when path and data are both set, and whatever `read` raises.
    """
    result = config.copy()
    for section, field, entry in _files(result):
        if entry.body.get(f"{field}-data"):
            raise KubeconfigError(
                "cannot have values for both path and contents",
                hint=f"{SECTIONS[section][0]} {entry.name!r} has {field} and {field}-data: remove one",
            )
        path = _path(entry, field, directory)
        content = read(path)
        if field != "client-key":
            content = to_embed(content, f"{field} of {SECTIONS[section][0]} {entry.name!r}", path, tell)
        data = {f"{field}-data": b2a_base64(content, newline=False).decode()} if content else {}
        entry.body = {key: value for key, value in entry.body.items() if key != field} | data
    if token_files:
        for entry in result.users.values():
            _inline_token(entry, read, directory)
    return result


def to_embed(content: bytes, field: str, path: str, tell: Tell | None) -> bytes:
    """Return what of a certificate file is put into a field; see `flatten`. Raises KubeconfigError."""
    if not content or (tell is not None and _is_harmless(content)):
        return content
    kept = certificates_only(content)
    if not kept:
        raise KubeconfigError(
            f"no certificate in this file: it is not put into {field}",
            location=Location(path),
            hint="name the PEM file of the certificates",
        )
    if tell is not None:
        tell(f"{path} holds more than certificates: only they are put into {field}")
    return kept


def _is_harmless(content: bytes) -> bool:
    """Return whether nothing but certificates, and text that gives no secret away, stands in a file."""
    if not is_certificates(content):
        return False
    from kcfg.kubeconfig.secret_patterns import hide_in_text, is_secret_text

    lines = around(content).decode("utf-8", "replace").splitlines()
    return not any(is_secret_text(line) or hide_in_text(line) != line for line in lines)


def empty_files(config: Kubeconfig, read: Read, directory: str = "") -> Iterator[tuple[str, str]]:
    """Yield (what refers to it, path) of every empty file: flattening drops the field, and with it the check."""
    for section, field, entry in _files(config):
        path = _path(entry, field, directory)
        if not entry.body.get(f"{field}-data") and not read(path):
            yield f"{field} of {SECTIONS[section][0]} {entry.name!r}", path


def require_content(config: Kubeconfig, read: Read) -> None:
    """Raise KubeconfigError for a file that is empty: an entry would silently lose its certificate."""
    for name, path in empty_files(config, read):
        raise KubeconfigError(f"the file is empty: {name} would be lost", location=Location(path))


def paths_left(config: Kubeconfig) -> Iterator[str]:
    """Yield what a flattened kubeconfig still names of other files: token files, and programs by their path."""
    for name, entry in config.users.items():
        if entry.get("tokenFile"):
            yield f"tokenFile of user {name!r}"
        if "/" in ((entry.body.get("exec") or {}).get("command") or ""):
            yield f"exec.command of user {name!r}"


def _files(config: Kubeconfig) -> Iterator[tuple[str, str, Entry]]:
    for section, fields in _FIELDS.items():
        for entry in config.section(section).values():
            for field in fields:
                if entry.get(field):
                    yield section, field, entry


def _path(entry: Entry, field: str, directory: str) -> str:
    folder = directory or os.path.dirname(os.path.abspath(entry.origin))
    return os.path.normpath(os.path.join(folder, entry.body[field]))


def _inline_token(entry: Entry, read: Read, directory: str) -> None:
    if not entry.get("tokenFile"):
        return
    path = _path(entry, "tokenFile", directory)
    try:
        token = read(path).decode().strip()
    except UnicodeDecodeError:
        raise KubeconfigError("not UTF-8 text", location=Location(path)) from None
    if not token:
        raise KubeconfigError("the token file is empty", location=Location(path))
    # A tokenFile beats a token, so nothing is lost.
    entry.body = {key: value for key, value in entry.body.items() if key != "tokenFile"} | {"token": token}
