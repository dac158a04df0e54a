"""ClusterProfile (KEP-4322): an object for each cluster, and a ConfigMap with the providers that sign in (KEP-5339).

sigs.k8s.io/cluster-inventory-api v0.1.0: apis/v1alpha1/clusterprofile_types.go, and pkg/access/config.go, with which a
consumer makes its connection. `BuildConfigFromCP` takes server, certificate-authority-data and proxy-url of an access
provider's cluster, and three extensions; who signs in is a plugin that the consumer's own file has under the provider's
name. tls-server-name, insecure-skip-tls-verify and disable-compression have a place in the object, and nobody reads it.
v1alpha2 (2c9add11d437, in no release yet) has no credentialProviders; what is written here is the same in both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.spec.accounts import account_of
from kcfg.spec.references import secret_fields
from kcfg.targets.fields import BEFORE_PLUGINS, Engine, given
from kcfg.targets.manifest import config_map, manifest, metadata
from kcfg.targets.member import Member
from kcfg.targets.members import members, with_kubeconfigs
from kcfg.targets.targets import open_reader
from kcfg.targets.users import account_fault, provider_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Body, Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

NAMESPACE = ""  # a fleet's, which has a label with the cluster set's name
FILE = ""
# The value of this label is spec.clusterManager.name: apis/v1alpha1, LabelClusterManagerKey.
MANAGER = "x-k8s.io/cluster-manager"
KCFG = "kcfg"
# Where `NewFromFile` looks when nobody says otherwise: SetupProviderFileFlag.
PROVIDERS = "clusterprofile-provider-file.json"
# No name of an object has `_`: no cluster's file is called so.
_PROVIDERS_FILE = "access_providers.yaml"
_APPLY = (
    "status is a resource of its own: `kubectl apply -f DIR` leaves it out, and after it (kubectl 1.32) "
    f"`kubectl apply --server-side --subresource=status -l {MANAGER} -f DIR` writes it"
)
_EXTENSIONS = (
    "client.authentication.k8s.io/exec",
    "clusterprofiles.multicluster.x-k8s.io/exec/additional-args",
    "clusterprofiles.multicluster.x-k8s.io/exec/additional-envs",
)
_CLUSTER = ("server", "certificate-authority-data", "proxy-url", "disable-compression")
_STANZA = ("apiVersion", "command", "args", "env", "provideClusterInfo")
_PLACE = (
    "a ClusterProfile has no place for credentials: its consumers run a plugin",
    "give the user exec: or auth: alone; or use --to external-secrets",
)
_AS = ("the consumers of a ClusterProfile impersonate nobody", "give it a user of its own")
_NAME = ("the consumers of a ClusterProfile take the name of the address", "give an address that the certificate has")
_TLS = ("the consumers of a ClusterProfile verify all the same", "give its certificate-authority")
_NOBODY = "nobody signs in: a ClusterProfile names a provider that does"
_KEYS = ("client-certificate", "client-certificate-data", "client-key", "client-key-data")
ENGINE = Engine(
    "cluster-inventory-api",
    lost=dict.fromkeys((*BEFORE_PLUGINS, *_KEYS), _PLACE)
    | dict.fromkeys(IMPERSONATION, _AS)
    | {"tls-server-name": _NAME, "insecure-skip-tls-verify": _TLS},
    unread=frozenset(
        (
            ("cluster", "disable-compression"),
            *(("user", "extensions"), ("context", "extensions"), ("context", "namespace")),
        )
    ),
)


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield a ClusterProfile for each cluster, and the ConfigMap with their providers."""
    stanzas: dict[str, Body] = {}
    for member, config in with_kubeconfigs(job, members(job, open_reader("clusterprofile"), _values)):
        provider = _provider(member)
        stanza = config.users[provider].body["exec"]
        stanzas[provider] = {key: stanza[key] for key in _STANZA if stanza.get(key)}
        yield f"{member.name}.yaml", manifest(plain_object(job, member, config))
    if stanzas:
        listed = [{"name": name, "execConfig": stanzas[name]} for name in sorted(stanzas)]
        data = {PROVIDERS: json.dumps({"providers": listed}, indent=2, ensure_ascii=False) + "\n"}
        name = f"{job.spec.name.replace('.', '-')}-access-providers"
        yield _PROVIDERS_FILE, manifest(config_map(job, name, {}, data))
        job.notes.append(_APPLY)


def plain_object(job: Job, member: Member, config: Kubeconfig) -> dict[str, Any]:
    """Return the ClusterProfile; its access provider has the name of the cluster's user."""
    manager = member.labels.get(MANAGER) or KCFG
    cluster = config.clusters[member.cluster.entry.name].body
    access: dict[str, Any] = {key: cluster[key] for key in _CLUSTER if cluster.get(key)}
    if extensions := [{"name": name, "extension": value} for name, value in _told(member)]:
        access["extensions"] = extensions
    return {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ClusterProfile",
        "metadata": metadata(job, member.name, member.labels | {MANAGER: manager}),
        "spec": {"clusterManager": {"name": manager}, "displayName": member.cluster.entry.name},
        "status": {"accessProviders": [{"name": _provider(member), "cluster": access}]},
    }


def _provider(member: Member) -> str:
    return member.user.entry.name if member.user else ""


def _told(member: Member) -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of the extensions that consumers read."""
    for each in member.cluster.entry.extensions or []:
        if each.name in _EXTENSIONS:
            yield each.name, each.extension


def _values(declared: Declared[User]) -> Iterator[Problem]:
    """Yield the variables of a plugin whose values are secret: a ConfigMap shows them. Others have no place at all."""
    for path, _ in secret_fields(declared.entry):
        if path[0] == "exec":
            message, hint = "the value would stand in a ConfigMap", "let the plugin find it in the consumer's pod"
            yield declared.problem(message, *path, rule="KCFG701", hint=hint)


def faults(_: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what consumers of a ClusterProfile cannot do for a user."""
    yield from provider_faults(declared)
    user = declared.entry
    if account_of(user) is not None:
        yield account_fault(declared, "a consumer")
    if user.exec and user.exec.interactive_mode == "Always":
        message = "nobody sits at a consumer's terminal"
        yield declared.problem(message, "exec", "interactiveMode", rule="KCFG703", hint="say Never")
    if user.exec and "/" in user.exec.command and not user.exec.command.startswith("/"):
        message, hint = "a file of this machine, not of a consumer's image", "the plugin's name, or its path there"
        yield declared.problem(message, "exec", "command", rule="KCFG702", hint=hint)
    if not any(given(declared, field) for field in ("exec", "auth", "auth-provider", *BEFORE_PLUGINS, *_KEYS)):
        yield declared.problem(_NOBODY, "name", rule="KCFG702", hint="give it exec: or auth:")


def member_faults(_: Job, member: Member) -> Iterator[Problem]:
    """Yield a cluster to which nobody signs in, and extensions that the API server refuses."""
    if member.user is None:
        yield member.context.problem(_NOBODY, "name", rule="KCFG702", hint="give it a user with exec: or auth:")
    for index, each in enumerate(member.cluster.entry.extensions or []):
        if each.name in _EXTENSIONS and not isinstance(each.extension, dict):
            message, hint = "the schema of ClusterProfile takes only a mapping here", "leave it out, or make it one"
            yield member.cluster.problem(message, "extensions", index, "extension", rule="KCFG703", hint=hint)


def unread(job: Job, member: Member) -> Iterator[str]:
    """Yield what consumers leave alone of this cluster; nobody sits at their terminals."""
    if any(each.name not in _EXTENSIONS for each in member.cluster.entry.extensions or []):
        yield "extensions"
    stanza = member.user.entry.exec if member.user else None
    if stanza and stanza.interactive_mode == "IfAvailable":  # it says Never
        yield "interactiveMode"
    if stanza and stanza.install_hint:
        yield "installHint"
