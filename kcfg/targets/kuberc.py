"""kuberc: which credential plugins kubectl may run, and no others.

kubectl.config.k8s.io/v1beta1 Preference, read by kubectl 1.35 and 1.36 (kubernetes.io, "kuberc (v1beta1)": fields
credentialPluginPolicy and credentialPluginAllowlist; entries name a `command`). An allowlist must not be empty, and
only the policy Allowlist may have one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kcfg.targets.manifest import manifest

if TYPE_CHECKING:
    from kcfg.targets.job import Job

NAMESPACE = ""
SINGLE = True


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the preferences."""
    job.directory = None  # a relative command would start at kuberc's place, wherever that is
    users = job.kubeconfig().users.values()
    commands = sorted({str(user.body["exec"]["command"]) for user in users if user.body.get("exec")})
    value: dict[str, Any] = {"apiVersion": "kubectl.config.k8s.io/v1beta1", "kind": "Preference"}
    if commands:
        value["credentialPluginPolicy"] = "Allowlist"
        value["credentialPluginAllowlist"] = [{"command": command} for command in commands]
    else:
        value["credentialPluginPolicy"] = "DenyAll"
    yield "kuberc", manifest(value)
