"""`kcfg flatten`: a kubeconfig that needs no other file."""

from __future__ import annotations

import os


def run(*, token_files: bool, output: str, raw: bool, out: str | None, kubeconfig: str | None, break_lock: bool) -> int:
    """Inline the files and write the result."""
    from kcfg.cli.shared.output import directory_of, note, note_paths, require_files, require_other_file, show
    from kcfg.files import read_bytes
    from kcfg.kubeconfig.file import load_config, search_path
    from kcfg.kubeconfig.flatten import flatten, require_content
    from kcfg.kubeconfig.paths import relocate

    search = search_path(kubeconfig, os.environ)
    require_files(search.paths)
    require_other_file(out, search.paths)
    config = load_config(search)
    require_content(config, read_bytes)
    config = flatten(config, read_bytes, token_files=token_files, tell=note)
    note_paths(config)
    show(relocate(config, directory_of(out)), output, out=out, raw=raw, break_lock=break_lock)
    return 0
