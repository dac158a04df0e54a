"""The certificates, keys and token files of a spec's entries: are they there, and are they what they should be?

A public file below the root is part of the spec. A private one, or what stands elsewhere, need not be on this machine.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Callable, Iterator

from kcfg.boundary import OutsideError
from kcfg.errors import FileError, MissingFile, Problem
from kcfg.kubeconfig.decode import strict_base64
from kcfg.kubeconfig.secret_patterns import PLACEHOLDERS
from kcfg.secrets.ref import is_ref
from kcfg.spec.placed import rebased_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.models import Cluster, User
    from kcfg.spec.spec import Declared

Read = Callable[[str], bytes]
_FILE_FIELDS = {
    "clusters": {"certificate-authority": "certificate_authority"},
    "users": {
        "client-certificate": "client_certificate",
        "client-key": "client_key",
        "tokenFile": "token_file",
    },
}
_PRIVATE = ("client-key", "tokenFile")
_ELSEWHERE = "it has to be where kubectl runs; --strict makes this an error"


def check_files(
    declared: Declared[Cluster] | Declared[User], section: str, read: Read, *, contents: bool | None
) -> Iterator[Problem]:
    """Check the files that an entry names; without `contents`, a certificate file without one is a warning.

    With None what is in the files is not looked at.
    """
    for field, attribute in _FILE_FIELDS[section].items():
        path = getattr(declared.entry, attribute)
        if path is None:
            continue
        if not path:
            yield declared.problem("must not be empty", field, rule="KCFG005", hint="remove the field")
            continue
        full = declared.file(path)
        try:
            content = read(full)
        except FileError as error:
            yield _unread(declared, field, path, error)
            continue
        if contents is None:
            continue
        if field not in ("tokenFile", "client-key"):
            level = "warning" if _is_key_too(declared, full) else "error"
            for problem in _check_pem(declared, field, content, f"{path!r}", level=level):
                if problem.rule == "KCFG106" and not contents:
                    problem.level = "warning"
                yield problem
        elif field == "tokenFile" and not content.strip():
            hint = "write the token into it, or remove the field"
            yield declared.problem(f"{path!r} holds no token", field, rule="KCFG105", hint=hint)


def _unread(declared: Declared[Cluster] | Declared[User], field: str, path: str, error: FileError) -> Problem:
    """A private file is rarely where the spec is judged, and another machine's folders are nobody's fault."""
    message = f"{_as_written(declared, field, path)!r} cannot be read: {error.message}"
    foreign = path.startswith(("/", "~/"))
    # Where nobody may look into a folder of another user, there is nothing for this one either.
    missing = isinstance(error, MissingFile) or (foreign and not os.path.exists(declared.file(path)))
    if missing and (foreign or field in _PRIVATE):
        return declared.problem(message, field, rule="KCFG111", hint=_ELSEWHERE, level="warning")
    hint = error.hint if isinstance(error, OutsideError) else "paths are relative to this file"
    return declared.problem(message, field, rule="KCFG105", hint=hint)


def _as_written(declared: Declared[Cluster] | Declared[User], field: str, path: str) -> str:
    """Return a path as the file says it that gave it: the entry's own, or that of a patch."""
    return rebased_path(path, declared.source.directory, declared.origin(field)[0].directory)


def _is_key_too(declared: Declared[Cluster] | Declared[User], path: str) -> bool:
    """Return whether a user's client-key is the same file, as kubelet writes it."""
    key = getattr(declared.entry, "client_key", None) or ""
    return bool(key) and os.path.realpath(declared.file(key)) == os.path.realpath(path)


def check_data(
    declared: Declared[Cluster] | Declared[User], field: str, value: str | None, *, contents: bool | None
) -> Iterator[Problem]:
    """Check the certificates that stand in the spec itself; where `contents` is None, only that they are base64."""
    if value is None:
        return
    if value in PLACEHOLDERS:
        yield declared.problem(
            f"{value} is what `kubectl config view` shows instead of the data",
            field,
            rule="KCFG107",
            hint="copy it again with `kubectl config view --raw`",
        )
        return
    try:
        content = strict_base64(value.replace("\n", "").replace("\r", ""))
    except ValueError:
        hint = "it looks like PEM: use the path field, or base64-encode it" if "-----BEGIN" in value else ""
        yield declared.problem("not valid base64", field, rule="KCFG107", hint=hint or "encode with `base64 -w0`")
        return
    if contents is not None:
        yield from _check_pem(declared, field, content, "the data")


def _check_pem(
    declared: Declared[Cluster] | Declared[User], field: str, content: bytes, what: str, *, level: str = "error"
) -> Iterator[Problem]:
    """Check what is in a certificate field; a key there is public, but where the same file is the client-key."""
    from kcfg.certificate import certificate_fault
    from kcfg.pem import holds_private_key

    if holds_private_key(content):
        yield declared.problem(
            f"{what}: a private key stands in a field for certificates",
            field,
            rule="KCFG409" if level == "error" else "KCFG410",
            hint="leave only its CERTIFICATE blocks; `kcfg secret set KEY` stores the key",
            level=level,
        )
    if fault := certificate_fault(content, client=field.startswith("client")):
        yield declared.problem(f"{what}: {fault.message}", field, rule="KCFG106", hint=fault.hint)


def check_key(declared: Declared[User], read: Read, *, contents: bool) -> Iterator[Problem]:
    """Check a client key that no store has, and that it belongs to the certificate beside it."""
    path, data = declared.entry.client_key, declared.entry.client_key_data
    if not path and (not isinstance(data, str) or is_ref(data)):
        return
    from kcfg.certificate import certificate_fault
    from kcfg.spec.secrets import certificate_of
    from kcfg.x509 import pair_fault

    try:
        key = read(declared.file(path)) if path else b64decode(str(data), validate=True)
        certificate = (certificate_of(declared, read) or "").encode()
    except (FileError, ValueError):
        return  # told where it stands
    if certificate_fault(certificate, client=True):
        certificate = b""
    if fault := pair_fault(certificate or None, key):
        field = "client-key" if path else "client-key-data"
        level = "error" if contents or not path else "warning"
        yield declared.problem(fault.message, field, rule="KCFG405", hint=fault.hint, level=level)
