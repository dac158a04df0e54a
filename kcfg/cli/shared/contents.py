"""Files that kubeconfigs name, compared by content: beside the path stands whose certificate is in there.

Of a key only whether it is another one is said; nothing of it, not even a digest. A token file is its name.
"""

from __future__ import annotations

import os
from hashlib import sha256

from kcfg.cli.plans.rows import certificate_names
from kcfg.errors import KcfgError
from kcfg.pem import certificates, private_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.kubeconfig.model import Entry, Kubeconfig
    from kcfg.spec.spec import Spec

_CERTIFICATES = ("certificate-authority", "client-certificate")
_KEY = "client-key"
OTHER = "(another key)"


def describe_files(before: tuple[Kubeconfig, Spec | None, str], after: tuple[Kubeconfig, Spec | None, str]) -> None:
    """Write beside each path of two kubeconfigs what is in the file; `before` and `after` name spec and folder too."""
    keys: dict[str, bytes] = {}
    for config, spec, directory in (before, after):
        for entry, field in _named(config):
            content = None if spec is None else _content(spec, directory, path := entry.body[field])
            if content is None:
                continue
            if field == _KEY:
                key = private_key(content) or content
                if keys.setdefault(path, key) != key:
                    entry.body = {**entry.body, field: f"{path} {OTHER}"}
            else:
                entry.body = {**entry.body, field: f"{path} ({_words(content)})"}


def _named(config: Kubeconfig) -> Iterator[tuple[Entry, str]]:
    for entry in (*config.clusters.values(), *config.users.values()):
        yield from ((entry, field) for field in (*_CERTIFICATES, _KEY) if entry.body.get(field))


def _content(spec: Spec, directory: str, path: str) -> bytes | None:
    """Return what is in a file of the revision; None for one that is the machine's, or is not there."""
    if os.path.isabs(path):
        return None
    try:
        return spec.read(os.path.normpath(os.path.join(directory, path)))
    except KcfgError:
        return None


def _words(content: bytes) -> str:
    """Say which certificates a file holds, and by what they can be told apart."""
    found = certificates(content)
    digest = sha256(b"".join(found) or content).hexdigest()[:16]
    return f"sha256:{digest}, {certificate_names(found)}"
