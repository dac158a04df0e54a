"""Which kubectls are on PATH, and can they run exec plugins of version v1?"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator

from kcfg.doctor.finding import OK, PROBLEM, Finding, Surroundings

_AREA = "kubectl"
_OLDEST = (1, 22)


def check(here: Surroundings) -> Iterator[Finding]:
    """Ask each kubectl for its version."""
    found = list(_on_path(here.path))
    if not found:
        yield Finding(_AREA, PROBLEM, "not on PATH", "install it; kcfg itself does not need it")
        return
    for at, path in enumerate(found):
        version = _version(path, here)
        use = "" if at == 0 else " (hidden by the first)"
        number = re.match(r"v(\d+)\.(\d+)", version)
        if not number:
            yield Finding(_AREA, PROBLEM, f"{path}{use} does not tell its version", f"try `{path} version --client`")
        elif (int(number[1]), int(number[2])) < _OLDEST:
            message = f"{version} at {path}{use} cannot run exec plugins of version v1"
            yield Finding(_AREA, PROBLEM, message, "update it: 1.22 is the first that can")
        else:
            yield Finding(_AREA, OK, f"{version} at {path}{use}")


def _on_path(path: str) -> Iterator[str]:
    seen: set[str] = set()
    for folder in path.split(os.pathsep):
        for name in ("kubectl", "kubectl.exe"):
            file = os.path.join(folder, name)
            if os.path.isfile(file) and os.access(file, os.X_OK) and os.path.realpath(file) not in seen:
                seen.add(os.path.realpath(file))
                yield file


def _version(path: str, here: Surroundings) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            [path, "version", "--client", "-o", "json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=here.seconds,
            env={**here.environ, "KUBECONFIG": os.devnull},
            check=False,
        )
        found = json.loads(done.stdout)["clientVersion"]["gitVersion"]
    except (OSError, ValueError, LookupError, TypeError, subprocess.SubprocessError):
        return ""
    return found[:64] if isinstance(found, str) else ""
