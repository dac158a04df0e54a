"""What a program lost of a kubeconfig: the folder before, the folder after, and what the job was, in; words out.

Nothing of kcfg judges here: PyYAML reads, and values count as equal where kubectl reads them as equal (a null, an empty
text or list and `false` are what is not there; a path to a certificate is what the file holds).
"""

import base64
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

SECTIONS = ("clusters", "contexts", "users")
TOP = {"apiVersion", "kind", "preferences", "current-context", "extensions", *SECTIONS}
MARKS = {"comments": r"remark-\d", "unknown fields": r"foreign-\d", "a second document": r"second-\d"}
# In the order of the table: what it says, and what is worst first.
LOSSES = (
    "crashed", "failed, and changed the file", "said yes, did not do it", "left a file that kubectl refuses",
    "other entries changed", "unknown fields", "a second document", "comments", "order of entries",
    "other lines rewritten",
    "link replaced", "hard link cut", "mode", "ACL or attribute", "a new file beside it",
)  # fmt: skip
MEMORIES = {"kubectx", "cache"}  # where kubectx and kubectl remember, beside the file on purpose
BOOLEAN = "insecure-skip-tls-verify"
CERTIFICATES = ("certificate-authority", "client-certificate", "client-key")


class Plain(yaml.CSafeLoader):
    """Scalars as they are written: `0123` and "0123" are one value, a time is none."""


Plain.yaml_implicit_resolvers = {
    first: kept
    for first, each in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    if (kept := [pair for pair in each if pair[0] in ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:null")])
}


@dataclass(frozen=True)
class State:
    """A kubeconfig on the disk, links and mode and all; `value` is None where it cannot be read."""

    data: bytes
    value: dict | None
    mode: int
    is_link: bool
    links: int
    attributes: dict[str, bytes]
    beside: frozenset[str]


def look(path: Path) -> State:
    """Return what is on the disk at a path."""
    there = path.stat()
    data = path.read_bytes()
    return State(
        data, read(data, path.parent), stat.S_IMODE(there.st_mode), path.is_symlink(), there.st_nlink,
        {name: os.getxattr(path, name) for name in os.listxattr(path)},
        frozenset(each.name for each in path.parent.iterdir()) - MEMORIES,
    )  # fmt: skip


def read(data: bytes, folder: Path) -> dict | None:
    """Return the first document, without what means nothing; None where it is no mapping, or no YAML."""
    try:
        value = next(yaml.load_all(data.decode("utf-8-sig"), Plain), None)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    return _meaning(value, folder) if isinstance(value, dict) else {} if value is None else None


def _meaning(value: object, folder: Path) -> object:
    if isinstance(value, dict):
        fields = {str(key): _meaning(each, folder) for key, each in value.items()}
        for name in CERTIFICATES:
            if isinstance(path := fields.get(name), str) and (folder / path).is_file():
                del fields[name]
                fields[f"{name}-data"] = base64.b64encode((folder / path).read_bytes()).decode()
        if fields.get(BOOLEAN) in ("yes", "True"):
            fields[BOOLEAN] = "true"
        return {
            key: each
            for key, each in fields.items()
            if each not in (None, "", "false", "False") and each not in ({}, [])
        }
    if isinstance(value, list):
        return [_meaning(each, folder) for each in value]
    return value


def bodies(value: dict) -> dict[tuple[str, str], object]:
    """Return each entry's known fields by section and name, and the rest of the top; the first of a name counts."""
    found: dict[tuple[str, str], object] = {("", key): each for key, each in value.items() if key in TOP - {*SECTIONS}}
    for section in SECTIONS:
        entries = value.get(section)
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict):
                body = entry.get(section.removesuffix("s"), {})
                found.setdefault((section, str(entry.get("name", ""))), _known(body))
    return found


def _known(body: object) -> object:
    """Leave out what the marks of MARKS follow: unknown fields are told apart."""
    if not isinstance(body, dict):
        return body
    return {key: each for key, each in body.items() if not re.search(r"foreign-\d", str(each))}


def names(value: dict) -> list[tuple[str, str]]:
    return [key for key in bodies(value) if key[0]]


Wanted = Callable[[dict[tuple[str, str], object]], dict[tuple[str, str], object]]


def lost(
    before: State, after: State, wanted: Wanted, code: int, said: str, most_lines: int, accepts: Callable[[], bool]
) -> list[str]:
    """Return what was lost; an empty list for a job that lost nothing, ["refused"] for one that was not begun."""
    if code < 0 or re.search(r"^(panic:|Traceback|thread .* panicked|.*SIGSEGV)", said, re.MULTILINE):
        return ["crashed"]
    if code:
        return ["refused"] if after.data == before.data else ["failed, and changed the file"]
    if before.value is None or after.value is None:
        return ["left a file that kubectl refuses"] if not accepts() else _bytes(before, after, most_lines)
    old, new = bodies(before.value), bodies(after.value)
    aim = wanted(old)
    changed = {key for key in old.keys() | aim.keys() if old.get(key) != aim.get(key)}
    found = []
    if any(aim.get(key) != new.get(key) for key in changed):
        found.append("said yes, did not do it")
    if any(
        aim.get(key) != new.get(key)
        for key in (aim.keys() | new.keys()) - changed
        if key[1] not in ("kind", "apiVersion")
    ):
        found.append("other entries changed")
    if not accepts():
        found.append("left a file that kubectl refuses")
    kept = [key for key in names(before.value) if key in new]
    if kept != [key for key in names(after.value) if key in kept]:
        found.append("order of entries")
    return sorted([*found, *_bytes(before, after, most_lines)], key=LOSSES.index)


def _bytes(before: State, after: State, most_lines: int) -> list[str]:
    old, new = before.data.decode("utf-8", "replace"), after.data.decode("utf-8", "replace")
    found = [name for name, mark in MARKS.items() if set(re.findall(mark, old)) - set(re.findall(mark, new))]
    left = new.splitlines(keepends=True)
    gone = 0
    for line in old.splitlines(keepends=True):
        if line in left:
            left.remove(line)
        else:
            gone += 1
    if gone > most_lines and len(old.splitlines()) > 3:
        found.append("other lines rewritten")
    tests = {
        "link replaced": before.is_link and not after.is_link,
        "hard link cut": before.links > 1 and after.links < before.links,
        "mode": before.mode != after.mode,
        "ACL or attribute": before.attributes != after.attributes,
        "a new file beside it": bool(after.beside - before.beside),
    }
    return found + [name for name, is_so in tests.items() if is_so]
