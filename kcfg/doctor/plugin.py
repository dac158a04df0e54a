"""Is kcfg-credential found by kubectl, by programs that a desktop starts, and allowed by kuberc?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from shutil import which

from kcfg.doctor.finding import NOTE, OK, PROBLEM, Finding, Surroundings
from kcfg.doctor.kubectl import older_than
from kcfg.errors import KcfgError
from kcfg.files import read_bytes
from kcfg.kubeconfig.fields import INSTALL_HINT

_AREA = "plugin"
_NAME = "kcfg-credential"


def check(here: Surroundings) -> Iterator[Finding]:
    """Look for the plugin along both PATHs."""
    own = os.path.join(os.path.dirname(here.executable), _NAME)
    found = which(_NAME, path=here.path)
    if found is None:
        remedy = f"{INSTALL_HINT}; or render with --credential-command PATH"
        if os.access(own, os.X_OK):
            remedy = f"it is {own}: add its folder to PATH, or render with --credential-command {own}"
        yield Finding(_AREA, PROBLEM, f"{_NAME} is not on PATH: kubectl cannot run it", remedy)
    else:
        yield from _on_path(found, own)
    best = found or (own if os.access(own, os.X_OK) else "")
    if best and which(_NAME, path=here.desktop_path) is None:
        yield Finding(
            _AREA,
            PROBLEM if here.has_desktop else NOTE,
            f"{_NAME} is not found by programs that the desktop starts (PATH={here.desktop_path})",
            f"render with --credential-command {best}, or link it: sudo ln -s {best} /usr/local/bin/{_NAME}",
        )
    yield from _kuberc(here, best or f"/usr/local/bin/{_NAME}")


def _on_path(found: str, own: str) -> Iterator[Finding]:
    if os.path.exists(own) and not os.path.samefile(found, own):
        message = f"{found} is of another installation than this kcfg"
        yield Finding(_AREA, PROBLEM, message, f"put {os.path.dirname(own)} first on PATH, or remove the other one")
    else:
        yield Finding(_AREA, OK, f"{found} is on PATH")


def _kuberc(here: Surroundings, plugin: str) -> Iterator[Finding]:
    line = f"credentialPluginPolicy: Allowlist, credentialPluginAllowlist: [{{name: {plugin}}}]"
    path = here.environ.get("KUBERC") or os.path.join(here.environ.get("HOME") or "", ".kube", "kuberc")
    value = _read(path) if path != "off" else None
    policy = value.get("credentialPluginPolicy") if value else None
    if policy == "DenyAll":
        yield Finding("kuberc", PROBLEM, f"{path} lets kubectl run no plugin (DenyAll)", f"write {line}")
        return
    listed = value.get("credentialPluginAllowlist") if value else None
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    # kubectl compares words, after a search of PATH: a link and what it leads to are two programs.
    names = [str(each.get("command") or each.get("name")) for each in entries]
    if policy == "Allowlist" and not {_NAME, plugin} & set(names):
        remedy = f"add to credentialPluginAllowlist: {{name: {plugin}}}"
        yield Finding("kuberc", PROBLEM, f"{path} does not allow {_NAME}", remedy)
    elif policy == "Allowlist" and not all(each.get("name") for each in entries) and older_than(here, (1, 36)):
        message = f"{path} stops kubectl 1.35: an entry of credentialPluginAllowlist has no `name`"
        yield Finding("kuberc", PROBLEM, message, "write `name` instead of `command`: 1.36 reads it too")
    elif policy == "Allowlist":
        yield Finding("kuberc", OK, f"{path} allows {_NAME}")
    else:
        yield Finding("kuberc", NOTE, f"to allow this plugin alone (kubectl 1.35): {line}")


def _read(path: str) -> dict[str, object] | None:
    from kcfg.yaml.parse import parse_yaml

    try:
        value = parse_yaml(read_bytes(path), path).value
    except KcfgError:
        return None
    return value if isinstance(value, dict) else None
