"""Secrets with kubeconfigs: one of everything selected, or one for each cluster. They hold values: `inline` only.

Readers look for the key they know (`--key`) and the labels they watch (`--label`); README.md has the recipes.
"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.errors import KcfgError
from kcfg.kubeconfig.flatten import flatten, require_content
from kcfg.targets.fields import Engine, loopback_warnings, nothing
from kcfg.targets.manifest import manifest, secret_manifest
from kcfg.targets.member import Member
from kcfg.targets.members import objects
from kcfg.yaml.emit import dump_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "secret.yaml"
# Whoever reads it reads a kubeconfig: nothing of it is lost here. What a reader leaves alone, its recipe says.
ENGINE = Engine("a Secret for each cluster")
faults = member_faults = unread = nothing  # whether plugins are there, its reader knows


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the Secret, or one for each cluster. Raises KcfgError unless secrets are asked for by name."""
    if not job.inline:
        raise KcfgError(
            "the target secret holds the values of secrets",
            hint="say --credentials inline, or use --to external-secrets",
        )
    if job.per_cluster:
        yield from objects(job, "secret")
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
    return secret_manifest(job, member.name, member.labels | job.labels, {job.key: dump_yaml(config.to_value())})
