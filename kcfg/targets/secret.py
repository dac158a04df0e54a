"""Secrets with kubeconfigs: one of everything selected, or one for each cluster. They hold values: `inline` only.

Readers look for the key they know (`--key`) and the labels they watch (`--label`); README.md has the recipes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kcfg.errors import KcfgError
from kcfg.kubeconfig.emit_yaml import dump_yaml
from kcfg.kubeconfig.flatten import flatten, require_content
from kcfg.targets.fields import Engine, loopback_warnings
from kcfg.targets.manifest import manifest, secret_manifest
from kcfg.targets.members import Member, members, with_kubeconfigs
from kcfg.targets.targets import open_template

if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "secret.yaml"
KIND = "Opaque"
# Whoever reads it reads a kubeconfig: nothing of it is lost here. What a reader leaves alone, its recipe says.
ENGINE = Engine("a Secret for each cluster")


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the Secret, or one for each cluster. Raises KcfgError unless secrets are asked for by name."""
    if not job.inline:
        raise KcfgError(
            "the target secret holds the values of secrets",
            hint="say --credentials inline, or use --to external-secrets",
        )
    if job.per_cluster:
        for member, config in with_kubeconfigs(job, members(job, open_template("secret"))):
            yield f"{member.name}.yaml", manifest(plain_object(job, member, config))
        return
    job.directory = None  # files are inlined: their place does not matter
    config = job.kubeconfig()
    if len(config.contexts) == 1:  # its readers ask for no context: without a current one they would ask localhost
        (config.current_context,) = config.contexts
    for cluster in config.clusters:
        job.warnings += loopback_warnings(job.spec.clusters[cluster])
    require_content(config, job.spec.read)
    whole = flatten(config, job.spec.read, "/", token_files=True)
    name = f"{job.spec.name.replace('.', '-')}-kubeconfig"
    yield FILE, manifest(secret_manifest(job, name, job.labels, {job.key: dump_yaml(whole.to_value())}))


def plain_object(job: Job, member: Member, config: Kubeconfig) -> dict[str, Any]:
    """Return the Secret of a cluster; it has the cluster's name, by which some readers know it."""
    name, labels, _ = object_of(member)
    return secret_manifest(job, name, labels | job.labels, {job.key: dump_yaml(config.to_value())})


def object_of(member: Member) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the Secret's name and labels."""
    return member.name, member.labels, {}


def cluster_data(_: Member, config: Kubeconfig) -> dict[str, str]:
    """Return the Secret's fields under the usual key."""
    return {"value": dump_yaml(config.to_value())}


def faults(*_: object) -> Iterator[Problem]:
    """Yield nothing: whether plugins are there, its reader knows."""
    yield from ()


def member_faults(*_: object) -> Iterator[Problem]:
    """Yield nothing: what a kubeconfig says is in it."""
    yield from ()


def signs_in(*_: object) -> str:
    """Return nothing: the kubeconfig's credential does."""
    return ""


def instead(*_: object) -> str:
    """Return nothing: `why` knows what a whole kubeconfig needs."""
    return ""


def unread(*_: object) -> Iterator[str]:
    """Yield nothing: what a kubeconfig says is in it."""
    yield from ()
