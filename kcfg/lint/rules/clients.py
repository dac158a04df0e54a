"""KCFG6xx: what kubectl, kubernetes-python, kr8s and lightkube read differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kcfg.errors import Problem, show_path
from kcfg.lint.clients import CLIENTS, NO_LIST, View
from kcfg.lint.rule import KUBECONFIG, Rule

if TYPE_CHECKING:
    from kcfg.lint.subject import File, Item, Subject
    from kcfg.yaml.parse import Path

_A = "clusters:\n- name: a\n  cluster: {server: https://a.example.com}\n"
_CONTEXT = "contexts:\n- name: a\n  context: {cluster: a}\n"


def _views(subject: Subject) -> dict[str, View]:
    readings = [(file.path, file.document.value) for file in subject.files]
    views = {name: client(readings) for name, client in CLIENTS.items()}
    if subject.is_list and subject.files:  # of which one file may be there, or one twice
        views["lightkube"] = View(refusal=NO_LIST)
    return views


def _told(found: dict[str, str]) -> str:
    """Return `kubectl and kr8s read 'a', kubernetes-python reads 'b'`."""
    by_value: dict[str, list[str]] = {}
    for client, value in found.items():
        by_value.setdefault(value, []).append(client)
    parts = (
        f"{' and '.join(clients)} {'read' if len(clients) > 1 else 'reads'} {value}"
        for value, clients in by_value.items()
    )
    return ", ".join(parts)


def _check_current(subject: Subject) -> Iterator[Problem]:
    views = {name: view for name, view in _views(subject).items() if not view.refusal}
    found = {name: repr(view.current) if view.current else "none" for name, view in views.items()}
    if len(set(found.values())) < 2:
        return
    named = [file for file in subject.files if "current-context" in file.value]
    path: Path = ("current-context",)
    yield Problem(
        f"clients disagree: {_told(found)}",
        location=named[-1].document.locate(path),
        path=show_path(path),
        hint="set current-context in one file only, the first",
    )


def _check_entries(subject: Subject) -> Iterator[Problem]:
    views = {name: view for name, view in _views(subject).items() if not view.refusal}
    first: dict[tuple[str, str], Item] = {}
    for item in subject.items:
        key = (item.section, item.name)
        seen = first.setdefault(key, item)
        if seen.file is item.file or seen.body == item.body:
            continue
        found = {name: f"that of {subject.files[view.entries[key]].path}" for name, view in views.items()}
        told = _told(found) if len(set(found.values())) > 1 else f"every client reads that of {seen.file.path}"
        yield item.at_name(
            f"another {item.section[:-1]} {item.name!r} stands in {seen.file.path}: {told}",
            hint="rename one of the two: `kcfg rename`",
        )


def _check_refusal(subject: Subject) -> Iterator[Problem]:
    hint = "`kcfg merge --out FILE` makes one file of a list" if subject.is_list or len(subject.files) > 1 else ""
    for name, view in _views(subject).items():
        if view.refusal:
            yield Problem(
                f"{name} cannot read this: {view.refusal}",
                location=subject.files[0].document.locate(()),
                hint=hint,
            )


def _check_dialect(subject: Subject) -> Iterator[Problem]:
    for file in subject.files:
        from kcfg.yaml.compose import read_as_pyyaml

        other, fault = read_as_pyyaml(file.document.text)
        if fault:
            yield Problem(
                f"kubectl reads this file, PyYAML (kubernetes-python, kr8s, lightkube) does not: {fault}",
                location=file.document.locate(()),
            )
            continue
        for path in _differences(file.document.value, other):
            yield _different(file, path)


def _different(file: File, path: Path) -> Problem:
    return Problem(
        "kubectl and PyYAML (kubernetes-python, kr8s, lightkube) take this for different values",
        location=file.document.locate(path),
        path=show_path(path),
        hint="put it in quotes",
    )


def _differences(one: Any, other: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(one, dict) and isinstance(other, dict):
        if set(one) != set(other):
            yield path
            return
        for key, value in one.items():
            yield from _differences(value, other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _differences(*pair, (*path, index))
    elif type(one) is not type(other) or one != other:
        yield path


RULES = (
    Rule(
        "KCFG601",
        "clients disagree on current-context",
        "warning",
        "kubectl takes the first current-context of KUBECONFIG's list that is not empty, kubernetes-python the last "
        "one, kr8s that of the first file, and lightkube reads a single file.",
        remedy="Set current-context in the first file of the list only.",
        bad=(
            f"{_A}{_CONTEXT}current-context: a\n---\ncontexts:\n- name: b\n  context: {{cluster: a}}\n"
            "current-context: b  # here\n",
        ),
        good=(f"{_A}{_CONTEXT}current-context: a\n---\ncontexts:\n- name: b\n  context: {{cluster: a}}\n",),
        check=_check_current,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG602",
        "one name, two meanings",
        "warning",
        "Two files give a name to different clusters, users or contexts. kubectl and kubernetes-python read the "
        "first, kr8s the last: a context may lead to another cluster, or authenticate as someone else.",
        remedy="Rename one of the two: `kcfg rename`.",
        bad=(
            f"{_A}{_CONTEXT}current-context: a\n---\nclusters:\n- name: a  # here\n"
            "  cluster: {server: https://b.example.com}\n",
        ),
        good=(f"{_A}{_CONTEXT}current-context: a\n---\n{_A}",),
        check=_check_entries,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG603",
        "a client cannot read this",
        "info",
        "What kubectl reads without a word stops others: no current-context in the first file, an empty file in the "
        "list, a file without clusters or contexts, or that there is a list.",
        remedy="Write it as kubectl does, or leave that client to another file.",
        bad=("clusters:  # here\n- name: a\n  cluster: {server: https://a.example.com}\n",),
        good=(f"{_A}{_CONTEXT}current-context: a\n",),
        check=_check_refusal,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG604",
        "YAML that clients read differently",
        "warning",
        "kubectl takes plain scalars such as `1:30` and `2024-01-01` for texts, PyYAML for a number and a date: a "
        "name or namespace of that form must be quoted.",
        remedy="Put the value in quotes.",
        bad=("contexts:\n- name: a\n  context:\n    cluster: a\n    namespace: 2024-01-01  # here\n",),
        good=("contexts:\n- name: a\n  context:\n    cluster: a\n    namespace: '2024-01-01'\n",),
        check=_check_dialect,
        on=(KUBECONFIG,),
    ),
)
