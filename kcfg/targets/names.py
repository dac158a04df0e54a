"""Names that Kubernetes takes: any text → DNS-1123."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

MAX_NAME = 50  # room for `-kubeconfig` inside the 63 characters of a label's value


def object_names(names: Iterable[str]) -> dict[str, str]:
    """Return a DNS-1123 label for each name, different ones for different names, whatever their order.

    Lower case, foreign characters become `-`. A name that is valid already is kept; where several others lead to one
    slug, or to a valid name, or are too long, each gets `-` and a part of its SHA-256.
    """
    known = list(dict.fromkeys(names))
    slugs = {name: _slug(name) for name in known}
    seen: dict[str, int] = {}
    for slug in slugs.values():
        seen[slug] = seen.get(slug, 0) + 1
    found = {name: slug for name, slug in slugs.items() if (slug == name or seen[slug] == 1) and len(slug) <= MAX_NAME}
    taken = set(found.values())
    for name in known:
        size = 8
        digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        while name not in found:
            if (hashed := f"{slugs[name][: MAX_NAME - size - 1].rstrip('-')}-{digest[:size]}") not in taken:
                found[name] = hashed
                taken.add(hashed)
            size += 8
    return found


def _slug(name: str) -> str:
    if len(name) <= MAX_NAME and re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name):
        return name
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "cluster"
