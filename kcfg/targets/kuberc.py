"""kuberc: which credential plugins kubectl may run, and no others.

kubectl.config.k8s.io/v1beta1 Preference, read by kubectl 1.35 and 1.36 (kubernetes.io, "kuberc (v1beta1)": fields
credentialPluginPolicy and credentialPluginAllowlist). An entry says `name`: kubectl 1.35 knows no other field and
refuses every command when it meets `command` alone; 1.36 calls it `command`, and reads `name` while there is v1beta1.
An allowlist must not be empty, and only the policy Allowlist may have one. A path that is not in its shortest form
stops every command as well; kubectl compares with the shortest form of what the kubeconfig says.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from kcfg.targets.manifest import manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "kuberc"


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the preferences."""
    job.directory = None  # a relative command would start at kuberc's place, wherever that is
    users = job.kubeconfig().users.values()
    names = sorted({shortest(str(user.body["exec"]["command"])) for user in users if user.body.get("exec")})
    value: dict[str, Any] = {"apiVersion": "kubectl.config.k8s.io/v1beta1", "kind": "Preference"}
    if names:
        value["credentialPluginPolicy"] = "Allowlist"
        value["credentialPluginAllowlist"] = [{"name": name} for name in names]
    else:
        value["credentialPluginPolicy"] = "DenyAll"
    yield "kuberc", manifest(value)


def shortest(command: str) -> str:
    """Return a command as an allowlist has to say it: a path without `.`, `..` and doubled slashes, as Go cleans it."""
    return re.sub("^//", "/", posixpath.normpath(command)) if "/" in command else command
