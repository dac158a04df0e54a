"""Kubeconfigs → the draft of a spec: its entries, the files it needs, the secrets to store, and what does not fit.

Pure: nothing is written, and no store is asked but through `is_free`.
"""

from __future__ import annotations

import copy
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256

from kcfg.dataclass import dataclass, field
from kcfg.errors import SecretError
from kcfg.importing.entries import Fit, Found, ReadFile, Unfit, escaped, fit
from kcfg.kubeconfig.model import SECTIONS, Body, Kubeconfig
from kcfg.kubeconfig.secret_patterns import hide_tokens
from kcfg.secrets.env import variable_name
from kcfg.secrets.ref import SecretRef, slug_key
from kcfg.secrets.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

IsFree = Callable[[str, Secret], bool]
_PUBLIC = {"certificate-authority": "-ca.crt", "client-certificate": ".crt"}
_MAX_CLASHES = 100
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """A secret and the reference that the spec has in its place."""

    user: str
    found: Found
    ref: SecretRef


@dataclass(slots=True, repr=False)
class Draft:
    """What will become a spec."""

    entries: dict[str, dict[str, Fit]]
    left: dict[tuple[str, str], str] = field(default_factory=dict)  # (section, name) → why it is left out
    stored: list[Stored] = field(default_factory=list)
    referred: dict[str, SecretRef] = field(default_factory=dict)  # user → what kcfg's own stanza named already
    stores: list[Body] = field(default_factory=list)  # that those need to be declared
    files: dict[str, bytes] = field(default_factory=dict)  # public certificates, by path below the spec

    def leave_out(self, section: str, name: str, reason: str) -> None:
        """Take an entry out, with its secrets."""
        self.left[section, name] = reason
        self.entries[section].pop(name, None)
        if section == "users":
            self.stored = [each for each in self.stored if each.user != name]
            self.referred.pop(name, None)

    def values(self) -> dict[str, list[Body]]:
        """Return the entries as a spec writes them, section by section."""
        return {section: [each.value for each in found.values()] for section, found in self.entries.items() if found}

    def used_files(self) -> dict[str, bytes]:
        """Return the certificate files that entries of the draft refer to."""
        used = {each.value.get(name) for found in self.entries.values() for each in found.values() for name in _PUBLIC}
        return {path: content for path, content in self.files.items() if path in used}


def make_draft(config: Kubeconfig, read_file: ReadFile, *, allow_plaintext: bool = False) -> Draft:
    """Return what of a kubeconfig fits into a spec, and why other entries do not; no keys yet."""
    draft = Draft({section: {} for section in SECTIONS})
    for section in SECTIONS:
        for name, entry in config.section(section).items():
            try:
                draft.entries[section][name] = fit(section, entry, read_file, allow_plaintext=allow_plaintext)
            except Unfit as unfit:
                draft.left[section, name] = unfit.message
    return draft


def say_besides(draft: Draft, more: Mapping[str, Body]) -> None:
    """Give clusters what their hub says of them besides a kubeconfig: labels, and what is for one engine."""
    for name, found in draft.entries["clusters"].items():
        besides = copy.deepcopy(more.get(name, {}))
        for part in (besides.get("labels", {}), besides.get("argocd", {}).get("annotations", {})):
            for key in [key for key, value in part.items() if hide_tokens(f"{key} {value}") != f"{key} {value}"]:
                del part[key]
                found.notes.append("a label or annotation was left out: it holds what looks like a token")
        found.value |= escaped(besides, keys=True)


def place_certificates(draft: Draft, *, as_files: bool, taken: Callable[[str], bytes | None]) -> None:
    """Give every public certificate its place: a file below `pki/`, or data in the entry.

    `taken` returns what stands at a path already: nothing is ever written over.
    """
    by_content: dict[bytes, str] = {}
    for found in draft.entries.values():
        for each in found.values():
            for name, content in each.pem.items():
                each.value.pop(name, None)
                each.value.pop(f"{name}-data", None)
                if not as_files:
                    each.value[f"{name}-data"] = b64encode(content).decode()
                    continue
                if content not in by_content:
                    stem = f"pki/{slug_key(each.name)}{_PUBLIC[name]}"
                    by_content[content] = _free_path(stem, content, draft.files, taken)
                    draft.files[by_content[content]] = content
                each.value[name] = by_content[content]


def _free_path(path: str, content: bytes, files: dict[str, bytes], taken: Callable[[str], bytes | None]) -> str:
    stem, dot, ending = path.rpartition(".")
    for candidate in (path, f"{stem}-{sha256(content).hexdigest()[:8]}{dot}{ending}"):
        if files.get(candidate, taken(candidate)) in (None, content):
            return candidate
    return f"{stem}-{sha256(content).hexdigest()}{dot}{ending}"


def free_path(path: str, content: bytes, taken: Callable[[str], bytes | None]) -> str:
    """Return the path, or one with a hash in it where the path holds something else."""
    return _free_path(path, content, {}, taken)


def assign_keys(draft: Draft, is_free: IsFree, *, store: str = "default", seed: str = "") -> None:
    """Name every secret after its user, and put the reference into the field it stood in."""
    keys: dict[str, Secret] = {}
    there = {ref.key for ref in draft.referred.values() if ref.store == store}

    def is_free_here(key: str, secret: Secret) -> bool:
        return key not in there and is_free(key, secret)

    for each in draft.entries["users"].values():
        for found in each.secrets:
            key = choose_key(each.name, found, keys, is_free_here, seed)
            keys[key] = found.secret
            ref = SecretRef(key, store=store)
            draft.stored.append(Stored(each.name, found, ref))
            _put(each.value, found.path, ref)


def choose_key(user: str, found: Found, keys: dict[str, Secret], is_free: IsFree, seed: str) -> str:
    """Return the key of a user's secret: USER/FIELD, with a hash where that is taken by something else."""
    name = slug_key(found.name.lower())
    if len(name) > _LONGEST_NAME:
        name = f"{name[:20].strip('._-')}-{sha256(found.name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    slug = slug_key(user)
    # An `env` store reads `a.b/c` and `a-b/c` from one variable: no two keys of a spec may look alike there.
    variables = {variable_name("", key) for key in keys}
    for number in range(_MAX_CLASHES):
        mark = sha256(f"{seed}\0{user}\0{found.path}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        key = f"{slug}-{mark}/{name}" if number else f"{slug}/{name}"
        if variable_name("", key) not in variables and is_free(key, found.secret):
            return key
    raise SecretError(f"no free key for the {found.name} of user {user!r}", hint="choose another --name")


def _put(value: Body, path: tuple[str | int, ...], ref: SecretRef) -> None:
    at: Any = value
    for step in path[:-1]:
        at = at[step]
    # Beside a mapping, a variable's own name is still filled in; beside the short form it is not.
    long = path[:2] == ("exec", "env") and "${" in str(at.get("name", ""))
    at[path[-1]] = {"secretRef": {"store": ref.store, "key": ref.key}} if long else str(ref)


def spec_value(
    name: str, entries: dict[str, list[Body]], *, stores: list[Body] | None = None, include: list[str] | None = None
) -> Body:
    """Return a spec document."""
    value: Body = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec"}
    if name:
        value["metadata"] = {"name": name}
    if include:
        value["include"] = include
    if stores:
        value["secretStores"] = stores
    return value | copy.deepcopy(entries)
