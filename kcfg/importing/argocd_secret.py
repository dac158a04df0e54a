"""Argo CD's cluster Secret → a kubeconfig and the spec's `argocd` block: the way back from `render --to argocd`. Pure.

argoproj/argo-cd v3.6.1: util/db/cluster.go (SecretToCluster), pkg/apis/application/v1alpha1/types.go (ClusterConfig);
cmd/argocd-k8s-auth/commands (aws.go, azure.go, gcp.go), and Azure/kubelogin v0.1.4, pkg/token/options_ctor.go
(OptionsWithEnv) and pkg/internal/token/provider.go (no environment is AzurePublicCloud).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from kcfg.errors import KcfgError
from kcfg.kubeconfig.model import Body
from kcfg.spec.models.auth import Auth
from kcfg.spec.presets import preset_stanza
from kcfg.spec.recognize import recognize
from kcfg.targets.argocd import EXEC_EXTENSION, PLUGIN
from kcfg.targets.argocd_faults import AZURE_LOGINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ARGOCD = "argocd.argoproj.io/secret-type"
_INSIDE = "https://kubernetes.default.svc"
_KNOWN = ("name", "server", "config", "project", "namespaces", "clusterResources", "shard")
_TLS = {"serverName": "tls-server-name", "caData": "certificate-authority-data", "insecure": "insecure-skip-tls-verify"}
_USER = {"username": "username", "password": "password", "bearerToken": "token"}
_KEYS = {"certData": "client-certificate-data", "keyData": "client-key-data"}
# What azure.go, and kubelogin for it, read of the environment → the preset's field.
_AZURE = {
    "AAD_LOGIN_METHOD": "login",
    "AAD_SERVER_APPLICATION_ID": "server-id",
    "AZURE_CLIENT_ID": "client-id",
    "AZURE_TENANT_ID": "tenant-id",
}
_STANZA = ("command", "args", "apiVersion", "installHint", "provideClusterInfo")


def of_argocd(
    data: Mapping[str, bytes], labels: Mapping[str, Any], annotations: Mapping[str, Any]
) -> tuple[Body, dict[str, Any], list[str], list[str]]:
    """Return the kubeconfig, what the spec's cluster has besides, what could not be carried, and what to know of it.

    Raises KcfgError where the Secret leads nowhere. No value is quoted.
    """
    text = {key: value.decode("utf-8", "replace") for key, value in data.items()}
    server = text.get("server", "")
    if server.startswith("arn:"):
        raise KcfgError("server is an ARN, which only the EKS Capability finds: the address is not in the Secret")
    if server.rstrip("/") == _INSIDE:
        raise KcfgError("server is the cluster that Argo CD runs in: from elsewhere it has another address")
    if not server:
        raise KcfgError("server is missing")
    config = _config(text.get("config", ""))
    name = text.get("name") or server
    lost = [f"{key} is nothing that Argo CD reads" for key in text if key not in _KNOWN]
    address, _, query = server.partition("?__uid=")
    cluster: Body = {"server": address}
    tls = _mapping(config.pop("tlsClientConfig", None))
    cluster |= {_TLS[key]: tls[key] for key in _TLS if tls.get(key)}
    user: Body = {_KEYS[key]: tls[key] for key in _KEYS if tls.get(key)}
    lost += [f"config.tlsClientConfig.{key} is unknown" for key in tls if key not in (*_TLS, *_KEYS)]
    for key, known in (("proxyUrl", "proxy-url"), ("disableCompression", "disable-compression")):
        if given := config.pop(key, None):
            cluster[known] = given
    credentials = {_USER[key]: given for key in _USER if (given := config.pop(key, None))}
    notes: list[str] = []
    plugin = _plugin(config, cluster, lost, notes)
    if plugin and credentials:  # Argo CD runs the plugin, kubectl would take the others
        lost.append(f"config: {', '.join(credentials)} left out: Argo CD signs in with its plugin")
    user |= {"exec": plugin} if plugin else credentials
    lost += [f"config.{key} is unknown" for key in config]
    value: Body = {
        "clusters": [{"name": name, "cluster": cluster}],
        "contexts": [{"name": name, "context": {"cluster": name} | ({"user": name} if user else {})}],
        "users": [{"name": name, "user": user}] if user else [],
    }
    return value, _more(text, server if query else "", labels, annotations), lost, notes


def _config(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        raise KcfgError("config is not JSON") from None
    if not isinstance(found, dict):
        raise KcfgError("config is no JSON object")
    return found


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plugin(config: dict[str, Any], cluster: Body, lost: list[str], notes: list[str]) -> Body:
    """Return the exec stanza of how Argo CD signs in, in kubectl's words; {} where it runs no plugin."""
    eks, stanza = _mapping(config.pop("awsAuthConfig", None)), _mapping(config.pop("execProviderConfig", None))
    if eks.get("clusterName"):
        if eks.get("profile"):
            lost.append("config.awsAuthConfig.profile is a file in Argo CD's image")
        return _eks(str(eks["clusterName"]), eks.get("roleARN"), None)
    if not stanza.get("command"):
        return {}
    args = [str(each) for each in stanza.get("args") or []]
    env = _mapping(stanza.get("env"))
    if stanza["command"] == PLUGIN:
        if preset := _own(args, env):
            return preset
        notes.append(
            f"{' '.join([PLUGIN, *args[:1]])} stays as it is, a plugin of Argo CD's image: no preset says it all"
        )
    if stanza.get("config"):
        cluster["extensions"] = [{"name": EXEC_EXTENSION, "extension": stanza["config"]}]
    found = {key: stanza[key] for key in _STANZA if stanza.get(key)}
    lost += [f"config.execProviderConfig.{key} is unknown" for key in stanza if key not in (*_STANZA, "env", "config")]
    variables = [{"name": key, "value": value} for key, value in env.items()]
    return found | ({"env": variables} if variables else {}) | {"interactiveMode": "Never"}


def _own(args: list[str], env: Mapping[str, Any]) -> Body:
    """Return the stanza of the preset that means what Argo CD's own plugin is asked for; {} where none says it all."""
    if args == ["gcp"] and not env:
        return preset_stanza(Auth.model_validate({"gke": {}}))
    if args == ["azure"]:
        return _azure({key: value for key, value in env.items() if value})
    if args[:1] == ["aws"] and env.keys() <= {"AWS_REGION"}:
        words = [part for word in args[1:] for part in (word.split("=", 1) if word.startswith("--") else [word])]
        flags = dict(zip(words[::2], words[1::2], strict=False))
        whole = len(words) == 2 * len(flags) and all(flags.values())
        if whole and "--cluster-name" in flags and flags.keys() <= {"--cluster-name", "--role-arn"}:
            return _eks(flags["--cluster-name"], flags.get("--role-arn"), env.get("AWS_REGION"))
    return {}


def _azure(env: dict[str, Any]) -> Body:
    if env.get("AAD_ENVIRONMENT_NAME") == "AzurePublicCloud":  # so it is without
        del env["AAD_ENVIRONMENT_NAME"]
    given = {"login": "workloadidentity"} | {_AZURE[key]: value for key, value in env.items() if key in _AZURE}
    if not env.keys() <= _AZURE.keys() or given["login"] not in AZURE_LOGINS:
        return {}
    stanza = preset_stanza(Auth.model_validate({"azure-kubelogin": given}))
    written = recognize(stanza) or {}
    # With some logins kubelogin is told less than the preset says: then the plugin's words stay.
    return stanza if given.items() <= written.get("azure-kubelogin", {}).items() else {}


def _eks(cluster: str, role: object, region: object) -> Body:
    given = {"cluster": cluster, "role-arn": role, "region": region}
    return preset_stanza(Auth.model_validate({"aws-eks": {key: value for key, value in given.items() if value}}))


def _more(
    text: Mapping[str, str], server: str, labels: Mapping[str, Any], annotations: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the spec's cluster has for Argo CD alone, and its labels."""
    block: dict[str, Any] = {"server": server, "project": text.get("project", "")}
    block["namespaces"] = [each.strip() for each in text.get("namespaces", "").split(",") if each.strip()]
    if "clusterResources" in text:
        block["clusterResources"] = text["clusterResources"].strip().lower() in ("true", "1", "t")
    if text.get("shard", "").strip().isdecimal():
        block["shard"] = int(text["shard"])
    own = {key: str(value) for key, value in annotations.items() if "kubectl.kubernetes.io/" not in key}
    block["annotations"] = {key: value for key, value in own.items() if key != "managed-by"}
    block = {key: value for key, value in block.items() if value not in ("", [], {})}
    kept = {str(key): str(value) for key, value in labels.items() if key != ARGOCD}
    return ({"argocd": block} if block else {}) | ({"labels": kept} if kept else {})
