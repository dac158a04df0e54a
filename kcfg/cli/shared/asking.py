"""What commands that ask API servers share: whose contexts, how long, how many at once, and a bar while they wait."""

from __future__ import annotations

import os
import re
import sys

from kcfg.cli.shared.progress import Bar
from kcfg.dataclass import replace
from kcfg.errors import KcfgError, listed
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kcfg.cli.shared.contexts import Known
    from kcfg.connect.probe import Report
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.spec import Spec

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}


def parse_seconds(text: str) -> float:
    """Return the seconds of `10s`, `500ms`, `1m` or `10`."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|)", text)
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if seconds <= 0:
        raise KcfgError(f"--timeout: not a time: {text!r}", hint="write 10s, 500ms or 1m")
    return seconds


def parse_parallel(text: str) -> int:
    """Return how many servers are asked at once."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise KcfgError(f"--max-parallel: not a number from 1 to 1000: {text!r}", hint="write 100")
    return int(text)


def open_config(
    file: str | None, environment: str | None, values: Sequence[str], kubeconfig: str | None
) -> tuple[Kubeconfig, Spec | None]:
    """Return a kubeconfig; or what a spec renders to, and the spec."""
    if file is None and environment is None and not values:
        from kcfg.cli.shared.output import require_files
        from kcfg.kubeconfig.file import load_config, search_path

        search = search_path(kubeconfig, os.environ)
        require_files(search.paths)
        return load_config(search), None
    if kubeconfig is not None:
        raise KcfgError("--kubeconfig and a spec exclude one another", hint="leave one out")
    from kcfg.cli.shared.planning import tell_held
    from kcfg.cli.shared.stores import load_valid
    from kcfg.delivery import Left
    from kcfg.rendering import RenderOptions, render

    spec = load_valid(file, environment, values)
    config = render(spec, RenderOptions("exec", None, own_plugin()), left=(left := Left()))
    tell_held(left)
    return config, spec


def own_plugin() -> str:
    """Return this kcfg's plugin: by the name that PATH and kuberc know where that leads to it, else by its path."""
    from shutil import which

    beside = os.path.join(os.path.dirname(sys.executable), "kcfg-credential")
    if not os.access(beside, os.X_OK):
        return "kcfg-credential"
    named = which("kcfg-credential")
    return "kcfg-credential" if named and os.path.realpath(named) == os.path.realpath(beside) else beside


def known_contexts(config: Kubeconfig, spec: Spec | None) -> Known:
    """Return the contexts that can be asked: of a spec those that were rendered."""
    from kcfg.cli.shared.contexts import in_kubeconfig, in_spec

    known = in_kubeconfig(config)
    return known if spec is None else replace(known, labels=in_spec(spec).labels)


def ask(
    config: Kubeconfig,
    contexts: list[str],
    *,
    seconds: float,
    at_once: int,
    with_credentials: bool,
    refused: Mapping[str, KcfgError] | None = None,
) -> list[Report]:
    """Ask the servers of contexts, not of those `refused`; a bar shows how far it is when somebody watches."""
    from kcfg.connect.probe import Probe
    from kcfg.connect.trouble import Trouble
    from kcfg.files import read_bytes
    from kcfg.version import __version__

    known = {
        name: Trouble("credentials", "plugin", error.message, error.hint) for name, error in (refused or {}).items()
    }
    bar = Bar(len(contexts))
    try:
        probe = Probe(config, os.environ, read_bytes, f"kcfg/{__version__}", seconds, with_credentials, known)
        return probe.ask_all(contexts, at_once, bar.show)
    finally:
        bar.clear()


def tell_remedies(reports: Sequence[Report]) -> None:
    """Print what to do on standard error, once for all contexts that have the same trouble."""
    found: dict[str, list[str]] = {}
    for report in reports:
        if report.trouble and report.trouble.hint:
            found.setdefault(report.trouble.hint, []).append(report.context)
    for hint, names in found.items():
        tell(f"kcfg: hint: {listed(names, 3)}: {hint}")
