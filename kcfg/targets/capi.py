"""Cluster API: the Secret `<cluster>-kubeconfig` that its controllers and clusterctl look for.

cluster-api, util/secret/consts.go (key `value`, suffix `kubeconfig`) and api/…/common_types.go (type
`cluster.x-k8s.io/secret`, label `cluster.x-k8s.io/cluster-name`); the same in v1beta1 and v1beta2.
"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.targets.flux import cluster_data
from kcfg.targets.manifest import manifest, secret_manifest
from kcfg.targets.members import Member, members, with_kubeconfigs
from kcfg.targets.users import exec_faults, provider_faults, secret_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.spec.declared import Declared
    from kcfg.spec.models import User
    from kcfg.targets.job import Job

NAMESPACE = ""  # that of the Cluster object, which kcfg does not know
SINGLE = False
KIND = "cluster.x-k8s.io/secret"


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield a Secret for each cluster."""
    chosen = members(job, lambda user: [*faults(job, user), *([] if job.inline else secret_faults(user))])
    for member, config in with_kubeconfigs(job, chosen):
        name, labels = object_of(member)
        secret = secret_manifest(job, name, labels, cluster_data(member, config), kind=KIND)
        yield f"{member.name}.yaml", manifest(secret)


def object_of(member: Member) -> tuple[str, dict[str, str]]:
    """Return the Secret's name and labels."""
    return f"{member.name}-kubeconfig", member.labels | {"cluster.x-k8s.io/cluster-name": member.name}


def faults(_: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what Cluster API cannot do for a user, whoever brings the secret."""
    yield from provider_faults(declared)
    yield from exec_faults(declared, "Cluster API")
