"""Argo CD: a Secret for each cluster, as `docs/operator-manual/declarative-setup.md` (Clusters) describes it.

The fields of `config` are those of ClusterConfig in Argo CD's `pkg/apis/application/v1alpha1/types.go`: username,
password, bearerToken, tlsClientConfig, awsAuthConfig, execProviderConfig, disableCompression (v2.12), proxyUrl (v2.14).
Both were read at commits 6328f8ba71ac and 015ba5e77514.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kcfg.targets.manifest import manifest, secret_manifest
from kcfg.targets.members import Member, members, with_kubeconfigs
from kcfg.targets.users import provider_faults, secret_faults

if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Body, Kubeconfig
    from kcfg.spec.declared import Declared
    from kcfg.spec.models import User
    from kcfg.targets.job import Job

NAMESPACE = "argocd"
SINGLE = False
KIND = "Opaque"
_LABEL = {"argocd.argoproj.io/secret-type": "cluster"}
# The plugin inside Argo CD's own image.
_PLUGIN = "argocd-k8s-auth"
_V1BETA1 = "client.authentication.k8s.io/v1beta1"
# Of the logins that Argo CD documents, those that need neither a person nor a secret.
_AZURE_LOGINS = ("workloadidentity", "msi")


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield a Secret for each cluster."""
    chosen = members(job, lambda user: [*faults(job, user), *([] if job.inline else secret_faults(user))])
    for member, config in with_kubeconfigs(job, chosen):
        name, labels = object_of(member)
        yield f"{member.name}.yaml", manifest(secret_manifest(job, name, labels, cluster_data(member, config)))


def object_of(member: Member) -> tuple[str, dict[str, str]]:
    """Return the Secret's name and labels."""
    return member.name, member.labels | _LABEL


def cluster_data(member: Member, config: Kubeconfig) -> dict[str, str]:
    """Return the Secret's fields: name, server, and the connection as JSON."""
    cluster = config.clusters[member.cluster.entry.name].body
    user = config.users[member.user.entry.name].body if member.user else {}
    how = json.dumps(_config(cluster, user, member), indent=2, ensure_ascii=False) + "\n"
    return {"name": member.cluster.entry.name, "server": cluster["server"], "config": how}


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
        return {"execProviderConfig": {"command": _PLUGIN, "args": ["gcp"], "apiVersion": _V1BETA1}}
    if auth and (azure := auth.azure_kubelogin):
        variables = {
            "AAD_LOGIN_METHOD": azure.login,
            "AAD_ENVIRONMENT_NAME": azure.environment,
            "AAD_SERVER_APPLICATION_ID": azure.server_id,
            "AZURE_CLIENT_ID": azure.client_id,
            "AZURE_TENANT_ID": azure.tenant_id,
        }
        given = {key: value for key, value in variables.items() if value}
        stanza = {"command": _PLUGIN, "args": ["azure"], "env": given, "apiVersion": _V1BETA1}
        return {"execProviderConfig": stanza}
    return {"execProviderConfig": _stanza(user["exec"])} if user.get("exec") else {}


def _stanza(stanza: Body) -> dict[str, Any]:
    found = {
        "command": stanza["command"],
        "args": stanza.get("args"),
        "env": {each["name"]: each["value"] for each in stanza.get("env") or []},
        "apiVersion": stanza["apiVersion"],
        "installHint": stanza.get("installHint"),
    }
    return {key: value for key, value in found.items() if value}


def faults(job: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what Argo CD cannot do for a user, whoever brings the secret."""
    user = declared.entry
    yield from provider_faults(declared)
    fields = ("as", "as-uid", "as-groups", "as-user-extra")
    values = (user.impersonate, user.impersonate_uid, user.impersonate_groups, user.impersonate_extra)
    for field, value in zip(fields, values, strict=True):
        if value:
            yield declared.problem(
                "Argo CD impersonates nobody on a cluster", field, rule="KCFG703", hint="give it a user of its own"
            )
    if user.exec and user.exec.command not in {_PLUGIN, *job.plugins}:
        yield declared.problem(
            f"{user.exec.command!r} is not in Argo CD's image",
            "exec",
            "command",
            rule="KCFG702",
            hint=f"use {_PLUGIN}; or --plugin {user.exec.command} when your own image has it",
        )
    yield from _auth_faults(job, declared)


def _auth_faults(job: Job, declared: Declared[User]) -> Iterator[Problem]:
    auth = declared.entry.auth
    if auth is None or auth.gke:
        return
    if auth.aws_eks:
        if auth.aws_eks.profile:
            yield declared.problem(
                "Argo CD's profile is a file inside its image, not a name",
                *("auth", "aws-eks", "profile"),
                rule="KCFG703",
                hint="use role-arn, or write the `exec:` of argocd-k8s-auth",
            )
    elif auth.azure_kubelogin:
        if auth.azure_kubelogin.login not in _AZURE_LOGINS:
            yield declared.problem(
                f"login {auth.azure_kubelogin.login} needs a person or a secret",
                *("auth", "azure-kubelogin"),
                rule="KCFG703",
                hint=f"login: {' or '.join(_AZURE_LOGINS)}",
            )
    else:
        (name, tool) = ("oidc", "kubectl") if auth.oidc else ("teleport", "tsh")
        if tool not in job.plugins:
            yield declared.problem(
                f"Argo CD has no plugin for {name}",
                *("auth", name),
                rule="KCFG702",
                hint=f"give it a user with a token; or --plugin {tool} when your own image has it",
            )
