"""What `exec` and `shell` share: which contexts of which kubeconfig or spec, and what a program is told about one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.cli.shared.contexts import Known
    from kcfg.cli.shared.trusting import Trust
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.spec import Spec
    from kcfg.trust.gate import Permit

_INSIDE = "KCFG_CONTEXT"
COLOR = "KCFG_PROMPT_COLOR"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    context: str | None
    patterns: Sequence[str]
    selector: str | None
    kubeconfig: str | None
    file: str | None
    environment: str | None
    values: Sequence[str]
    trust: Trust = False

    @property
    def is_spec(self) -> bool:
        """Whether a spec is meant, not a kubeconfig."""
        return self.file is not None or self.environment is not None or bool(self.values)

    @property
    def is_many(self) -> bool:
        """Whether several contexts are meant, however many that turn out to be."""
        return self.selector is not None or len(self.patterns) > 1 or any(set("*?[") & set(p) for p in self.patterns)

    def among(self, known: Known, *, ask: bool) -> list[str]:
        """Return the contexts that are meant of those that there are."""
        from kcfg.cli.shared.contexts import select, the_one

        if self.context is not None and (self.patterns or self.selector is not None):
            raise KcfgError("a context is named, and others selected", hint="name all: --context NAME --context NAME")
        if self.patterns or self.selector is not None:
            return sorted(select(known, self.patterns, self.selector))
        return [the_one(known, self.context, ask=ask)]


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """The contexts that are meant, in a kubeconfig whose paths are absolute; which of them are protected."""

    config: Kubeconfig
    contexts: list[str]
    protected: list[str]


def find(wanted: Wanted, *, ask: bool = False) -> Found:
    """Read the kubeconfig or the spec; secrets of a spec only where nothing else can deliver them.

    Without a name it is the current context; with `ask` one is chosen first, where there is a terminal.
    """
    from kcfg.run.colors import parse_colors

    parse_colors(_colors())  # what is wrong in it is told before anything runs
    return _in_spec(wanted, ask=ask) if wanted.is_spec else _in_kubeconfig(wanted, ask=ask)


def variables(config: Kubeconfig, context: str, path: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, with what a program is told that uses a context's kubeconfig; no color is ""."""
    from kcfg.run.config import namespace_of

    told = {"KUBECONFIG": path, _INSIDE: context, "KCFG_NAMESPACE": namespace_of(config, context)}
    return {**environ, **told, COLOR: _color(config, context)}


def one_context(config: Kubeconfig, context: str, **change: Any) -> Kubeconfig:
    """Return what `single` does; kcfg's own plugin is told the cluster, where the user's log wants to know."""
    from kcfg.cli.shared.own import tell_clusters
    from kcfg.run.config import single

    result = single(config, context, **change)
    tell_clusters(result)
    return result


def require_waiting() -> None:
    """Raise KcfgError where kcfg cannot stay beside a program and pass signals on."""
    from kcfg.run.child import can_wait

    if not can_wait():
        raise KcfgError("this system cannot pass signals on to a program", hint="kcfg minify --flatten --out FILE")


def text_of(config: Kubeconfig) -> bytes:
    """Return a kubeconfig as kubectl writes it."""
    from kcfg.kubeconfig.print_yaml import yaml_pieces

    return b"".join(yaml_pieces(config, unknown=True))


def _color(config: Kubeconfig, context: str) -> str:
    from kcfg.cli.shared.contexts import in_kubeconfig
    from kcfg.kubeconfig.kcfg_marker import marker_of
    from kcfg.looks import is_plain
    from kcfg.run.colors import color_of

    if is_plain():
        return ""
    protected = marker_of(config.contexts[context].body).get("protected") is True
    return color_of(in_kubeconfig(config).labels(context), _colors(), protected=protected)


def _colors() -> str:
    return os.environ.get("KCFG_COLORS") or ""


def _in_kubeconfig(wanted: Wanted, *, ask: bool) -> Found:
    from kcfg.cli.shared.contexts import in_kubeconfig
    from kcfg.cli.shared.output import require_files
    from kcfg.kubeconfig.file import load_config, search_path
    from kcfg.kubeconfig.kcfg_marker import marker_of
    from kcfg.kubeconfig.minify import extract
    from kcfg.kubeconfig.paths import relocate

    search = search_path(wanted.kubeconfig, os.environ)
    require_files(search.paths)
    config = load_config(search)
    names = wanted.among(in_kubeconfig(config, _elsewhere()), ask=ask)
    part = extract(config, names)
    protected = [name for name in names if marker_of(part.contexts[name].body).get("protected") is True]
    return Found(relocate(part, None), names, protected)


def _in_spec(wanted: Wanted, *, ask: bool) -> Found:
    from kcfg.cli.shared.contexts import in_spec
    from kcfg.cli.shared.stores import load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.kubeconfig.kcfg_marker import with_marker

    if wanted.kubeconfig is not None:
        raise KcfgError("--kubeconfig and a spec exclude one another", hint="leave one out")
    spec = load_valid(wanted.file, wanted.environment, wanted.values)
    names = wanted.among(in_spec(spec), ask=ask)
    protected = [name for name in names if spec.contexts[name].entry.protected]
    permit = require_permit(spec, wanted.trust)
    config = _rendered(spec, names, permit)
    for name in names:  # what is run inside asks, selects and colors by it, as in a kubeconfig that `apply` wrote
        entry, context = config.contexts[name], spec.contexts[name].entry
        labels = spec.labels_of(context)
        entry.body = with_marker(entry.body, spec.name, labels, protected=context.protected)
    return Found(config, names, protected)


def _rendered(spec: Spec, names: Sequence[str], permit: Permit) -> Kubeconfig:
    """Render contexts; users that the plugin cannot serve get their secrets inlined, the others stay references."""
    from kcfg.cli.shared.asking import own_plugin
    from kcfg.cli.shared.own import keep_answers
    from kcfg.cli.shared.serving import require_served
    from kcfg.cli.shared.stores import Stores
    from kcfg.delivery import is_account, mode_of, require_delivered
    from kcfg.kubeconfig.merge import merge
    from kcfg.rendering import RenderOptions, render

    modes = {name: mode_of(spec, spec.contexts[name].entry.user or "") for name in names}
    require_delivered(spec, names)
    accounts = [name for name in names if is_account(spec, name)]  # tokens are asked for, in every mode
    require_served(spec, accounts)
    inline = [
        name
        for name, mode in modes.items()
        if name not in accounts and (mode == "inline" or (mode == "exec" and _only_inline(spec, name)))
    ]
    others = [name for name in names if name not in (*inline, *accounts)]
    read = Stores(spec, permit).hand_out(inline)
    parts = (
        [render(spec, RenderOptions("inline", None, own_plugin()), contexts=inline, read_secret=read)] if inline else []
    )
    for mode, some in ((None, others), ("exec", accounts)):
        if some:
            parts.append(render(spec, RenderOptions(mode, None, own_plugin()), contexts=some))
    config = merge(parts)
    keep_answers(config, spec, RenderOptions(None, None, own_plugin()), recorded=True)
    return config


def _only_inline(spec: Spec, context: str) -> bool:
    """Return whether the plugin cannot serve a context: no stanza carries it, or it is trusted for this run alone."""
    from kcfg.cli.shared.serving import why_unserved
    from kcfg.delivery import only_inline

    return only_inline(spec, context) or why_unserved(spec, spec.contexts[context].entry.user or "") is not None


def _elsewhere() -> str:
    if inside := os.environ.get(_INSIDE):
        return f"this runs inside of {inside}, which sees nothing else; another file: --kubeconfig FILE"
    return "`kcfg get-contexts` lists them; globs: --context 'prod-*'"
