"""`kcfg view`: the merged kubeconfig, as `kubectl config view`, with more of its secrets hidden."""

from __future__ import annotations

import os

from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig


def run(
    *,
    raw: bool,
    minify: bool,
    flatten: bool,
    merge: bool | None,
    output: str,
    context: str | None,
    kubeconfig: str | None,
) -> int:
    """Load, minify, flatten, redact, print: kubectl's order."""
    from kcfg.cli.shared.output import for_terminal, put_config

    config = _load(kubeconfig, merge=merge is not False)
    if minify:
        from kcfg.kubeconfig.minify import minify as minify_to

        config = minify_to(config, context, as_kubectl=True)
    if flatten:
        config = _flatten(config)
    elif not raw:
        from kcfg.kubeconfig.redact import redact

        config = redact(config)
    put_config(for_terminal(config, raw=raw) if flatten else config, output)
    return 0


def _load(kubeconfig: str | None, *, merge: bool) -> Kubeconfig:
    from kcfg.kubeconfig.file import load_config, search_path

    if not merge:
        from kcfg.errors import KcfgError
        from kcfg.files import read_bytes

        if not kubeconfig:
            raise KcfgError("if merge==false a precise file must be specified", hint="name it with --kubeconfig")
        read_bytes(kubeconfig)
    return load_config(search_path(kubeconfig, os.environ))


def _flatten(config: Kubeconfig) -> Kubeconfig:
    from kcfg.cli.shared.output import note, note_paths
    from kcfg.files import read_bytes
    from kcfg.kubeconfig.flatten import empty_files, flatten

    for name, path in empty_files(config, read_bytes):
        tell(f"kcfg: warning: {path} is empty: {name} loses it, as in kubectl")
    config = flatten(config, read_bytes, tell=note)
    note_paths(config)
    return config
