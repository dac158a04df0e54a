"""The names in a spec, and nothing else: read without models, for shells that complete them.

What is wrong with a spec is not said here; a file or entry that cannot be read has no names.
"""

from __future__ import annotations

import os

from kcfg.errors import KcfgError
from kcfg.secrets.ref import is_ref, parse_ref
from kcfg.spec.files import DISK
from kcfg.spec.find import find_root, in_directory
from kcfg.spec.generate import KINDS, combinations, fill_text
from kcfg.spec.globs import has_magic, included_pattern
from kcfg.yaml.parse import parse_yaml_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.spec.files import Tree

    Body = dict[str, Any]

_LISTS = ("clusters", "users", "contexts", "environments")


class Outline:
    """The names of each list, in order; the variables; the secrets as `kcfg secret` takes them."""

    def __init__(self, documents: list[Body]) -> None:
        self.documents = documents

    def names(self, section: str) -> list[str]:
        """Return the names of clusters, users, contexts or environments, those that a matrix writes out too."""
        listed = [_name(item) for document in self.documents for item in _items(document, section)]
        made = [name for document in self.documents for name in _generated(document, section)]
        return list(dict.fromkeys(name for name in [*listed, *made] if name and "${" not in name))

    def variables(self) -> list[str]:
        """Return the names that `--set` takes."""
        found = [document.get("variables") for document in self.documents]
        return list(dict.fromkeys(str(name) for each in found if isinstance(each, dict) for name in each))

    def secrets(self) -> list[str]:
        """Return `KEY` of the default store and `STORE:KEY` of others."""
        values = [value for document in self.documents for value in _references(document.get("users"))]
        return sorted({value for value in values if "{" not in value})


def read_outline(start: str | None, tree: Tree = DISK) -> Outline:
    """Read the spec of `-f` (None: the nearest upward) and all it includes; raise KcfgError where there is none."""
    root = find_root(start, ".", tree)
    tree = tree.below(root)
    documents: list[Body] = []
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        file = waiting.pop(0)
        real = tree.real(file)
        if real in seen:
            continue
        seen.add(real)
        try:
            found = [each.value for each in parse_yaml_documents(tree.read(file), file)]
        except KcfgError:
            continue
        below = [each for each in found if isinstance(each, dict)]
        documents += below
        waiting += [match for each in below for match in _included(each, os.path.dirname(file), tree)]
    return Outline(documents)


def _included(document: Body, directory: str, tree: Tree) -> Iterator[str]:
    for each in _list(document.get("include")):
        full = os.path.normpath(os.path.join(directory, included_pattern(each)[0] or ""))
        try:
            for match in tree.glob(full) if has_magic(full) else [full]:
                yield in_directory(match, tree) if tree.is_dir(match) else match
        except KcfgError:
            continue


def _items(document: Body, section: str) -> list[Any]:
    return _list(document.get(section)) if section in _LISTS else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(item: object) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else ""


class _Matrix:
    """The axes or objects of a `generate` entry, as plain values."""

    def __init__(self, value: Body) -> None:
        axes = value.get("forEach")
        self.for_each: dict[str, list[Any]] | list[Body] = [each for each in _list(axes) if isinstance(each, dict)]
        if isinstance(axes, dict) and all(map(_is_axis, axes.values())):
            self.for_each = axes
        self.include = [each for each in _list(value.get("include")) if isinstance(each, dict)]
        self.exclude = [each for each in _list(value.get("exclude")) if isinstance(each, dict)]


def _is_axis(values: object) -> bool:
    return isinstance(values, list)


def _generated(document: Body, section: str) -> Iterator[str]:
    for entry in _list(document.get("generate")):
        template = entry.get(KINDS[section]) if isinstance(entry, dict) and section in KINDS else None
        if name := _name(template):
            for values, _ in combinations(_Matrix(entry), _pass_over):
                yield fill_text(name, values, _pass_over, ())


def _pass_over(path: tuple[str | int, ...], message: str, hint: str) -> None:
    """A fault is `kcfg validate`'s business."""


def _references(value: object) -> Iterator[str]:
    if is_ref(value):
        try:
            ref = parse_ref(str(value))
        except KcfgError:
            return
        yield _shown(ref.store, ref.key)
    elif isinstance(value, dict):
        box = value.get("secretRef")
        if isinstance(box, dict) and isinstance(box.get("key"), str):
            yield _shown(str(box.get("store") or "default"), box["key"])
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _shown(store: str, key: str) -> str:
    return key if store == "default" else f"{store}:{key}"
