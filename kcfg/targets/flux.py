"""Flux: a Secret `<cluster>-kubeconfig` with the kubeconfig under `value`, for `spec.kubeConfig.secretRef`.

kustomize-controller, docs/spec/v1/kustomizations.md (KubeConfig reference): without `key` it reads `value`, then
`value.yaml`. Since Flux 0.29 (advisory GHSA-vvmq-fwmg-2gjc) a kubeconfig may run no command there.
"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.kubeconfig.emit_yaml import dump_yaml
from kcfg.targets.manifest import manifest, secret_manifest
from kcfg.targets.members import Member, members, with_kubeconfigs
from kcfg.targets.users import exec_faults, provider_faults, secret_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.declared import Declared
    from kcfg.spec.models import User
    from kcfg.targets.job import Job

NAMESPACE = "flux-system"
SINGLE = False
KIND = "Opaque"


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield a Secret for each cluster."""
    chosen = members(job, lambda user: [*faults(job, user), *([] if job.inline else secret_faults(user))])
    for member, config in with_kubeconfigs(job, chosen):
        name, labels = object_of(member)
        secret = secret_manifest(job, name, labels, cluster_data(member, config))
        yield f"{member.name}.yaml", manifest(secret)


def object_of(member: Member) -> tuple[str, dict[str, str]]:
    """Return the Secret's name and labels."""
    return f"{member.name}-kubeconfig", member.labels


def cluster_data(_: Member, config: Kubeconfig) -> dict[str, str]:
    """Return the Secret's fields: the kubeconfig of one cluster."""
    return {"value": dump_yaml(config.to_value())}


def faults(_: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what Flux cannot do for a user, whoever brings the secret."""
    yield from provider_faults(declared)
    yield from exec_faults(declared, "Flux")
