"""Files → Subject: a spec through its loader, kubeconfigs one by one as they are written, shadowed entries too."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeGuard

from kcfg.errors import KcfgError, KubeconfigError, Problem, SpecError
from kcfg.files import read_bytes, read_stream
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.fields import PATH_FIELDS
from kcfg.lint.rule import KUBECONFIG, SPEC
from kcfg.lint.subject import SECTIONS, File, Item, Origin, Outside, Subject
from kcfg.yaml.parse import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kcfg.spec.spec import Declared, Source, Spec
    from kcfg.yaml.parse import Path

# A spec says one of two words; with an escape, or in UTF-16, it says it in other bytes.
_SPEC_SIGNS = (b"KubeconfigSpec", b"kcfg/v1", b"\\", b"\0")


def real_outside() -> Outside:
    """Return the outside as it is; a program is looked for once, whoever names it."""
    from functools import cache
    from shutil import which

    from kcfg.expiry import now

    return Outside(read_bytes, _stat, cache(which), now)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):  # a path may hold anything, NUL too
        return None


def root_of(path: str) -> str | None:
    """Return the root file of the spec that a file belongs to; None for a kubeconfig. Raises KcfgError.

    A part without metadata.name belongs to the nearest spec above: a commit hook names whichever files changed.
    """
    from kcfg.spec.find import find_root

    if os.path.isdir(path):
        return find_root(path, ".")
    raw = read_bytes(path)
    if not any(each in raw for each in _SPEC_SIGNS):
        return None
    value = parse_yaml(raw, path).value
    if not is_spec(value):
        return None
    if isinstance(value.get("metadata"), dict) and value["metadata"].get("name"):
        return path
    folder = os.path.dirname(path) or "."
    try:
        return os.path.normpath(os.path.join(folder, find_root(None, folder)))
    except SpecError:
        return path


def is_spec(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a parsed file says that it is a spec, or a part of one."""
    return isinstance(value, dict) and (value.get("kind") == "KubeconfigSpec" or value.get("apiVersion") == "kcfg/v1")


def open_stdin(outside: Outside, environment: str | None = None, values: Mapping[str, str] | None = None) -> Subject:
    """Return the subject of what standard input holds: a spec or a kubeconfig, by what it says. Raises KcfgError."""
    raw = read_stream("-")
    if is_spec(parse_yaml(raw, "<stdin>").value):
        return open_spec("-", outside, environment, values, stdin=raw)
    return open_kubeconfigs(["-"], outside, stdin=raw)


def open_spec(
    root: str,
    outside: Outside,
    environment: str | None = None,
    values: Mapping[str, str] | None = None,
    *,
    stdin: bytes | None = None,
) -> Subject:
    """Return the subject of a spec, for an environment or as a whole. `stdin` is what `-` held, if it was read.

    What `validate` finds comes with it, for a run to level and ignore.
    """
    from kcfg.spec.accounts import vias
    from kcfg.spec.judge import judge
    from kcfg.spec.load import read_spec

    spec, problems = read_spec(root, stdin=stdin)
    if spec is None:
        return Subject(SPEC, [], outside, problems=problems, broken=True)
    verdict = judge(spec, [*problems, *level_faults(spec)], environment, values, read=outside.read)
    meant = verdict.meant
    by_source = {id(source): File(source.file, source.document) for source in spec.sources}
    subject = Subject(SPEC, list(by_source.values()), outside, root=root, spec=meant, problems=verdict.problems)
    if problems:
        subject.broken = True
        return subject
    for section in SECTIONS:
        entries = getattr(meant, section).values()
        setattr(subject, section, [_declared(section, each, by_source) for each in entries])
    for resolved in (meant, *verdict.environments):  # one may use what the spec alone does not
        subject.referred |= {("clusters", each.entry.cluster) for each in resolved.contexts.values()}
        named = vias(resolved.users, [each.entry.user for each in resolved.contexts.values()])
        subject.referred |= {("users", each or "") for each in named}
    subject.levels = _levels(spec)
    return subject


def _levels(spec: Spec) -> dict[str, str]:
    levels: dict[str, str] = {}
    for source in reversed(spec.sources):
        levels |= source.model.lint
    return levels | spec.root.model.lint


def level_faults(spec: Spec) -> Iterator[Problem]:
    """Yield the levels that a spec gives to rules that there are not."""
    from kcfg.lint import is_own, rule_ids
    from kcfg.lint.registry import admit_others

    if not all(is_own(pattern) for source in spec.sources for pattern in source.model.lint):
        admit_others()
    for source in spec.sources:
        for pattern in source.model.lint:
            if not any(fnmatchcase(each, pattern) for each in rule_ids()):
                yield Problem(
                    f"no rule {pattern!r}",
                    location=source.locate(("lint", pattern), key=True),
                    path=f"lint.{pattern}",
                    rule="KCFG005",
                    hint="`kcfg explain rules` lists them; KCFG4* is all that begin so; others need their package",
                )


def _declared(section: str, declared: Declared[Any], files: dict[int, File]) -> Item:
    from kcfg.spec.parse import document_path
    from kcfg.spec.spec import expanded

    source = declared.source

    def origin(steps: Path, _outer: bool) -> Origin:
        found, path = declared.origin(*steps)
        return Origin(_file_of(found, files), path, document_path(path, found.wrapped))

    body = declared.entry.model_dump(by_alias=True, exclude_none=True)
    body |= {name: expanded(body[name]) for name in PATH_FIELDS[section] if name in body}
    return Item(section, declared.entry.name, body, _file_of(source, files), source.directory, origin)


def _file_of(source: Source, files: dict[int, File]) -> File:
    return files.get(id(source)) or File(source.file, source.document)


def open_kubeconfigs(paths: Sequence[str], outside: Outside, *, stdin: bytes | None = None) -> Subject:
    """Return the subject of a search path. `stdin` is what `-` held, if it was read.

    Raises KubeconfigError with every file's Problems.
    """
    files: list[File] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(_file(path, stdin))
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


def _file(path: str, stdin: bytes | None) -> File:
    raw = read_bytes(path) if path != "-" else read_stream("-") if stdin is None else stdin
    document = parse_yaml(raw, "<stdin>" if path == "-" else path)
    decode(document)  # says what kubectl would refuse
    return File(path, document)


def _items(section: str, file: File) -> list[Item]:
    entries = file.value.get(section)
    directory = os.path.dirname(file.path) if file.path != "-" else "."
    found = []
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            body = entry.get(SECTIONS[section])
            name = str(entry.get("name") or "")
            origin = _place(file, section, index)
            found.append(Item(section, name, body if isinstance(body, dict) else {}, file, directory, origin))
    return found


def _place(file: File, section: str, index: int) -> Callable[[Path, bool], Origin]:
    def origin(steps: Path, outer: bool) -> Origin:
        path = (section, index, *(() if outer else (SECTIONS[section],)), *steps)
        return Origin(file, path, path)

    return origin
