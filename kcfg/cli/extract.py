"""`kcfg extract` and `kcfg minify`: some contexts with what they refer to."""

from __future__ import annotations

import os


def run(
    *,
    contexts: list[str] | None,
    context: str | None,
    flatten: bool,
    output: str,
    raw: bool,
    out: str | None,
    kubeconfig: str | None,
    break_lock: bool,
) -> int:
    """Write the chosen contexts; without names, the one that `minify` keeps."""
    from kcfg.cli.output import directory_of, note_paths, require_files, require_other_file, show
    from kcfg.kubeconfig.file import load_config, search_path
    from kcfg.kubeconfig.minify import extract, minify, select
    from kcfg.kubeconfig.paths import relocate

    search = search_path(kubeconfig, os.environ)
    require_files(search.paths)
    require_other_file(out, search.paths)
    config = load_config(search)
    config = minify(config, context) if contexts is None else extract(config, select(config, contexts))
    if flatten:
        from kcfg.files import read_bytes
        from kcfg.kubeconfig.flatten import flatten as flatten_files
        from kcfg.kubeconfig.flatten import require_content

        require_content(config, read_bytes)
        config = flatten_files(config, read_bytes)
        note_paths(config)
    show(relocate(config, directory_of(out)), output, out=out, raw=raw, break_lock=break_lock)
    return 0
