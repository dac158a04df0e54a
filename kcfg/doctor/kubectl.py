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
        number = _number(version)
        if number is None:
            yield Finding(_AREA, PROBLEM, f"{path}{use} does not tell its version", f"try `{path} version --client`")
        elif number < _OLDEST:
            message = f"{version} at {path}{use} cannot run exec plugins of version v1"
            yield Finding(_AREA, PROBLEM, message, "update it: 1.22 is the first that can")
        else:
            yield Finding(_AREA, OK, f"{version} at {path}{use}")


def older_than(here: Surroundings, number: tuple[int, int]) -> bool:
    """Say whether a kubectl on PATH is older than that, or does not tell."""
    return any((_number(_version(path, here)) or (0, 0)) < number for path in _on_path(here.path))


def _number(version: str) -> tuple[int, int] | None:
    found = re.match(r"v(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None


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
            # Its preferences may stop every command, also this one; what they say is looked at elsewhere.
            env={**here.environ, "KUBECONFIG": os.devnull, "KUBERC": "off"},
            check=False,
        )
        found = json.loads(done.stdout)["clientVersion"]["gitVersion"]
    except (OSError, ValueError, LookupError, TypeError, subprocess.SubprocessError):
        return ""
    return found[:64] if isinstance(found, str) else ""
