"""Kubeconfigs as tools write them, made by hand from their documented forms; the certificates are the test's."""

from base64 import b64encode

from kcfg.x509 import make_authority, make_client

AUTHORITY = make_authority("sample-ca")
CERTIFICATE, KEY = make_client("sample-admin", ("system:masters",), AUTHORITY)


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


def config(clusters, users, contexts, current=""):
    """A kubeconfig as plain values, from `name → body` of each section."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": body} for name, body in clusters.items()],
        "users": [{"name": name, "user": body} for name, body in users.items()],
        "contexts": [{"name": name, "context": body} for name, body in contexts.items()],
        "current-context": current or next(iter(contexts)),
    }


CA = {"certificate-authority-data": encoded(AUTHORITY[0])}
PAIR = {"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}
V1BETA1 = "client.authentication.k8s.io/v1beta1"
ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/shop"
GKE = "gke_acme-project_europe-west1-b_shop"
TALOS = "admin@talos-home"
FILES = {"minikube/ca.crt": AUTHORITY[0], "minikube/client.crt": CERTIFICATE, "minikube/client.key": KEY}

SAMPLES = {
    "kind": config(
        {"kind-dev": {**CA, "server": "https://127.0.0.1:41923"}},
        {"kind-dev": PAIR},
        {"kind-dev": {"cluster": "kind-dev", "user": "kind-dev"}},
    ),
    "k3s": config(
        {"default": {**CA, "server": "https://127.0.0.1:6443"}},
        {"default": PAIR},
        {"default": {"cluster": "default", "user": "default"}},
    ),
    "minikube": config(
        {
            "minikube": {
                "certificate-authority": "minikube/ca.crt",
                "server": "https://192.0.2.49:8443",
                "extensions": [
                    {
                        "name": "cluster_info",
                        "extension": {
                            "last-update": "Mon, 02 Feb 2026 10:00:00 UTC",
                            "provider": "minikube.sigs.k8s.io",
                            "version": "v1.37.0",
                        },
                    }
                ],
            }
        },
        {"minikube": {"client-certificate": "minikube/client.crt", "client-key": "minikube/client.key"}},
        {
            "minikube": {
                "cluster": "minikube",
                "user": "minikube",
                "namespace": "default",
                "extensions": [
                    {
                        "name": "context_info",
                        "extension": {"provider": "minikube.sigs.k8s.io", "version": "v1.37.0"},
                    }
                ],
            }
        },
    ),
    "eks": config(
        {ARN: {**CA, "server": "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com"}},
        {
            ARN: {
                "exec": {
                    "apiVersion": V1BETA1,
                    "command": "aws",
                    "args": ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "shop", "--output", "json"],
                    "env": [{"name": "AWS_PROFILE", "value": "shop"}],
                }
            }
        },
        {ARN: {"cluster": ARN, "user": ARN}},
    ),
    "gke": config(
        {GKE: {**CA, "server": "https://203.0.113.10"}},
        {
            GKE: {
                "exec": {
                    "apiVersion": V1BETA1,
                    "command": "gke-gcloud-auth-plugin",
                    "installHint": "Install gke-gcloud-auth-plugin for use with kubectl by following "
                    "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin",
                    "provideClusterInfo": True,
                }
            }
        },
        {GKE: {"cluster": GKE, "user": GKE}},
    ),
    "aks": config(
        {"shop": {**CA, "server": "https://shop-dns-0a1b2c3d.hcp.westeurope.azmk8s.io:443"}},
        {
            "clusterUser_shop-rg_shop": {
                "exec": {
                    "apiVersion": V1BETA1,
                    "command": "kubelogin",
                    "args": [
                        "get-token",
                        "--login",
                        "devicecode",
                        "--server-id",
                        "6dae42f8-4368-4678-94ff-3960e28e3630",
                        "--client-id",
                        "80faf920-1908-4b52-b5ef-a8e7bedfc67a",
                        "--tenant-id",
                        "00000000-0000-0000-0000-000000000001",
                    ],
                    "env": None,
                    "installHint": "\nkubelogin is not installed which is required to connect to AAD enabled cluster."
                    "\n\nTo learn more, please go to https://azure.github.io/kubelogin/\n",
                    "provideClusterInfo": False,
                }
            },
            "clusterAdmin_shop-rg_shop": {**PAIR, "token": "sample-aks-admin-token"},
        },
        {
            "shop": {"cluster": "shop", "user": "clusterUser_shop-rg_shop"},
            "shop-admin": {"cluster": "shop", "user": "clusterAdmin_shop-rg_shop"},
        },
    ),
    "openshift": config(
        {"api-ocp-example-com:6443": {"insecure-skip-tls-verify": True, "server": "https://api.ocp.example.com:6443"}},
        {"kubeadmin/api-ocp-example-com:6443": {"token": "sample~openshift-oauth-token"}},
        {
            "default/api-ocp-example-com:6443/kubeadmin": {
                "cluster": "api-ocp-example-com:6443",
                "namespace": "default",
                "user": "kubeadmin/api-ocp-example-com:6443",
            }
        },
    ),
    "rancher": config(
        {
            "store": {"server": "https://rancher.example.com/k8s/clusters/c-m-0a1b2c3d"},
            "store-node1": {**CA, "server": "https://192.0.2.21:6443"},
        },
        {"store": {"token": "sample-rancher:user-token"}},
        {
            "store": {"cluster": "store", "user": "store"},
            "store-node1": {"cluster": "store-node1", "user": "store"},
        },
    ),
    "teleport": config(
        {
            "teleport.example.com": {
                **CA,
                "server": "https://teleport.example.com:443",
                "tls-server-name": "kube-t.local",
            }
        },
        {
            "teleport.example.com-shop": {
                "exec": {
                    "apiVersion": V1BETA1,
                    "command": "tsh",
                    "args": [
                        "kube",
                        "credentials",
                        "--kube-cluster=shop",
                        "--teleport-cluster=teleport.example.com",
                        "--proxy=teleport.example.com:443",
                    ],
                    "env": None,
                    "interactiveMode": "IfAvailable",
                    "provideClusterInfo": False,
                }
            }
        },
        {
            "teleport.example.com-shop": {
                "cluster": "teleport.example.com",
                "extensions": [{"name": "teleport.kube.name", "extension": "shop"}],
                "user": "teleport.example.com-shop",
            }
        },
    ),
    "talos": config(
        {"talos-home": {**CA, "server": "https://198.51.100.7:6443"}},
        {TALOS: PAIR},
        {TALOS: {"cluster": "talos-home", "namespace": "default", "user": TALOS}},
    ),
}
PRESETS = {"eks": "aws-eks", "gke": "gke", "aks": "azure-kubelogin", "teleport": "teleport"}
