"""Kubeconfigs on standard output or into a file. On a terminal secrets are hidden unless `--raw` is given."""

from __future__ import annotations

import os
import sys

from kcfg.errors import FileError, Location
from kcfg.files import was_read
from kcfg.printing import are_harmless, put, put_json_text, say_lines, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kcfg.kubeconfig.model import Body, Kubeconfig
    from kcfg.transaction import Transform


def pieces_of(config: Kubeconfig, output: str, *, unknown: bool = False) -> Iterable[bytes | memoryview]:
    """Return the bytes of a kubeconfig as yaml, json, kyaml or what a jsonpath template makes of it, piece by piece."""
    if output == "yaml":
        from kcfg.kubeconfig.print_yaml import yaml_pieces

        return yaml_pieces(config, unknown=unknown)
    return [_text_of(config.to_value(unknown=unknown), output).encode()]


def _text_of(value: Body, output: str) -> str:
    if output == "json":
        from kcfg.yaml.emit_json import dump_json

        return dump_json(value)
    if output == "kyaml":
        from kcfg.yaml.emit_kyaml import dump_kyaml

        return dump_kyaml(value)
    if output.startswith("jsonpath="):
        from kcfg.kubeconfig.jsonpath import evaluate

        return evaluate(output.removeprefix("jsonpath="), value)
    if output.startswith("jsonpath-as-json="):
        from kcfg.kubeconfig.jsonpath import evaluate_all
        from kcfg.yaml.emit_json import dump_json

        return dump_json(evaluate_all(output.removeprefix("jsonpath-as-json="), value))
    from kcfg.errors import KcfgError

    raise KcfgError(
        f"unknown output format {output!r}",
        hint="one of yaml, json, kyaml, jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE",
    )


def suffix_of(output: str) -> str:
    """Return how the name of a file in a format ends: kyaml is YAML."""
    return "json" if output == "json" else "yaml"


def put_config(config: Kubeconfig, output: str, *, unknown: bool = False) -> None:
    """Print a kubeconfig; the lines it was read from, unless they would drive a terminal or a CI job."""
    _require_fit_output(config)
    pieces = list(pieces_of(config, output, unknown=unknown))
    if are_harmless(pieces):
        put(pieces)
    elif output == "yaml":
        put_value(config.to_value(unknown=unknown), output)
    elif output == "json" or output.startswith("jsonpath-as-json="):
        put_json_text(b"".join(pieces).decode())
    elif output == "kyaml":
        from kcfg.kubeconfig.printed import printed_kyaml

        put([printed_kyaml(b"".join(pieces).decode()).encode()])
    else:
        say_lines(b"".join(pieces).decode())


def put_value(value: dict[str, object], output: str) -> None:
    """Print a value as YAML or JSON."""
    if output == "json":
        from kcfg.yaml.emit_json import dump_json

        put_json_text(dump_json(value))
        return
    from kcfg.kubeconfig.printed import printed_yaml

    put([printed_yaml(value).encode()])


def show(config: Kubeconfig, output: str, *, out: str | None, raw: bool, break_lock: bool = False) -> None:
    """Write a kubeconfig, its secrets too, into a file or a pipe; hide them on a terminal unless `raw`."""
    if out is not None and out != "-":
        require_private_for(config, out)
        write(b"".join(pieces_of(config, output, unknown=True)), out, break_lock=break_lock)
        return
    require_file_for_diff()
    put_config(for_terminal(config, raw=raw), output, unknown=True)


def require_file_for_diff(hint: str = "--out PATH (or --in-place) names one to compare with") -> None:
    """Raise KcfgError when `--diff` was given and no kubeconfig would be written."""
    from kcfg.cli.shared import editing

    if editing.shows_only():
        from kcfg.errors import KcfgError

        raise KcfgError("--diff: no kubeconfig would be written", hint=hint)


def for_terminal(config: Kubeconfig, *, raw: bool) -> Kubeconfig:
    """Return what may be shown where standard output goes."""
    if raw or not sys.stdout.isatty():
        return config
    from kcfg.kubeconfig.redact import redact

    tell("kcfg: secrets are hidden on a terminal; --raw shows them, --out writes them")
    return redact(config)


def require_shown(config: Kubeconfig, *, raw: bool) -> None:
    """Raise KcfgError when a result that is wanted with its secrets would show them on a terminal."""
    from kcfg.kubeconfig.redact import holds_secret

    require_no_terminal(raw=raw or not holds_secret(config))


def require_no_terminal(*, raw: bool) -> None:
    """Raise KcfgError when values of secrets would go to a terminal, and nobody said --raw."""
    from kcfg.errors import KcfgError

    if not raw and sys.stdout.isatty():
        raise KcfgError("secrets are not shown on a terminal", hint="--raw shows them, --out FILE writes them")


def write(data: bytes, out: str, *, break_lock: bool = False) -> None:
    """Write a file that may hold secrets (0600 when it is new or has some, in one step) and say what happened to it.

    The user names it: it may be a link, but none that leads out of a repository.
    """
    from kcfg.boundary import require_not_led_out

    require_unread(out)
    require_not_led_out(out)
    _write({out: data}, break_lock=break_lock)


def write_folder(files: Mapping[str, bytes], folder: str) -> None:
    """Write files of a folder that may hold secrets, through no link, all or none; say what happened to each."""
    from kcfg.boundary import require_plain

    for path in files:
        require_plain(path, folder)
    _write(files)


def _write(files: Mapping[str, bytes], *, break_lock: bool = False) -> None:
    from kcfg.cli.shared import editing
    from kcfg.kubeconfig.document import text_holds_secret
    from kcfg.transaction import edit_files

    if editing.show_instead is not None:
        from kcfg.files import place_of, read_if_exists

        editing.show_instead({place_of(path) and path: (read_if_exists(path), data) for path, data in files.items()})
    existed = {path for path in files if os.path.exists(path)}
    changes: dict[str, Transform] = {path: lambda _, data=data: data for path, data in files.items()}  # type: ignore[misc]
    wrote = edit_files(changes, secret=text_holds_secret, break_lock=break_lock, derived=True)
    for path in files:
        tell(f"{path} {'unchanged' if path not in wrote else 'configured' if path in existed else 'created'}")


def note(text: str) -> None:
    """Tell what was done otherwise than asked, without failing."""
    tell(f"kcfg: note: {text}")


def note_paths(config: Kubeconfig) -> None:
    """Say what of a flattened kubeconfig still stands in other files."""
    from kcfg.errors import listed
    from kcfg.kubeconfig.flatten import paths_left

    if left := list(paths_left(config)):
        note(f"still paths to other files: {listed(left, 3)}")


def directory_of(out: str | None) -> str | None:
    """Return the folder in which a result will stand; None when that is not known.

    Through a symbolic link it is not: readers start relative paths at the name they were given.
    """
    if out is None or out == "-":
        return None
    folder = os.path.dirname(os.path.abspath(out))
    return folder if os.path.dirname(os.path.realpath(out)) == folder else None


def require_files(paths: list[str]) -> None:
    """Raise FileError when none of the files to read exists: kubectl takes a typing error for an empty file."""
    if paths and not any(path == "-" or os.path.exists(path) for path in paths):
        raise FileError("no such file or directory", location=Location(paths[0]), hint="check the path")


def require_private_for(config: Kubeconfig, out: str) -> None:
    """Refuse to write a kubeconfig that holds a secret where others, or git, would see it."""
    from kcfg.kubeconfig.redact import holds_secret

    if holds_secret(config):
        from kcfg.git.guard import require_private

        require_private(out)


def _require_fit_output(config: Kubeconfig) -> None:
    """Refuse a file that a shell made standard output as one of `--out` would be: an input, or none of the user's."""
    if not _is_file_output():
        return
    from kcfg.git.guard import output_file

    if (path := output_file()) is not None:
        if was_read(path):
            raise FileError(
                "standard output is one of the files that were read",
                location=Location(path),
                hint="after `>` a shell has emptied it: restore it; --out PATH would have refused an input",
            )
        require_private_for(config, path)


def _is_file_output() -> bool:
    import stat

    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):  # a program that uses kcfg has put another stream there
        return False


def require_other_file(out: str | None, inputs: list[str]) -> None:
    """Raise FileError when a result would replace one of the files it is made of, under whatever name."""
    if out is None or out == "-" or not os.path.exists(out):
        return
    if any(os.path.exists(path) and os.path.samefile(out, path) for path in inputs):
        raise FileError("refusing to write over an input", location=Location(out), hint="write another file")


def require_unread(out: str) -> None:
    """Raise FileError when a result would replace anything that this command has read."""
    if was_read(out):
        raise FileError("refusing to write over an input", location=Location(out), hint="write another file")
