"""Labels and annotations that Kubernetes takes: what the API server would refuse of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_PART = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def annotation_faults(annotations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (key, what the API server would refuse): keys are as those of labels, values may be anything."""
    yield from label_faults(dict.fromkeys(annotations, ""))


def label_faults(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (key, what the API server would refuse). Labels are no secrets: they are quoted."""
    for key, value in labels.items():
        prefix, slash, name = key.rpartition("/")
        if not _PART.fullmatch(name) or (slash and (not _PREFIX.fullmatch(prefix) or len(prefix) > 253)):
            yield key, f"{key!r} is no label key that Kubernetes takes"
        elif value and not _PART.fullmatch(value):
            yield key, f"{value!r} is no label value that Kubernetes takes ({key})"
