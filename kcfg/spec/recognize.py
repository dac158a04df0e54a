"""Exec stanza → the auth preset that stands for it; only where the preset expands to exactly that stanza. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kcfg.kubeconfig.decode import decode_value
from kcfg.kubeconfig.model import entry_value
from kcfg.spec.presets import preset_faults, preset_stanza

Fields = dict[str, Any]


def recognize(stanza: Fields) -> Fields | None:
    """Return `auth` as a spec writes it, or None when no preset gives this stanza."""
    for name, read in _READERS.items():
        for fields in read(stanza):
            written = {name: {key: value for key, value in fields.items() if value not in (None, [])}}
            if _expands_to(written, stanza):
                return written
    return None


def _expands_to(written: Fields, stanza: Fields) -> bool:
    from kcfg.spec.models.auth import Auth

    try:
        auth = Auth.model_validate(written)
    except ValueError:
        return False
    return not list(preset_faults(auth)) and _canonical(preset_stanza(auth)) == _canonical(stanza)


def _canonical(stanza: Fields) -> Any:
    config = decode_value({"users": [{"name": "x", "user": {"exec": stanza}}]}, "")
    return None if config is None else entry_value("users", config.users["x"], unknown=True)


def _flags(args: list[str]) -> Fields:
    """Return `--flag value` and `--flag=value` as a mapping; repeated flags as a list."""
    found: Fields = {}
    for index, word in enumerate(args):
        name, joined, value = word.partition("=")
        if not name.startswith("--"):
            continue
        following = value if joined else args[index + 1] if index + 1 < len(args) else None
        found[name] = [*found[name], following] if name in found else [following]
    return found


def _first(stanza: Fields) -> Callable[[str], Any]:
    flags = _flags([str(word) for word in stanza.get("args") or []])
    return lambda flag: (flags.get(flag) or [None])[0]


def _aws_eks(stanza: Fields) -> Iterator[Fields]:
    flag = _first(stanza)
    profile = next(
        (each.get("value") for each in stanza.get("env") or [] if each and each.get("name") == "AWS_PROFILE"), None
    )
    yield {
        "cluster": flag("--cluster-name"),
        "region": flag("--region"),
        "role-arn": flag("--role"),
        "profile": profile,
    }


def _gke(_: Fields) -> Iterator[Fields]:
    yield {}


def _azure_kubelogin(stanza: Fields) -> Iterator[Fields]:
    flag = _first(stanza)
    fields = {
        "login": flag("--login"),
        "server-id": flag("--server-id"),
        "tenant-id": flag("--tenant-id"),
        "environment": flag("--environment"),
    }
    yield fields  # the client id that AKS writes need not be said
    yield fields | {"client-id": flag("--client-id")}


def _oidc(stanza: Fields) -> Iterator[Fields]:
    flags = _flags([str(word) for word in stanza.get("args") or []])
    flag = _first(stanza)
    yield {
        "issuer-url": flag("--oidc-issuer-url"),
        "client-id": flag("--oidc-client-id"),
        "extra-scopes": flags.get("--oidc-extra-scope"),
        "grant-type": flag("--grant-type"),
    }


def _teleport(stanza: Fields) -> Iterator[Fields]:
    flag = _first(stanza)
    yield {
        "cluster": flag("--kube-cluster"),
        "teleport-cluster": flag("--teleport-cluster"),
        "proxy": flag("--proxy"),
    }


_READERS: dict[str, Callable[[Fields], Iterator[Fields]]] = {
    "aws-eks": _aws_eks,
    "gke": _gke,
    "azure-kubelogin": _azure_kubelogin,
    "oidc": _oidc,
    "teleport": _teleport,
}
