"""`kcfg merge`: kubeconfigs as one, and nothing lost in silence."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError
from kcfg.files import refusal
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kcfg.kubeconfig.document import KubeconfigFile
    from kcfg.kubeconfig.model import Kubeconfig


def run(
    *,
    files: list[str],
    on_conflict: str,
    name_template: str,
    in_place: bool,
    flatten: bool,
    output: str,
    raw: bool,
    out: str | None,
    break_lock: bool,
) -> int:
    """Merge and write; exit 1 (nothing written) when names conflict and nobody said what to do."""
    from kcfg.cli.shared.output import directory_of, note, note_paths, show
    from kcfg.kubeconfig.file import SearchPath, load_files, search_path

    search = SearchPath(files) if files else search_path(None, os.environ)
    _require_files(search.paths, named=bool(files), in_place=in_place)
    _check_place(search.paths, out, output, in_place=in_place, flatten=flatten)
    new_name = _namer(name_template, search.paths)
    if in_place:
        return _merge_in_place(search.paths, on_conflict, new_name, break_lock=break_lock)
    config = _merged(load_files(search), directory_of(out), on_conflict, new_name)
    if flatten:
        from kcfg.files import read_bytes
        from kcfg.kubeconfig.flatten import flatten as flatten_files

        config = flatten_files(config, read_bytes, directory_of(out) or "/", tell=note)
        note_paths(config)
    show(config, output, out=out, raw=raw, break_lock=break_lock)
    return 0


def _merged(
    files: list[KubeconfigFile], directory: str | None, on_conflict: str, new_name: Callable[[str, int], str]
) -> Kubeconfig:
    from kcfg.kubeconfig.merge import merge_all
    from kcfg.kubeconfig.paths import relocate

    return merge_all([relocate(f.config, directory) for f in files], on_conflict=on_conflict, new_name=new_name)


def _require_files(paths: list[str], *, named: bool, in_place: bool) -> None:
    from kcfg.cli.shared.output import require_files

    if not paths:
        raise KcfgError("no file to merge", hint="name the files: kcfg merge a.yaml b.yaml")
    if not named:
        require_files(paths)
    for path in paths[1:] if in_place and not os.path.lexists(paths[0]) else paths:
        if named and path != "-":
            try:
                os.stat(path)
            except OSError as error:
                raise refusal(path, error) from None


def _check_place(paths: list[str], out: str | None, output: str, *, in_place: bool, flatten: bool) -> None:
    from kcfg.cli.shared.output import require_other_file

    if in_place and out is not None:
        raise KcfgError("--in-place and --out exclude one another", hint="--in-place adds to the first file")
    if in_place and (flatten or output != "yaml"):
        raise KcfgError("--in-place keeps the form of the file", hint="--flatten and -o go with --out")
    require_other_file(out, paths)


def _namer(template: str, paths: list[str]) -> Callable[[str, int], str]:
    fields = {"name", "file"} if template == "{name}-{file}" else _fields(template)
    if "name" not in fields or fields - {"name", "file", "index"}:
        raise KcfgError(
            f"--name-template {template!r} cannot be filled in", hint="{name} is needed; {file} and {index} are known"
        )
    stems = ["stdin" if path == "-" else os.path.splitext(os.path.basename(path))[0] or "config" for path in paths]
    return lambda name, index: template.format(name=name, file=stems[index], index=index + 1)


def _fields(template: str) -> set[str]:
    from string import Formatter

    try:
        return {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    except ValueError:
        return {""}


def _merge_in_place(
    paths: list[str], on_conflict: str, new_name: Callable[[str, int], str], *, break_lock: bool
) -> int:
    from kcfg.cli.shared.editing import edit_files
    from kcfg.kubeconfig.file import SearchPath, load_file
    from kcfg.kubeconfig.model import SECTIONS, entry_value
    from kcfg.yaml.plain import same

    directory = os.path.dirname(os.path.abspath(paths[0]))
    for changes in edit_files(SearchPath(paths[:1], explicit=True), break_lock=break_lock):
        files = [*changes.files, *(load_file(path) for path in paths[1:])]
        merged = _merged(files, directory, on_conflict, new_name)
        before, edits = files[0].config, changes.edits(paths[0])
        for section in SECTIONS:
            known = before.section(section)
            for name, entry in merged.section(section).items():
                if name not in known or not same(known[name].body, entry.body):
                    edits.entries[section, name] = entry_value(section, entry, unknown=True)
        top = {
            "preferences": (merged.preferences, before.preferences),
            "extensions": (merged.extensions, before.extensions),
            "current-context": (merged.current_context, before.current_context),
            **{key: (each, before.unknown.get(key)) for key, each in merged.unknown.items()},
        }
        edits.top |= {key: wanted for key, (wanted, old) in top.items() if not same(wanted, old)}
    tell(f"{paths[0]} {'configured' if changes.written else 'unchanged'}")
    return 0
