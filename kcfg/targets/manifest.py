"""Kubernetes objects as text."""

from __future__ import annotations

from kcfg.kubeconfig.printed import printed_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.targets.job import Job

HEADER = "# Rendered by kcfg; changes belong into the spec.\n"


def manifest(value: dict[str, Any]) -> str:
    """Return an object as YAML in the canonical form, marked as rendered."""
    return HEADER + printed_yaml(value)


def secret_manifest(
    job: Job,
    name: str,
    labels: dict[str, str],
    data: dict[str, str],
    *,
    kind: str = "Opaque",
    annotations: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a Secret; `data` in clear, as the API server takes it under stringData."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": metadata(job, name, labels, annotations),
        "stringData": data,
    }


def config_map(job: Job, name: str, labels: dict[str, str], data: dict[str, str]) -> dict[str, Any]:
    """Return a ConfigMap: nothing in it is secret."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(job, name, labels), "data": data}


def metadata(job: Job, name: str, labels: dict[str, str], annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """Return an object's metadata; an unknown namespace is left to whoever applies it."""
    found: dict[str, Any] = {"name": name}
    if job.namespace:
        found["namespace"] = job.namespace
    if annotations:
        found["annotations"] = annotations
    return found | ({"labels": labels} if labels else {})
