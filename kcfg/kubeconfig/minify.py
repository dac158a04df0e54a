"""Minify: one context and what it refers to, as `kubectl config view --minify`."""

from __future__ import annotations

from kcfg.errors import KubeconfigError
from kcfg.kubeconfig.model import Kubeconfig


def minify(config: Kubeconfig, context: str | None = None) -> Kubeconfig:
    """Keep one context (default: current-context), its cluster and its user, and make it current.

    Raises KubeconfigError with kubectl's wording for the first thing that is missing.
    """
    name = context or config.current_context
    if not name:
        raise KubeconfigError("current-context must exist in order to minify", hint="choose one with --context")
    if name not in config.contexts:
        raise KubeconfigError(f"cannot locate context {name}")
    result = Kubeconfig()
    result.contexts = {name: config.contexts[name]}
    result.current_context = name
    result.preferences, result.extensions = config.preferences, config.extensions
    for kind, section in (("cluster", "clusters"), ("user", "users")):
        wanted = config.contexts[name].body.get(kind) or ""
        if wanted and wanted not in config.section(section):
            raise KubeconfigError(f"cannot locate {kind} {wanted}")
        setattr(result, section, {wanted: config.section(section)[wanted]} if wanted else {})
    return result
