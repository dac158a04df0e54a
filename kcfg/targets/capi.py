"""Cluster API: the Secret `<cluster>-kubeconfig` that its controllers and clusterctl look for.

cluster-api v1.11.3, util/secret/consts.go (key `value`, suffix `kubeconfig`) and api/…/common_types.go (type
`cluster.x-k8s.io/secret`, label `cluster.x-k8s.io/cluster-name`); the same in v1beta1 and v1beta2.
"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.targets.fields import Engine, nothing
from kcfg.targets.manifest import secret_manifest
from kcfg.targets.member import Member
from kcfg.targets.members import objects
from kcfg.targets.users import exec_faults, provider_faults
from kcfg.yaml.emit import dump_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

NAMESPACE = ""  # that of the Cluster object, which kcfg does not know
FILE = ""
KIND = "cluster.x-k8s.io/secret"
# Its controllers read the kubeconfig with clientcmd, people get it from clusterctl: nothing of it is lost.
ENGINE = Engine("Cluster API")
member_faults = unread = nothing


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield a Secret for each cluster."""
    yield from objects(job, "capi")


def plain_object(job: Job, member: Member, config: Kubeconfig) -> dict[str, Any]:
    """Return the Secret."""
    name, labels, _ = object_of(member)
    return secret_manifest(job, name, labels, cluster_data(member, config), kind=KIND)


def object_of(member: Member) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the Secret's name and labels."""
    return f"{member.name}-kubeconfig", member.labels | {"cluster.x-k8s.io/cluster-name": member.name}, {}


def cluster_data(_: Member, config: Kubeconfig) -> dict[str, str]:
    """Return the Secret's fields: the kubeconfig of one cluster."""
    return {"value": dump_yaml(config.to_value())}


def faults(_: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what Cluster API cannot do for a user, whoever brings the secret."""
    yield from provider_faults(declared)
    yield from exec_faults(declared, "Cluster API")


def signs_in(*_: object) -> str:
    """Return nothing: its controllers take what the kubeconfig has."""
    return ""


def instead(*_: object) -> str:
    """Return nothing: its controllers know no other way."""
    return ""
