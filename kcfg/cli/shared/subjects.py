"""The specs and kubeconfigs that a command looks at: those that were named, else the nearest spec, else kubectl's."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kcfg.lint.subject import Outside, Subject


def open_subjects(
    files: Sequence[str],
    file: str | None,
    kubeconfig: str | None,
    outside: Outside,
    environment: str | None = None,
    values: Sequence[str] = (),
) -> Iterator[Subject]:
    """Open what was named; else the nearest spec; else KUBECONFIG's list. Specs are those of the environment."""
    from kcfg.cli.shared.stores import parse_values
    from kcfg.errors import KcfgError, SpecError
    from kcfg.lint.open import open_spec, open_stdin
    from kcfg.spec.find import find_root

    if "-" in files and "-" in (file, kubeconfig):
        raise KcfgError("standard input is named twice", hint="leave one - out")
    given = parse_values(values)

    def of_spec(root: str) -> Subject:
        return open_spec(root, outside, environment, given)

    yield from _named(files, outside, of_spec, lambda: open_stdin(outside, environment, given))
    if file is not None:
        yield of_spec(find_root(file, "."))
    if kubeconfig is not None:
        yield _kubeconfigs([kubeconfig], outside)
    if files or file is not None or kubeconfig is not None:
        return
    try:
        root = find_root(None, ".")
    except SpecError as error:
        if error.location is not None or environment is not None or given:  # meant, and not to be read
            raise
        subject = _kubeconfigs(_search_path(), outside)
        subject.is_list = os.pathsep in os.environ.get("KUBECONFIG", "")
        yield subject
    else:
        yield of_spec(root)


def _named(
    files: Sequence[str], outside: Outside, of_spec: Callable[[str], Subject], of_stdin: Callable[[], Subject]
) -> Iterator[Subject]:
    from kcfg.errors import KcfgError
    from kcfg.files import unique
    from kcfg.lint.open import root_of

    seen: set[str] = set()
    for path in unique(files):
        try:
            if path == "-":
                yield of_stdin()
                continue
            root = root_of(path)
        except KcfgError as error:
            yield _unreadable(error, outside)
            continue
        if root is None:
            yield _kubeconfigs([path], outside)
        elif os.path.realpath(root) not in seen:
            seen.add(os.path.realpath(root))
            yield of_spec(root)


def _search_path() -> list[str]:
    from kcfg.cli.shared.output import require_files
    from kcfg.kubeconfig.file import search_path

    paths = search_path(None, os.environ).paths
    require_files(paths)
    return [path for path in paths if os.path.exists(path)]


def _kubeconfigs(paths: list[str], outside: Outside) -> Subject:
    from kcfg.errors import KcfgError
    from kcfg.lint.open import open_kubeconfigs

    try:
        return open_kubeconfigs(paths, outside)
    except KcfgError as error:
        return _unreadable(error, outside)


def _unreadable(error: Exception, outside: Outside) -> Subject:
    from kcfg.errors import FileError, KcfgError
    from kcfg.lint.subject import Subject

    assert isinstance(error, KcfgError)
    for problem in error.problems:
        problem.rule = problem.rule or ("KCFG105" if isinstance(error, FileError) else "KCFG001")
    return Subject("kubeconfig", [], outside, problems=error.problems, broken=True)


def require_readable(subject: Subject) -> None:
    """Raise KcfgError with the Problems of a subject that could not be read, or has not the shape it should have."""
    from kcfg.errors import KcfgError, count

    if subject.broken:
        raise KcfgError(count(len(subject.problems), "problem"), problems=subject.problems)
