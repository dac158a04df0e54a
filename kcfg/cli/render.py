"""`kcfg render`: a spec becomes a kubeconfig."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig


def run(
    *,
    file: str | None,
    out: str | None,
    output: str,
    context: list[str],
    selector: str | None,
    minify: bool,
    flatten: bool,
    credentials: str,
    credential_command: str,
    allow_empty: bool,
    allow_plaintext: bool,
    trust: bool,
) -> int:
    """Render and write; the exit code is 0 or an error was raised."""
    from kcfg.cli.stores import Stores, load_valid
    from kcfg.files import read_bytes
    from kcfg.render import Target, render
    from kcfg.spec.select import select_contexts

    spec = load_valid(file, allow_plaintext=allow_plaintext)
    directory = None if out is None else os.path.dirname(os.path.realpath(out))
    if out is not None and credentials == "inline":
        _require_private(out)
    config = render(
        spec,
        Target(credentials, directory, credential_command),
        contexts=select_contexts(spec, context, selector, allow_empty=allow_empty),
        read_file=read_bytes,
        read_secret=Stores(spec, trusted=trust).read if credentials == "inline" else None,
    )
    _write(_text(_shape(config, directory, minify=minify, flatten=flatten), output), out)
    return 0


def _shape(config: Kubeconfig, directory: str | None, *, minify: bool, flatten: bool) -> Kubeconfig:
    from kcfg.files import read_bytes

    if minify:
        from kcfg.kubeconfig.minify import minify as minify_to

        config = minify_to(config, _only_context(config))
    if flatten:
        from kcfg.kubeconfig.flatten import flatten as flatten_files

        config = flatten_files(config, read_bytes, directory or "/")
    return config


def _only_context(config: Kubeconfig) -> str:
    from kcfg.errors import SpecError

    if len(config.contexts) == 1:
        return next(iter(config.contexts))
    raise SpecError(
        f"--minify needs exactly one context, {len(config.contexts)} are selected",
        hint="choose one with --context",
    )


def _require_private(out: str) -> None:
    """Refuse to inline secrets where others, or git, would see them."""
    from kcfg.errors import FileError, Location
    from kcfg.files import git_would_see

    if git_would_see(out):
        raise FileError(
            "refusing to write secrets into a git work tree that does not ignore this file",
            location=Location(out),
            hint="write outside of the repository, or add the file to .gitignore",
        )
    folder = os.path.dirname(os.path.realpath(out))
    try:
        mode = os.stat(folder).st_mode
    except OSError:
        return  # the write itself tells what is wrong
    if mode & 0o002 and not mode & 0o1000:
        raise FileError("refusing to write secrets into a folder that everyone may change", location=Location(folder))


def _text(config: Kubeconfig, output: str) -> str:
    from kcfg.kubeconfig.emit_json import dump_json
    from kcfg.kubeconfig.emit_yaml import dump_yaml

    return dump_json(config.to_value()) if output == "json" else dump_yaml(config.to_value())


def _write(text: str, out: str | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    from kcfg.lock import edit_file

    existed = os.path.exists(out)
    wrote = edit_file(out, lambda _: text.encode(), secret=True)
    print(f"{out} {'unchanged' if not wrote else 'configured' if existed else 'created'}", file=sys.stderr)
