"""Minify: one context and what it refers to, as `kubectl config view --minify`; extract: several."""

from __future__ import annotations

from kcfg.errors import KubeconfigError
from kcfg.kubeconfig.model import Kubeconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_REFERENCES = (("cluster", "clusters"), ("user", "users"))


def minify(config: Kubeconfig, context: str | None = None, *, as_kubectl: bool = False) -> Kubeconfig:
    """Keep one context (default: current-context), its cluster and its user, and make it current.

    What stands beside the entries is not this context's, and does not go with it; kubectl keeps it.

    Raises KubeconfigError with kubectl's wording for the first thing that is missing.
    """
    name = context or config.current_context
    if not name:
        raise KubeconfigError("current-context must exist in order to minify", hint="choose one with --context")
    if name not in config.contexts:
        from kcfg.closest import suggest

        raise KubeconfigError(f"cannot locate context {name}", hint=suggest(name, config.contexts))
    for kind, section in _REFERENCES:
        wanted = config.contexts[name].get(kind)
        if wanted and wanted not in config.section(section):
            raise KubeconfigError(f"cannot locate {kind} {wanted}")
    result = extract(config, [name])
    result.current_context = name
    if as_kubectl:
        result.preferences, result.extensions, result.unknown = config.preferences, config.extensions, config.unknown
    return result


def extract(config: Kubeconfig, contexts: Iterable[str]) -> Kubeconfig:
    """Keep some contexts and the clusters and users they refer to; current-context only if it is one of them."""
    result = Kubeconfig()
    result.contexts = {name: config.contexts[name] for name in contexts}
    for kind, section in _REFERENCES:
        wanted = {entry.get(kind) for entry in result.contexts.values()} - {""}
        setattr(result, section, {name: entry for name, entry in config.section(section).items() if name in wanted})
    result.current_context = config.current_context if config.current_context in result.contexts else ""
    return result
