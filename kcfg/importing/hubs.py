"""What hubs hold of clusters → kubeconfigs: Secrets of Cluster API, Flux and Argo CD, and ClusterProfiles.

From `kubectl get … -o yaml`: a List, or documents of mixed kinds. Files that such a kubeconfig names are of another
machine: they are never read here. Read at cluster-api v1.11.3 util/secret/consts.go (key `value`), fluxcd/pkg apis/meta
v1.38.0 (`value`, `value.yaml`), argo-cd v3.6.1 util/db/cluster.go (SecretToCluster), cluster-inventory-api v0.1.0
pkg/access/config.go and apis/v1alpha1 (status.accessProviders, credentialProviders before).
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator

from kcfg.dataclass import dataclass, field
from kcfg.errors import KcfgError
from kcfg.importing.argocd_secret import ARGOCD, of_argocd
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.fields import PATH_FIELDS
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.targets.clusterprofile import KCFG, MANAGER
from kcfg.yaml.parse import Document, parse_yaml, parse_yaml_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Body
    from kcfg.yaml.parse import Path

_KINDS = ("List", "Secret", "SecretList", "ClusterProfile", "ClusterProfileList")
_LOOKS = re.compile(rb"""["']?kind["']?\s*:\s*["']?(List|Secret|ClusterProfile)""")
# Where readers look for a kubeconfig: Cluster API, Flux; Crossplane, Kueue, multicluster-runtime; the KEP's Secrets.
_KEYS = ("value", "value.yaml", "kubeconfig", "config", "Config")
_PROFILE = "multicluster.x-k8s.io/"


@dataclass(slots=True, repr=False)
class Held:
    """A kubeconfig that an object held, with what of the object a spec has a place for besides."""

    name: str
    config: Kubeconfig
    more: dict[str, Any] = field(default_factory=dict)  # of its cluster


@dataclass(slots=True, repr=False)
class Hub:
    """What a text of objects held: kubeconfigs, objects that hold none, and what could not be carried."""

    held: list[Held] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def is_hub(raw: bytes) -> bool:
    """Return whether a text may hold objects, at a glance; `read_hub` knows."""
    return _LOOKS.search(raw) is not None


def read_hub(raw: bytes, source: str) -> Hub | None:
    """Return what the objects of a text hold; None where none is of the kinds that do, or the first is a kubeconfig.

    Raises KcfgError where it cannot be parsed. Values are never quoted.
    """
    documents = [each for each in parse_yaml_documents(raw, source) if each.value is not None]
    kinds = [_mapping(each.value).get("kind", "Config") for each in documents]
    if not any(kind in _KINDS for kind in kinds) or kinds[0] == "Config":
        return None
    hub = Hub()
    for document in documents:
        for path, value in _objects(document.value, ()):
            _read(hub, document, path, value)
    return hub


def _objects(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Yield every object with its path; those of lists in lists, too."""
    items = value.get("items") if isinstance(value, dict) and str(value.get("kind", "")).endswith("List") else None
    if not isinstance(items, list):
        yield path, value
        return
    for index, item in enumerate(items):
        yield from _objects(item, (*path, "items", index))


def _read(hub: Hub, document: Document, path: Path, value: object) -> None:
    where = str(document.locate(path))
    about = _mapping(_mapping(value).get("metadata"))
    kind, name = str(_mapping(value).get("kind", "")), str(about.get("name", ""))
    called = f"{where}: {kind or 'object'} {'/'.join(filter(None, (str(about.get('namespace') or ''), name)))}"
    body = _mapping(value)
    group = str(body.get("apiVersion", ""))
    before = len(hub.held)
    try:
        if kind == "Secret" and group == "v1":
            _secret(hub, body, name, called)
        elif kind == "ClusterProfile" and group.startswith(_PROFILE):
            _profile(hub, body, name, called)
        else:
            hub.skipped.append(f"{called}: holds no cluster's address")
    except KcfgError as error:
        hub.lost.append(f"{called}: {_reason(error)}")
        return
    for held in hub.held[before:]:
        _without_files(hub, held.config, called)


def _reason(error: KcfgError) -> str:
    """Return what is wrong without its places: they are in a text that nobody has as a file."""
    return "; ".join(f"{each.path}: {each.message}" if each.path else each.message for each in error.problems)


def _secret(hub: Hub, body: Body, name: str, called: str) -> None:
    data = secret_data(body)
    labels = _mapping(_mapping(body.get("metadata")).get("labels"))
    if labels.get(ARGOCD) == "cluster":
        value, more, lost, notes = of_argocd(data, labels, _mapping(_mapping(body.get("metadata")).get("annotations")))
        hub.held.append(Held(name, _decoded(value, called), more))
        hub.lost += [f"{called}: {each}" for each in lost]
        hub.skipped += [f"{called}: {each}" for each in notes]
        return
    found = {key: data[key] for key in _KEYS if key in data and _is_kubeconfig(data[key])}
    if not found:
        hub.skipped.append(f"{called}: holds no kubeconfig (looked for: {', '.join(_KEYS)})")
    for key, text in found.items():
        config = decode(parse_yaml(text, called))
        config.current_context = ""  # of whoever reads the Secret
        hub.held.append(Held(name.removesuffix("-kubeconfig") + f"-{key}" * (len(found) > 1), config))


def secret_data(body: Body) -> dict[str, bytes]:
    """Return the fields of a Secret; `stringData` goes first, as on the API server. Raises KcfgError."""
    found: dict[str, bytes] = {}
    for key, value in _mapping(body.get("data")).items():
        try:
            found[key] = b64decode("".join(str(value or "").split()), validate=True)
        except ValueError:
            raise KcfgError(f"data.{key} is not base64") from None
    return found | {key: str(value).encode() for key, value in _mapping(body.get("stringData")).items()}


def _is_kubeconfig(raw: bytes) -> bool:
    try:
        value = parse_yaml(raw, "").value
    except KcfgError:
        return False
    return (
        isinstance(value, dict) and value.get("kind", "Config") == "Config" and isinstance(value.get("clusters"), list)
    )


def _profile(hub: Hub, body: Body, name: str, called: str) -> None:
    status = _mapping(body.get("status"))
    providers: dict[str, Body] = {}
    for section in ("credentialProviders", "accessProviders"):  # the new name goes first
        listed = status.get(section)
        providers |= {
            str(each.get("name", "")): _mapping(each.get("cluster"))
            for each in (listed if isinstance(listed, list) else ())
            if isinstance(each, dict)
        }
    if not providers:
        hub.skipped.append(f"{called}: no access provider says where it is")
    labels = {str(key): str(value) for key, value in _mapping(_mapping(body.get("metadata")).get("labels")).items()}
    if labels.get(MANAGER) == KCFG:
        del labels[MANAGER]  # `render --to clusterprofile` says so by itself
    for provider, cluster in providers.items():
        entry = name if len(providers) == 1 else f"{name}-{provider}"
        value: Body = {
            "clusters": [{"name": entry, "cluster": cluster}],
            "contexts": [{"name": entry, "context": {"cluster": entry}}],
        }
        hub.held.append(Held(entry, _decoded(value, called), {"labels": labels} if labels else {}))
        hub.lost.append(f"{called}: how {provider!r} signs in is in its consumers' files: context {entry} has no user")


def _decoded(value: Body, source: str) -> Kubeconfig:
    document = Document("", source, None)
    document.value = value
    return decode(document)


def _without_files(hub: Hub, config: Kubeconfig, called: str) -> None:
    """Take out the entries that name files: here such a path would be another file."""
    for section, fields in PATH_FIELDS.items():
        entries = config.section(section)
        for name, entry in list(entries.items()):
            wrong = [key for key in fields if entry.body.get(key)]
            command = entry.exec_command()
            if "/" in command and not command.startswith("/"):
                wrong.append("exec.command")
            if wrong:
                del entries[name]
                hub.lost.append(
                    f"{called}: {section}.{name}: left out: {', '.join(wrong)} is a file of another machine"
                )


def _mapping(value: object) -> Body:
    return value if isinstance(value, dict) else {}
