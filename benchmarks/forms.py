"""A fleet in the forms that other programs write: their fields, their order of keys, their way with long texts."""
# ruff: noqa: E501 - a line is an entry

import yaml

EXEC_VERSION = "client.authentication.k8s.io/v1beta1"
ACCOUNT = "arn:aws:eks:eu-west-1:123456789012:cluster/"
GKE_HINT = (
    "Install gke-gcloud-auth-plugin for use with kubectl by following "
    "https://docs.example.com/kubernetes-engine/cluster-access-for-kubectl#install_plugin"
)
AZ_HINT = "\nkubelogin is not installed which is required to connect to AAD enabled cluster.\n\nTo learn more, please go to https://docs.example.com/aks\n"


def _dump(value: object, *, sort: bool) -> str:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, default_flow_style=False, sort_keys=sort)


def _file(fleet, named, body, *, clusters=None) -> dict:
    """Return a kubeconfig whose entries of one context all have one name, with a user's body for each."""
    return {
        "apiVersion": "v1",
        "clusters": clusters or [{"cluster": dict(reversed(each["cluster"].items())), "name": named(each["name"])} for each in fleet.clusters],
        "contexts": [{"context": {"cluster": named(name), "user": named(name)}, "name": named(name)} for name in fleet.names],
        "current-context": named(fleet.names[len(fleet.names) // 2]),
        "kind": "Config",
        "preferences": {},
        "users": [{"name": named(name), "user": body(name)} for name in fleet.names],
    }  # fmt: skip


def aws(fleet) -> str:
    """Return what `aws eks update-kubeconfig` writes: its order of keys, names that are ARNs."""

    def body(name: str) -> dict:
        args = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", name, "--output", "json"]
        return {"exec": {"apiVersion": EXEC_VERSION, "args": args, "command": "aws"}}

    return _dump(_file(fleet, lambda name: ACCOUNT + name, body), sort=False)


def gcloud(fleet) -> str:
    """Return what `gcloud container clusters get-credentials` writes: sorted keys, a hint that goes on in a second line."""

    def body(name: str) -> dict:
        return {
            "exec": {
                "apiVersion": EXEC_VERSION,
                "command": "gke-gcloud-auth-plugin",
                "installHint": GKE_HINT,
                "provideClusterInfo": True,
            }
        }

    return _dump(_file(fleet, lambda name: f"gke_acme_europe-west1_{name}", body), sort=True)


def az(fleet) -> str:
    """Return what `az aks get-credentials` and kubelogin write: a quoted hint of several lines, a list of arguments."""

    def body(name: str) -> dict:
        args = ["get-token", "--login", "azurecli", "--server-id", name]
        return {
            "exec": {
                "apiVersion": EXEC_VERSION,
                "args": args,
                "command": "kubelogin",
                "env": None,
                "installHint": AZ_HINT,
                "provideClusterInfo": False,
            }
        }

    return _dump(_file(fleet, lambda name: name, body), sort=True)


def minikube(fleet) -> dict:
    """Return the values that minikube writes: extensions, and paths below the home."""
    about = {"last-update": "Mon, 02 Jan 2023 10:00:00 UTC", "provider": "minikube.sigs.k8s.io", "version": "v1.31.2"}

    def told(kind: str) -> list:
        return [{"extension": about, "name": kind}]

    home = "/home/dev/.minikube"
    clusters = [
        {"name": name, "cluster": {"certificate-authority": f"{home}/ca.crt", "extensions": told("cluster_info"), "server": f"https://{name}.example.com:8443"}}
        for name in fleet.names
    ]  # fmt: skip

    def body(name: str) -> dict:
        return {
            "client-certificate": f"{home}/profiles/{name}/client.crt",
            "client-key": f"{home}/profiles/{name}/client.key",
        }

    value = _file(fleet, lambda name: name, body, clusters=clusters)
    for each in value["contexts"]:
        each["context"] |= {"extensions": told("context_info"), "namespace": "default"}
    return value


def shared(fleet) -> dict:
    """Return a kubeconfig in which all contexts share one cluster and one user."""
    value = fleet.value()
    contexts = [
        {"name": each["name"], "context": {**each["context"], "cluster": "shared", "user": "shared"}}
        for each in fleet.contexts
    ]
    return {
        **value,
        "clusters": [{**fleet.clusters[0], "name": "shared"}],
        "users": [{**fleet.users[0], "name": "shared"}],
        "contexts": contexts,
    }
