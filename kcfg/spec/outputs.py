"""The file of each environment below `render --out DIR`: what it names as `output`, else its name. Pure.

Two environments are never one file, nor are they on a file system that takes no notice of case.
"""

from __future__ import annotations

import posixpath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.errors import Problem
    from kcfg.spec.spec import Spec

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
_RULE = "KCFG119"


def output_paths(spec: Spec, suffix: str = "yaml") -> dict[str, str]:
    """Return environment → file, relative to the folder, with `/`."""
    return {name: each.entry.output or f"{name}.{suffix}" for name, each in spec.environments.items()}


def check_outputs(spec: Spec, suffix: str = "yaml") -> Iterator[Problem]:
    """Yield an error for an output that is another's file or folder, a warning for names that some systems confuse."""
    paths = output_paths(spec, suffix)
    owners: dict[str, str] = {}
    for name, path in paths.items():
        owners.setdefault(path.casefold(), name)
    names: dict[str, str] = {}
    for name, declared in spec.environments.items():
        own = declared.entry.output is not None
        if (other := names.setdefault(name.casefold(), name)) != name:
            message = f"differs from environment {other!r} by case alone"
            hint = "on macOS and Windows their files would be one: rename it"
            yield declared.problem(message, "name", rule=_RULE, hint=hint, level="warning")
        other = owners[paths[name].casefold()]
        if other != name and (own or spec.environments[other].entry.output is not None):
            message = f"{paths[name]!r} is the file of environment {other!r} too"
            yield declared.problem(message, *_at(own=own), rule=_RULE, hint="name another file")
        for folder in _folders(paths[name]):
            if (other := owners.get(folder.casefold(), name)) != name:
                message = f"{folder!r} is the file of environment {other!r}, and no folder"
                yield declared.problem(message, *_at(own=own), rule=_RULE, hint="name another folder")
        if any(part.split(".")[0].lower() in _DEVICES for part in paths[name].split("/")):
            message, hint = f"Windows takes no file called {paths[name]!r}", "name another file with `output`"
            yield declared.problem(message, *_at(own=own), rule=_RULE, hint=hint, level="warning")


def _at(*, own: bool) -> tuple[str]:
    return ("output",) if own else ("name",)


def _folders(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
