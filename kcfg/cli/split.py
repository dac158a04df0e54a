"""`kcfg split`: one file for each context."""

from __future__ import annotations

import os
import re

from kcfg.errors import ConflictError, KcfgError, KubeconfigError, Location, Problem, count
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def run(
    *,
    contexts: list[str],
    selector: str | None,
    out_dir: str | None,
    force: bool,
    flatten: bool,
    output: str,
    kubeconfig: str | None,
) -> int:
    """Write the files; nothing at all is written when one would replace a file that differs."""
    from kcfg.cli.shared.contexts import in_kubeconfig, select
    from kcfg.cli.shared.output import (
        directory_of,
        note,
        note_paths,
        pieces_of,
        require_files,
        require_other_file,
        require_private_for,
        suffix_of,
        write_folder,
    )
    from kcfg.kubeconfig.file import load_config, search_path
    from kcfg.kubeconfig.minify import minify
    from kcfg.kubeconfig.paths import relocate

    if not out_dir:
        raise KcfgError("--out is needed: the folder of the files", hint="kcfg split --out contexts")
    if out_dir == "-":
        raise KcfgError("--out -: several files cannot go to standard output", hint="name a folder")
    search = search_path(kubeconfig, os.environ)
    require_files(search.paths)
    config = load_config(search)
    if flatten:
        from kcfg.files import read_bytes
        from kcfg.kubeconfig.flatten import flatten as flatten_files

        config = flatten_files(config, read_bytes, tell=note)
        note_paths(config)
    asks = config.contexts or contexts or selector is not None  # of a kubeconfig without contexts every one is none
    names = select(in_kubeconfig(config), contexts, selector) if asks else []
    texts: dict[str, bytes] = {}
    for name, stem in file_names(names).items():
        path = os.path.join(out_dir, f"{stem}.{suffix_of(output)}")
        require_other_file(path, search.paths)
        try:
            one = minify(config, name)
        except KubeconfigError as error:
            hint = error.hint or "`kcfg delete` removes the context, or name those to split"
            raise KubeconfigError(f"context {name!r}: {error.message}", hint=hint) from None
        require_private_for(one, path)
        texts[path] = b"".join(pieces_of(relocate(one, directory_of(path)), output, unknown=True))
    if not force:
        _require_unchanged(texts)
    write_folder(texts, out_dir)
    if not texts:
        tell("kcfg: no context, nothing to split")
    return 0


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a file name without suffix for each context: foreign characters become `-`, a clash gets a hash."""
    from hashlib import sha256

    found: dict[str, str] = {}
    taken: set[str] = set()  # not every file system tells A from a
    for name in names:
        plain = stem = re.sub(r"[^\w.@+=-]+", "-", name).strip(".-")[:120] or "context"
        digest, size = sha256(name.encode()).hexdigest(), 8
        while stem.lower() in taken:
            stem, size = f"{plain}-{digest[:size]}", size + 8
        taken.add(stem.lower())
        found[name] = stem
    return found


def _require_unchanged(texts: dict[str, bytes]) -> None:
    from kcfg.files import read_if_exists

    problems = [
        Problem("exists and differs", location=Location(path), hint="--force writes over it")
        for path, text in texts.items()
        if (found := read_if_exists(path)) is not None and found != text
    ]
    if problems:
        raise ConflictError(f"{count(len(problems), 'file')} would be replaced: nothing was written", problems=problems)
