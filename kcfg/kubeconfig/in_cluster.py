"""A pod's own access to its cluster, as client-go's in-cluster configuration has it, in the form of a kubeconfig."""

from __future__ import annotations

import os
from collections.abc import Mapping

from kcfg.errors import FileError, KubeconfigError, Location
from kcfg.files import read_bytes
from kcfg.kubeconfig.model import Entry, Kubeconfig

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
IN_CLUSTER = "in-cluster"


def load_in_cluster(environ: Mapping[str, str]) -> Kubeconfig:
    """Return a kubeconfig of one context, `in-cluster`. Raises KubeconfigError outside of a pod."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    token, authority = os.path.join(SERVICE_ACCOUNT, "token"), os.path.join(SERVICE_ACCOUNT, "ca.crt")
    if not host or not port:
        raise KubeconfigError(
            "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set",
            hint="--in-cluster reads a pod's own service account",
        )
    if not os.path.isfile(token):
        raise FileError("no service account token", location=Location(token), hint="is it mounted into this pod?")
    cluster = {"server": f"https://{f'[{host}]' if ':' in host else host}:{port}"}
    if os.path.isfile(authority):
        cluster["certificate-authority"] = authority
    context = {"cluster": IN_CLUSTER, "user": IN_CLUSTER}
    namespace = os.path.join(SERVICE_ACCOUNT, "namespace")
    if os.path.isfile(namespace):
        context["namespace"] = read_bytes(namespace).decode(errors="replace").strip()
    config = Kubeconfig()
    config.clusters[IN_CLUSTER] = Entry(IN_CLUSTER, dict(cluster))
    # The file, not its content: the kubelet renews it.
    config.users[IN_CLUSTER] = Entry(IN_CLUSTER, {"tokenFile": token})
    config.contexts[IN_CLUSTER] = Entry(IN_CLUSTER, dict(context))
    return config
