"""k9s: which contexts it opens read-only, in the file that it keeps for each of them.

k9s 0.30 and later read CLUSTER/CONTEXT/config.yaml below `$XDG_DATA_HOME/k9s/clusters`, or `$K9S_CONFIG_DIR/clusters`;
in both names each run of `:` and `/` is one `-` (derailed/k9s, internal/config/data: helpers.go, dir.go, context.go).
k9s writes the same file itself, with namespaces, views and skins: one that is there keeps all of that, and gets
`readOnly: true`. Of a context that is not protected no file is written or changed: what is there is its user's.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

from kcfg.errors import KcfgError
from kcfg.targets.manifest import manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.spec.models import Context
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "config.yaml"
_MOST = 1 << 20  # bytes; k9s's own have some hundred
_READ_ONLY = re.compile(rb"(?m)^( +)readOnly:[^\n]*$")
_HEAD = re.compile(rb"(?m)^k9s:[ \t]*\n(?=( +))")


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the file of each protected context; those of k9s with that one line changed."""
    found: dict[str, str] = {}
    for name in job.names:
        declared = job.spec.contexts[name]
        place = f"{file_name(declared.entry.cluster)}/{file_name(name)}"
        if declared.entry.protected and {".", ".."} & set(place.split("/")):
            hint = "rename the context or its cluster"
            job.problems.append(
                declared.problem("k9s would leave its folder for this name", "name", rule="KCFG703", hint=hint)
            )
        elif declared.entry.protected:
            if place not in found:
                yield f"{place}/{FILE}", _text(job, declared, place)
            found[place] = name
    for name in job.names:
        entry = job.spec.contexts[name].entry
        place = f"{file_name(entry.cluster)}/{file_name(name)}"
        if entry.protected:
            continue
        if place in found:
            job.listed(f"k9s has one file for {found[place]!r} and these, which are read-only too", name)
        elif _is_read_only(_present(job, place)):
            job.listed("k9s opens these read-only, though the spec does not protect them", name)


def file_name(name: str) -> str:
    """Return a name as k9s writes it in a path."""
    return re.sub("[:/]+", "-", name)


def _text(job: Job, declared: Declared[Context], place: str) -> str:
    before = _present(job, place)
    if not before:
        return manifest({"k9s": {"cluster": declared.entry.cluster, "readOnly": True}})
    if _is_read_only(before):
        return before.decode()
    after = _READ_ONLY.sub(rb"\1readOnly: true", before, count=1)
    if after == before:
        after = _HEAD.sub(rb"k9s:\n\1readOnly: true\n", before, count=1)
    old, new = _settings(before), _settings(after)
    if old is None or new != {**old, "readOnly": True}:
        message = f"{place}/{FILE}: there is something that k9s did not write"
        job.problems.append(
            declared.problem(message, "protected", rule="KCFG703", hint="set k9s.readOnly: true there yourself")
        )
    return after.decode(errors="replace")


def _present(job: Job, place: str) -> bytes:
    """Return what stands in the file of a context already; nothing for what is no file."""
    path = os.path.join(job.directory, place, FILE) if job.directory is not None else ""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return b""
        with open(path, "rb") as file:
            found = file.read(_MOST + 1)
            return found if len(found) <= _MOST else b"\0"  # no YAML: refused
    except OSError:
        return b""


def _settings(text: bytes) -> dict[str, Any] | None:
    from kcfg.yaml.parse import parse_yaml

    try:
        value = parse_yaml(text, FILE).value
    except KcfgError:
        return None
    found = value.get("k9s") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else None


def _is_read_only(text: bytes) -> bool:
    return (_settings(text) or {}).get("readOnly") is True
