"""Auth presets → the exec stanza that the vendor's own tool writes today. No cloud is asked; nothing is run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.spec.models.auth import Auth, AwsEks, AzureKubelogin, Gke, Oidc, ServiceAccount, Teleport

_V1BETA1 = "client.authentication.k8s.io/v1beta1"
# The public client of AKS, which `az aks get-credentials` names.
_AKS_CLIENT = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
_AZURE_INTERACTIVE = ("devicecode", "interactive")
_AZURE_NAMED = (*_AZURE_INTERACTIVE, "spn", "ropc")


def preset_name(auth: Auth) -> str:
    """Return which preset it is; '' when none or several are given."""
    given = [field.alias or name for name, field in type(auth).model_fields.items() if getattr(auth, name) is not None]
    return given[0] if len(given) == 1 else ""


def preset_stanza(auth: Auth) -> dict[str, Any]:
    """Return the exec stanza of a valid preset, as a kubeconfig spells it."""
    name = preset_name(auth)
    make: Any = PRESETS[name]
    stanza: dict[str, Any] = make(getattr(auth, name.replace("-", "_")))
    return stanza


def preset_faults(auth: Auth) -> Iterator[tuple[str, str, str]]:
    """Yield (field, what is wrong, hint) for what the models cannot know."""
    if not preset_name(auth):
        yield "", "exactly one preset may stand here", f"one of {', '.join(PRESETS)}"
    azure = auth.azure_kubelogin
    if azure and azure.login in _AZURE_NAMED and azure.tenant_id is None:
        yield "azure-kubelogin", f"login {azure.login} needs tenant-id", "add `tenant-id:`"
    if azure and azure.login in ("spn", "ropc") and azure.client_id is None:
        yield "azure-kubelogin", f"login {azure.login} needs client-id", "add `client-id:`"


def _aws_eks(auth: AwsEks) -> dict[str, Any]:
    # aws-cli v2, awscli/customizations/eks/update_kubeconfig.py: get_user_entry.
    region = ["--region", auth.region] if auth.region else []
    role = ["--role", auth.role_arn] if auth.role_arn else []
    stanza: dict[str, Any] = {
        "apiVersion": _V1BETA1,
        "command": "aws",
        "args": [*region, "eks", "get-token", "--cluster-name", auth.cluster, "--output", "json", *role],
    }
    if auth.profile:
        stanza["env"] = [{"name": "AWS_PROFILE", "value": auth.profile}]
    return stanza | {"provideClusterInfo": False}


def _gke(_: Gke) -> dict[str, Any]:
    # What `gcloud container clusters get-credentials` writes; the page that installHint names shows it.
    return {
        "apiVersion": _V1BETA1,
        "command": "gke-gcloud-auth-plugin",
        "installHint": "Install gke-gcloud-auth-plugin for use with kubectl by following "
        "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin",
        "provideClusterInfo": True,
    }


def _azure_kubelogin(auth: AzureKubelogin) -> dict[str, Any]:
    # Azure/kubelogin, pkg/internal/converter/convert.go: which arguments follow depends on the login.
    args = ["get-token", "--login", auth.login, "--server-id", auth.server_id]
    client = auth.client_id or (_AKS_CLIENT if auth.login in _AZURE_INTERACTIVE else None)
    if client and auth.login not in ("azurecli", "azd"):
        args += ["--client-id", client]
    if auth.tenant_id and auth.login != "msi":
        args += ["--tenant-id", auth.tenant_id]
    if auth.environment and auth.login in _AZURE_NAMED:
        args += ["--environment", auth.environment]
    return {
        "apiVersion": _V1BETA1,
        "command": "kubelogin",
        "args": args,
        "installHint": "\nkubelogin is not installed which is required to connect to AAD enabled cluster.\n\n"
        "To learn more, please go to https://azure.github.io/kubelogin/\n",
        "provideClusterInfo": False,
    }


def _oidc(auth: Oidc) -> dict[str, Any]:
    # int128/kubelogin, pkg/usecases/setup/setup.md: what `kubectl oidc-login setup` tells the user to run.
    args = [f"--oidc-issuer-url={auth.issuer_url}", f"--oidc-client-id={auth.client_id}"]
    args += [f"--oidc-extra-scope={scope}" for scope in auth.extra_scopes or []]
    args += [f"--grant-type={auth.grant_type}"] if auth.grant_type else []
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "kubectl",
        "args": ["oidc-login", "get-token", *args],
        "interactiveMode": "Never",
        "provideClusterInfo": False,
    }


def _service_account(_: ServiceAccount) -> dict[str, Any]:
    # kcfg's own: which spec and user it is, rendering adds; what is asked for is in the trust record alone.
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "kcfg-credential",
        "interactiveMode": "Never",
        "provideClusterInfo": True,
    }


def _teleport(auth: Teleport) -> dict[str, Any]:
    # gravitational/teleport, lib/kube/kubeconfig/kubeconfig.go: what `tsh kube login` writes.
    args = ["kube", "credentials", f"--kube-cluster={auth.cluster}", f"--teleport-cluster={auth.teleport_cluster}"]
    args += [f"--proxy={auth.proxy}"] if auth.proxy else []
    return {
        "apiVersion": _V1BETA1,
        "command": "tsh",
        "args": args,
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }


PRESETS = {
    "aws-eks": _aws_eks,
    "gke": _gke,
    "azure-kubelogin": _azure_kubelogin,
    "oidc": _oidc,
    "service-account": _service_account,
    "teleport": _teleport,
}
