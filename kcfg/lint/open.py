"""Files → Subject: a spec through its loader, kubeconfigs one by one as they are written, shadowed entries too."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from kcfg.errors import KcfgError, KubeconfigError, Location, SpecError
from kcfg.files import read_bytes, read_stream
from kcfg.kubeconfig.decode import decode
from kcfg.lint.rule import KUBECONFIG, SPEC
from kcfg.lint.subject import SECTIONS, File, Item, Outside, Subject
from kcfg.yamldoc import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.errors import Problem
    from kcfg.spec.load import Declared, Spec
    from kcfg.yamldoc import Path

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def real_outside() -> Outside:
    """Return the outside as it is."""
    from shutil import which

    from kcfg.expiry import now

    return Outside(read_bytes, _stat, which, now, later)


def later(hours: int) -> str:
    """Return the moment that many hours from now."""
    return time.strftime(_FORM, time.gmtime(time.time() + hours * 3600))


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):  # a path may hold anything, NUL too
        return None


def root_of(path: str) -> str | None:
    """Return the root file of the spec that a file belongs to; None for a kubeconfig. Raises KcfgError.

    A part without metadata.name belongs to the nearest spec above: a commit hook names whichever files changed.
    """
    from kcfg.spec.load import find_root

    if os.path.isdir(path):
        return find_root(path, ".")
    document = parse_yaml(read_bytes(path), path)
    value = document.value if isinstance(document.value, dict) else {}
    if value.get("kind") != "KubeconfigSpec" and value.get("apiVersion") != "kcfg/v1":
        return None
    if isinstance(value.get("metadata"), dict) and value["metadata"].get("name"):
        return path
    folder = os.path.dirname(path) or "."
    try:
        return os.path.normpath(os.path.join(folder, find_root(None, folder)))
    except SpecError:
        return path


def open_spec(root: str, outside: Outside) -> Subject:
    """Return the subject of a spec; what `validate` finds comes with it, for a run to level and ignore."""
    from kcfg.spec.check import check_spec
    from kcfg.spec.load import read_spec

    spec, problems = read_spec(root)
    if spec is None or problems:
        files = [File(source.file, source.document) for source in spec.sources] if spec else []
        return Subject(SPEC, files, outside, problems=problems, broken=True)
    files = [File(source.file, source.document) for source in spec.sources]
    subject = Subject(SPEC, files, outside, problems=check_spec(spec, outside.read), root=root)
    by_document = {id(file.document): file for file in files}
    for section in SECTIONS:
        entries = getattr(spec, section).values()
        setattr(subject, section, [_declared(section, each, by_document) for each in entries])
    subject.levels = _levels(spec)
    return subject


def _levels(spec: Spec) -> dict[str, str]:
    levels: dict[str, str] = {}
    for source in reversed(spec.sources):
        levels |= source.model.lint
    return levels | spec.root.model.lint


def _declared(section: str, declared: Declared[Any], files: dict[int, File]) -> Item:
    source = declared.source
    body = declared.entry.model_dump(by_alias=True, exclude_none=True)
    file = files.get(id(source.document)) or File(source.file, source.document)
    inner = (SECTIONS[section],) if declared.path in source.wrapped else ()

    def place(path: Path, key: bool) -> Location:
        return source.locate(path, key=key)

    return Item(section, declared.entry.name, body, file, source.directory, declared.path, place, inner)


def open_kubeconfigs(paths: Sequence[str], outside: Outside) -> Subject:
    """Return the subject of a search path. Raises KubeconfigError with every file's Problems."""
    files: list[File] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(_file(path))
        except KcfgError as error:
            for problem in error.problems:
                problem.rule = problem.rule or "KCFG001"
            problems += error.problems
    if problems:
        raise KubeconfigError("the kubeconfig cannot be loaded", problems=problems)
    subject = Subject(KUBECONFIG, files, outside)
    for file in files:
        for section in SECTIONS:
            getattr(subject, section).extend(_items(section, file))
    return subject


def _file(path: str) -> File:
    raw = read_stream("/dev/stdin") if path == "-" else read_bytes(path)
    document = parse_yaml(raw, "<stdin>" if path == "-" else path)
    decode(document)  # says what kubectl would refuse
    return File(path, document)


def _items(section: str, file: File) -> list[Item]:
    entries = file.value.get(section)
    found = []
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            body = entry.get(SECTIONS[section])
            path = (section, index, SECTIONS[section])
            name = str(entry.get("name") or "")
            directory = os.path.dirname(file.path) if file.path != "-" else "."
            found.append(
                Item(section, name, body if isinstance(body, dict) else {}, file, directory, path, _place(file))
            )
    return found


def _place(file: File) -> Any:
    def place(path: Path, key: bool) -> Location:
        return file.document.locate(path, key=key)

    return place
