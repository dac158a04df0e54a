"""What is wrong with `argocd` or `flux` of a cluster by itself, whoever signs in there; targets ask the rest.

Faults are (path in the entry, what is wrong, hint, rule). Nothing is said of what a variable has yet to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kcfg.spec.labels import annotation_faults
from kcfg.spec.urls import server_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.models import Cluster

Fault = tuple[tuple[str, ...], str, str, str]
ARGOCD_ARN = re.compile(r"arn:aws[\w-]*:eks:([a-z0-9-]+):[0-9]+:cluster/([A-Za-z0-9][A-Za-z0-9_-]*)")
# What Flux takes for a cluster's name in each API: fluxcd/pkg auth v0.32.0, {aws,gcp,azure}/options.go.
FLUX_CLUSTERS = {
    "aws": re.compile(r"arn:aws[\w-]*:eks:([^:]{1,100}):[0-9]{1,30}:cluster/(.{1,200})"),
    "gcp": re.compile(r"projects/[^/]{1,200}/locations/[^/]{1,200}/clusters/[^/]{1,200}"),
    "azure": re.compile(
        r"(?i:/subscriptions/[^/]{36}/resourceGroups/[^/]{1,200}/providers/Microsoft\.ContainerService/managedClusters/)"
        r"[^/]{1,200}"
    ),
}
FLUX_FORMS = {
    "aws": "arn:aws:eks:REGION:ACCOUNT:cluster/NAME",
    "gcp": "projects/PROJECT/locations/LOCATION/clusters/NAME",
    "azure": "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME",
}


def is_arn(server: str) -> bool:
    """Return whether Argo CD's EKS Capability is meant."""
    return server.startswith("arn:")


def argocd_faults(cluster: Cluster) -> Iterator[Fault]:
    """Yield what is wrong with `argocd`: its second name of the server, and annotations that no object may have."""
    if (block := cluster.argocd) is None:
        return
    if block.server and "${" not in block.server + cluster.server:
        fault = _arn_fault(block.server) if is_arn(block.server) else _server_fault(block.server, cluster.server)
        if fault:
            yield ("argocd", "server"), *fault, "KCFG709"
    for name, message in annotation_faults(block.annotations or {}):
        if "${" not in name:
            yield ("argocd", "annotations", name), message, "as labels: PREFIX/NAME", "KCFG705"


def _arn_fault(arn: str) -> tuple[str, str] | None:
    if ARGOCD_ARN.fullmatch(arn):
        return None
    return "no ARN of an EKS cluster", "write arn:aws:eks:REGION:ACCOUNT:cluster/NAME"


def _server_fault(server: str, real: str) -> tuple[str, str] | None:
    """Return what is wrong with a second name of a server: it must lead to the same one."""
    if fault := server_fault(server):
        return fault
    base, _, query = server.partition("?")
    if base.rstrip("/") != real.partition("?")[0].rstrip("/") or not re.fullmatch(r"__uid=[A-Za-z0-9._-]+", query):
        return "leads elsewhere than the cluster's server", f"write {real.partition('?')[0]}?__uid=NAME, or an ARN"
    return None


def flux_faults(cluster: Cluster, provider: str = "") -> Iterator[Fault]:
    """Yield what is wrong with `flux.cluster` at a provider; without one at whichever the user will have."""
    block = cluster.flux
    provider = provider or (block and block.provider) or ""
    if block is None or not block.cluster or "${" in block.cluster:
        return
    if provider == "generic":
        hint = "the server's address is enough: leave it out"
        yield ("flux", "cluster"), "the provider generic knows no clusters", hint, "KCFG709"
        return
    known = [provider] if provider else list(FLUX_CLUSTERS)
    if not any(FLUX_CLUSTERS[each].fullmatch(block.cluster) for each in known):
        hint = f"write {' or '.join(FLUX_FORMS[each] for each in known)}"
        yield ("flux", "cluster"), "no name of a cluster there", hint, "KCFG709"
