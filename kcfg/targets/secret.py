"""A plain Secret with one kubeconfig of everything selected. It holds what it says: `--credentials inline` only."""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.errors import KcfgError
from kcfg.kubeconfig.emit_yaml import dump_yaml
from kcfg.kubeconfig.flatten import flatten, require_content
from kcfg.targets.fields import loopback_warnings
from kcfg.targets.manifest import manifest, secret_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "secret.yaml"


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the Secret. Raises KcfgError unless secrets are asked for by name."""
    if not job.inline:
        raise KcfgError(
            "the target secret holds the values of secrets",
            hint="say --credentials inline, or use --to external-secrets",
        )
    job.directory = None  # files are inlined: their place does not matter
    config = job.kubeconfig()
    if len(config.contexts) == 1:  # its readers ask for no context: without a current one they would ask localhost
        (config.current_context,) = config.contexts
    for cluster in config.clusters:
        job.warnings += loopback_warnings(job.spec.clusters[cluster])
    require_content(config, job.spec.read)
    whole = flatten(config, job.spec.read, "/", token_files=True)
    name = f"{job.spec.name.replace('.', '-')}-kubeconfig"
    data = {"value": dump_yaml(whole.to_value())}
    yield "secret.yaml", manifest(secret_manifest(job, name, {}, data))
