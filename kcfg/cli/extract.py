"""`kcfg extract` and `kcfg minify`: some contexts with what they refer to."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig


def run(
    *,
    contexts: list[str] | None,
    selector: str | None,
    context: str | None,
    flatten: bool,
    output: str,
    raw: bool,
    out: str | None,
    kubeconfig: str | None,
    break_lock: bool,
) -> int:
    """Write the chosen contexts; without names, the one that `minify` keeps."""
    from kcfg.cli.shared.output import directory_of, note_paths, require_files, require_other_file, show
    from kcfg.kubeconfig.file import load_config, search_path
    from kcfg.kubeconfig.minify import extract, minify
    from kcfg.kubeconfig.paths import relocate

    search = search_path(kubeconfig, os.environ)
    require_files(search.paths)
    require_other_file(out, search.paths)
    config = load_config(search)
    if contexts is None:
        if context and context not in config.contexts:  # a glob, perhaps
            from kcfg.cli.shared.contexts import in_kubeconfig, the_one

            context = the_one(in_kubeconfig(config), context)
        config = minify(config, context)
    elif contexts or selector is not None:
        from kcfg.cli.shared.contexts import in_kubeconfig, select

        config = extract(config, select(in_kubeconfig(config), contexts, selector))
    else:
        config = extract(config, [_chosen(config)])
    if flatten:
        from kcfg.files import read_bytes
        from kcfg.kubeconfig.flatten import flatten as flatten_files
        from kcfg.kubeconfig.flatten import require_content

        require_content(config, read_bytes)
        config = flatten_files(config, read_bytes)
        note_paths(config)
    show(relocate(config, directory_of(out)), output, out=out, raw=raw, break_lock=break_lock)
    return 0


def _chosen(config: Kubeconfig) -> str:
    from kcfg.cli.shared.consent import can_ask
    from kcfg.cli.shared.contexts import in_kubeconfig, the_one

    if not can_ask():
        raise KcfgError("no context is named", hint="kcfg extract NAME…, or -l SELECTOR")
    return the_one(in_kubeconfig(config), None, ask=True)
