"""Labels guessed from names and addresses, where somebody asks for a guess. Pure."""

from __future__ import annotations

import re

from kcfg.importing.draft import Draft
from kcfg.spec.urls import host_of, provider_of

_WORD = re.compile(r"[a-z0-9]+")
_ENVIRONMENTS = {
    "prod": "prod", "production": "prod", "prd": "prod", "live": "prod",
    "stage": "stage", "staging": "stage", "stg": "stage", "preprod": "stage", "uat": "stage", "qa": "test",
    "test": "test", "testing": "test", "dev": "dev", "develop": "dev", "development": "dev", "sandbox": "dev",
}  # fmt: skip
_REGION = re.compile(
    r"(?<![a-z0-9])((?:us|eu|ap|sa|ca|me|af|il|cn)-(?:(?:north|south|east|west|central)+|gov-\w+)-?\d"
    r"|(?:europe|asia|us|australia|northamerica|southamerica)-(?:north|south|east|west|central)+\d)(?![0-9])"
)
_GKE_NAME = re.compile(r"gke_[^_]+_([a-z0-9-]+?)(?:-[a-f])?_")


def guess_labels(draft: Draft) -> list[str]:
    """Give clusters the labels that their names and servers suggest; return a line for each guess."""
    lines = []
    for name, found in draft.entries["clusters"].items():
        labels = _guess(name, str(found.value.get("server", "")))
        if labels:
            found.value["labels"] = {**labels, **found.value.get("labels", {})}
            shown = ", ".join(f"{key}={value}" for key, value in labels.items())
            lines.append(f"clusters.{name}: guessed labels {shown}")
    return lines


def _guess(name: str, server: str) -> dict[str, str]:
    host = host_of(server)
    labels: dict[str, str] = {}
    words = _WORD.findall(name.lower()) or _WORD.findall(host)
    known = next((_ENVIRONMENTS[word] for word in words if word in _ENVIRONMENTS), None)
    if known:
        labels["env"] = known
    text = f"{name.lower()} {host}"
    if found := _GKE_NAME.search(text) or _REGION.search(text.replace("_", " ").replace("/", " ")):
        labels["region"] = found[1]
    if provider := provider_of(name, server):
        labels["provider"] = provider
    return labels
