"""Argo CD: a Secret for each cluster, as `docs/operator-manual/declarative-setup.md` (Clusters) describes it.

The fields of `config` are those of ClusterConfig in Argo CD's `pkg/apis/application/v1alpha1/types.go`: username,
password, bearerToken, tlsClientConfig, awsAuthConfig, execProviderConfig (provideClusterInfo and config since v3.5),
disableCompression (v2.12), proxyUrl (v2.14); those beside it are read by `SecretToCluster` in `util/db/cluster.go`.
Read at v3.5.0 and v3.6.1. The EKS Capability for Argo CD (AWS docs, "Register target clusters") takes an ARN for
`server`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.spec.engines import is_arn
from kcfg.spec.presets import preset_name, preset_stanza
from kcfg.targets.argocd_faults import cluster_faults, identity, user_faults
from kcfg.targets.fields import Engine
from kcfg.targets.manifest import secret_manifest
from kcfg.targets.member import Member
from kcfg.targets.members import objects
from kcfg.targets.users import preset_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Body, Kubeconfig
    from kcfg.spec.models import Cluster, User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

NAMESPACE = "argocd"
FILE = ""
KIND = "Opaque"
_LABEL = {"argocd.argoproj.io/secret-type": "cluster"}
# The plugin inside Argo CD's own image.
PLUGIN = "argocd-k8s-auth"
_OWN = ("aws-eks", "gke", "azure-kubelogin")
_V1BETA1 = "client.authentication.k8s.io/v1beta1"
# Where kubectl finds what a plugin is told about a cluster (kubernetes.io, kubeconfig v1: ExecConfig).
EXEC_EXTENSION = "client.authentication.k8s.io/exec"
_AS = ("Argo CD impersonates nobody on a cluster", "give it a user of its own")
ENGINE = Engine(
    "Argo CD",
    lost=dict.fromkeys(IMPERSONATION, _AS),
    unread=frozenset((("user", "extensions"), ("context", "extensions"), ("context", "namespace"))),
)


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield a Secret for each cluster."""
    yield from objects(job, "argocd")


def plain_object(job: Job, member: Member, config: Kubeconfig) -> dict[str, Any]:
    """Return the Secret."""
    name, labels, annotations = object_of(member)
    return secret_manifest(job, name, labels, cluster_data(member, config), annotations=annotations)


def object_of(member: Member) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the Secret's name, labels and annotations."""
    block = member.cluster.entry.argocd
    return member.name, member.labels | _LABEL, (block and block.annotations) or {}


def cluster_data(member: Member, config: Kubeconfig) -> dict[str, str]:
    """Return the Secret's fields: name, server, the connection as JSON, and what `argocd` says of the cluster."""
    cluster = config.clusters[member.cluster.entry.name].body
    user = config.users[member.user.entry.name].body if member.user else {}
    found = {"name": member.cluster.entry.name, "server": identity(member.cluster)}
    if not is_arn(identity(member.cluster)):  # the EKS Capability signs in by itself
        found["config"] = json.dumps(_config(cluster, user, member), indent=2, ensure_ascii=False) + "\n"
    return found | _scope(member.cluster.entry)


def _scope(cluster: Cluster) -> dict[str, str]:
    """Return the fields of SecretToCluster beside the connection, all texts."""
    if (block := cluster.argocd) is None:
        return {}
    found = {
        "project": block.project,
        "namespaces": ",".join(block.namespaces or []),
        "clusterResources": None if block.cluster_resources is None else str(block.cluster_resources).lower(),
        "shard": None if block.shard is None else str(block.shard),
    }
    return {key: value for key, value in found.items() if value}


def _config(cluster: Body, user: Body, member: Member) -> dict[str, Any]:
    found = {"username": user.get("username"), "password": user.get("password"), "bearerToken": user.get("token")}
    found["tlsClientConfig"] = _tls(cluster, user)
    found |= _plugin(user, member)
    found |= {"disableCompression": cluster.get("disable-compression"), "proxyUrl": cluster.get("proxy-url")}
    return {key: value for key, value in found.items() if value}


def _tls(cluster: Body, user: Body) -> dict[str, Any]:
    fields = {
        "serverName": cluster.get("tls-server-name"),
        "caData": cluster.get("certificate-authority-data"),
        "certData": user.get("client-certificate-data"),
        "keyData": user.get("client-key-data"),
    }
    insecure = bool(cluster.get("insecure-skip-tls-verify"))
    return {"insecure": insecure} | {key: value for key, value in fields.items() if value}


def _plugin(user: Body, member: Member) -> dict[str, Any]:
    auth = member.user.entry.auth if member.user else None
    if auth and auth.aws_eks:
        # The region chooses only which STS endpoint signs; Argo CD takes it from its own environment.
        eks = {"clusterName": auth.aws_eks.cluster, "roleARN": auth.aws_eks.role_arn}
        return {"awsAuthConfig": {key: value for key, value in eks.items() if value}}
    if auth and auth.gke:
        return {"execProviderConfig": {"command": PLUGIN, "args": ["gcp"], "apiVersion": _V1BETA1}}
    if auth and (azure := auth.azure_kubelogin):
        variables = {
            "AAD_LOGIN_METHOD": azure.login,
            "AAD_ENVIRONMENT_NAME": azure.environment,
            "AAD_SERVER_APPLICATION_ID": azure.server_id,
            "AZURE_CLIENT_ID": azure.client_id,
            "AZURE_TENANT_ID": azure.tenant_id,
        }
        given = {key: value for key, value in variables.items() if value}
        stanza = {"command": PLUGIN, "args": ["azure"], "env": given, "apiVersion": _V1BETA1}
        return {"execProviderConfig": stanza}
    return {"execProviderConfig": _stanza(user["exec"], told(member))} if user.get("exec") else {}


def told(member: Member) -> Any:
    """Return what a cluster has for a plugin; None where it has nothing."""
    extensions = member.cluster.entry.extensions or []
    return next((each.extension for each in extensions if each.name == EXEC_EXTENSION), None)


def _stanza(stanza: Body, config: Any) -> dict[str, Any]:
    found = {
        "command": stanza["command"],
        "args": stanza.get("args"),
        "env": {each["name"]: each["value"] for each in stanza.get("env") or []},
        "apiVersion": stanza["apiVersion"],
        "installHint": stanza.get("installHint"),
        "provideClusterInfo": stanza.get("provideClusterInfo"),
        "config": config,
    }
    return {key: value for key, value in found.items() if value}


def faults(job: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what Argo CD cannot do for a user, whoever brings the secret."""
    yield from user_faults(job, declared, PLUGIN)


def member_faults(job: Job, member: Member) -> Iterator[Problem]:
    """Yield what is wrong with what Argo CD knows a cluster by, and with its `argocd`."""
    yield from cluster_faults(job, member)


def signs_in(job: Job, member: Member) -> str:
    """Return who signs in where the Secret holds no credential."""
    if is_arn(identity(member.cluster)):
        return "the EKS Capability signs in with its own role"
    if member.user is None or any(user_faults(job, member.user, PLUGIN)):
        return ""
    user = member.user.entry
    if user.auth and preset_name(user.auth) in _OWN:
        return f"Argo CD signs in with its own identity ({preset_name(user.auth)})"
    command = preset_stanza(user.auth)["command"] if user.auth else user.exec and user.exec.command
    return f"Argo CD runs {command}" if command else ""


def instead(_: Job, member: Member) -> str:
    """Return the preset of who runs the cluster, or a plugin."""
    return preset_for(member.cluster.entry) or f"exec: {PLUGIN}, or a plugin of your own image and --plugin"


def unread(job: Job, member: Member) -> Iterator[str]:
    """Yield what Argo CD leaves alone of this cluster; note what only new versions read."""
    cluster, user = member.cluster.entry, member.user.entry if member.user else None
    arn = is_arn(identity(member.cluster))
    runs = bool(user and not arn and (user.exec or (user.auth and (user.auth.oidc or user.auth.teleport))))
    foreign = [each for each in cluster.extensions or [] if not (runs and each.name == EXEC_EXTENSION)]
    if foreign:
        yield "extensions"
    if user and user.exec:
        if user.exec.interactive_mode == "IfAvailable":  # nobody sits there: Argo CD says Never
            yield "interactiveMode"
        if user.exec.provide_cluster_info or told(member) is not None:
            job.listed("provideClusterInfo and its data need Argo CD 3.5", member.name)
    if user and user.auth and user.auth.aws_eks and user.auth.aws_eks.region and not arn:
        yield "region"
    if arn:
        job.listed("an ARN is for the EKS Capability, which signs in and finds address and CA by itself", member.name)
        yield "server"
        if user and user.auth:
            yield "auth"
        for name in ("certificate_authority", "certificate_authority_data", "disable_compression"):
            if getattr(cluster, name):
                yield name.replace("_", "-")
